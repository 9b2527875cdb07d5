"""The pretended GPU sees what a real one would be waited for, or would refuse."""

import pytest
import torch
from pretended import DEVICE, PretendedGpu, WaitsError

there = {"device": DEVICE}
WAITS = {
    "a value": lambda x: x.sum().item(),
    "a decision": lambda x: bool((x > 0).all()),
    "a shape": lambda x: x[x > 0],
    "numbers put where a mask is": lambda x: x.clone().index_put_((x > 0,), torch.ones(2, **there)),
    "a copy back": lambda x: x.cpu(),
    "a copy to it": lambda x: torch.tensor([1.0, 2.0], **there),
    "one number to it": lambda x: torch.as_tensor(3, **there),
    "a copy into what is there": lambda x: x.copy_(torch.ones(4)),
    "places by numbers of the CPU": lambda x: x[torch.arange(2)],
    "sums at places": lambda x: x.clone().index_put_((torch.arange(2, **there),), x[:2], accumulate=True),
    "a matrix that may have no inverse": lambda x: torch.linalg.inv(x.view(2, 2)),
}
DOES_NOT = {
    "numbers of Python": lambda x: (x * 2 + 1).clamp(max=3.0),
    "a mask that fills": lambda x: x.masked_fill(x > 0, 0.0),
    "made there": lambda x: x + torch.arange(4, **there),
    "places by its own numbers": lambda x: x[torch.arange(2, **there)],
}


@pytest.fixture
def gpu() -> PretendedGpu:
    return PretendedGpu()


@pytest.mark.parametrize("work", WAITS.values(), ids=WAITS)
def test_waiting_is_seen(gpu, work):
    with pytest.raises(WaitsError), gpu.watched():
        work(gpu.of(torch.ones(4)))


@pytest.mark.parametrize("work", DOES_NOT.values(), ids=DOES_NOT)
def test_what_does_not_wait_is_let_through(gpu, work):
    with gpu.watched():
        assert work(gpu.of(torch.ones(4))).device.type == DEVICE


@pytest.mark.parametrize("block", ["watched", "answered"])
def test_mixed_devices_are_refused(gpu, block):
    with pytest.raises(RuntimeError, match="device"), getattr(gpu, block)():
        gpu.of(torch.ones(4)) + torch.ones(4)


def test_in_the_other_kind_of_block_every_answer_is_one(gpu):
    with gpu.answered():
        assert gpu.of(torch.zeros(4)).tolist() == [1, 1, 1, 1]


def test_there_no_numbers_pick_from_a_tensor_of_the_cpu(gpu):
    with pytest.raises(RuntimeError, match="of the CPU"), gpu.answered():
        torch.ones(4)[torch.arange(2, **there)]


def test_what_is_shared_stays_shared(gpu):
    layer = torch.nn.Linear(2, 2)
    first, second = gpu.of(torch.nn.ModuleList([layer, layer]))
    assert first is second
    assert first.weight is not layer.weight

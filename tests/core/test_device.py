import platform

import pytest
import torch
from torch import nn

from fewshot.core.device import (
    check_defaults,
    device_facts,
    instructions,
    learning,
    measuring,
    multiplies_bfloat16,
    pick_device,
    threads,
)
from fewshot.core.errors import RequestError


def test_auto_is_the_gpu_where_there_is_one(monkeypatch):
    for there, kind in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert pick_device("auto").type == kind


def test_a_device_that_is_there_is_picked_by_name():
    assert pick_device("cpu") == torch.device("cpu")


def test_available_devices_are_named(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    with pytest.raises(RequestError, match=r"expected one of auto, cpu, (cuda, )?mps"):
        pick_device("abacus")


@pytest.mark.parametrize("name", ["", "gpu", "CPU", "cpu:cpu", "cuda:99", "cuda:x", "meta"])
def test_a_device_that_is_not_there_is_refused_with_what_is(name):
    with pytest.raises(RequestError, match=rf"device: expected one of auto, cpu.* got '{name}'"):
        pick_device(name)


def test_threads_are_set_in_the_block_alone():
    before = torch.get_num_threads()
    with threads(before + 1):
        assert torch.get_num_threads() == before + 1
        with threads(None):
            assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


def test_threads_are_as_before_when_the_block_raises():
    before = torch.get_num_threads()
    with pytest.raises(KeyboardInterrupt), threads(before + 1):
        raise KeyboardInterrupt
    assert torch.get_num_threads() == before


def test_a_number_of_threads_that_torch_refuses_changes_nothing():
    before = torch.get_num_threads()
    with pytest.raises(RuntimeError), threads(-1):
        raise AssertionError
    with threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


def test_facts_name_what_computes_and_with_how_many_threads():
    with threads(1):
        facts = device_facts(torch.device("cpu"))
    assert (facts["device"], facts["threads"], facts["cuda"]) == ("cpu", 1, torch.version.cuda)
    assert facts["processor"]
    assert facts["instructions"] == instructions() == torch.backends.cpu.get_cpu_capability()
    assert "\n" not in facts["processor"]


def test_a_processor_that_cannot_be_read_is_unknown(monkeypatch):
    def refuse(file):
        raise PermissionError

    monkeypatch.setattr("fewshot.core.device.Path.read_text", refuse)
    assert device_facts(torch.device("cpu"))["processor"] == "unknown"


def test_another_default_type_of_torch_is_refused():
    torch.set_default_dtype(torch.float64)
    try:
        with pytest.raises(RequestError, match=r"default type float32, got torch\.float64"):
            pick_device("cpu")
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="asks for instructions of x86")
def test_products_of_bfloat16_are_fast_from_avx_512_on():
    assert multiplies_bfloat16() == (instructions() not in ("DEFAULT", "NO AVX", "AVX2"))


def test_without_onednn_they_are_not(monkeypatch):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert not multiplies_bfloat16()


def test_what_is_measured_is_rounded_by_no_autocast_and_can_be_trained_with():
    layer, images = nn.Linear(64, 8), torch.rand(4, 64)
    alone = layer(images)
    with torch.autocast("cpu", torch.bfloat16):
        with measuring():
            found = layer(images)
        rounded = layer(images)
    assert torch.equal(found, alone)
    assert not found.requires_grad
    assert not torch.equal(rounded.float(), alone)
    (layer.weight.sum() * found.sum()).backward()


def test_a_block_that_learns_keeps_gradients():
    with torch.inference_mode(), learning():
        assert nn.Linear(2, 2)(torch.rand(1, 2)).requires_grad


def test_blocks_of_threads_that_overlap_restore_the_number_before_the_first():
    before = torch.get_num_threads()
    first, second = threads(1), threads(1)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert torch.get_num_threads() == before


def test_another_default_device_is_refused():
    with torch.device("meta"), pytest.raises(RequestError, match="expected the default device cpu, got meta"):
        check_defaults()

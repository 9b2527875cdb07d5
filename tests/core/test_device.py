import platform

import pytest
import torch

from fewshot.core.device import device_facts, instructions, multiplies_bfloat16, pick_device, threads
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

"""Whose fault an error is."""

from dataclasses import replace

import pytest
import torch

from fewshot.core.errors import NotFinite, RequestError
from fewshot.records.faults import own_fault
from fewshot.registry.lookup import add_plugin, make_part
from fewshot.suites.suite import read_suite

PLAIN = read_suite("quickstart").specs[0]
PLUGIN = '''"""Raises what it is given."""

from fewshot import loss


@loss(similarity="cosine")
def thrower(support, query, similarity):
    """Raise."""
    raise support
'''


@pytest.fixture
def plugged(tmp_path):
    """A spec with a plug-in, and what its call raises."""
    file = tmp_path / "thrower.py"
    file.write_text(PLUGIN)
    entry = add_plugin(file)
    return replace(PLAIN, loss=make_part("losses", "thrower")), entry


def caught(call, *given):
    with pytest.raises(Exception) as raised:  # noqa: PT011
        call(*given)
    return raised.value


@pytest.mark.parametrize(
    ("error", "alone"),
    [
        (NotFinite("the loss is no longer finite"), True),
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (MemoryError(), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (RuntimeError("shapes do not match"), False),
        (RequestError("no images"), False),
        (OSError(28, "No space left on device"), False),
        (KeyError("a defect of the package"), False),
    ],
)
def test_a_run_of_the_packages_own_parts_fails_alone_for_its_numbers_and_memory(error, alone):
    assert bool(own_fault(error, PLAIN)) == alone


def test_an_error_of_a_librarys_loss_fails_its_run_alone():
    spec = replace(PLAIN, loss=make_part("losses", "pml:NTXentLoss"))
    assert own_fault(ValueError("x"), spec)
    assert not own_fault(RequestError("no images"), spec)


@pytest.mark.parametrize("error", [KeyError("oh"), OSError(2, "not there"), RequestError("mine"), ValueError()])
def test_an_error_in_a_plug_in_fails_its_run_alone_and_names_its_line(plugged, error):
    from fewshot.registry.lookup import load

    spec, _ = plugged
    raised = caught(load("losses", "thrower"), error, None, None)
    assert own_fault(raised, spec).startswith(f"thrower.py, line 9: {type(error).__name__}")


def test_a_full_disk_beside_a_plug_in_is_no_fault_of_it(plugged):
    spec, _ = plugged
    assert own_fault(OSError(28, "No space left on device"), spec) == ""
    assert own_fault(RequestError("no images"), spec) == ""


def test_it_is_one_line():
    assert own_fault(NotFinite("two\n  lines"), PLAIN) == "NotFinite: two lines"

"""A GPU, whose place the CPU takes here."""

import pytest
import torch
from plugin_texts import CLASS_LOSS, GOOD

from fewshot.conformance import check


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr("fewshot.conformance.modules.gpu", lambda: torch.device("cpu"))


MOVED = """    moved = False  # at every other time, so that the two places differ

    def to(self, *where, **how):
        if where and isinstance(where[0], torch.device):
            type(self).moved = not self.moved
            with torch.no_grad():
                for weight in self.parameters() if self.moved else ():
                    weight += torch.linspace(-2, 2, weight.numel()).view_as(weight)
        return super().to(*where, **how)

    """


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("kind", ["losses", "similarities", "backbones", "learners"])
def test_a_part_is_the_same_on_the_gpu(kind, add, refused):
    text = CLASS_LOSS if kind == "losses" else GOOD[kind]
    add(text)
    assert check(kind, "mine")[-1].endswith("the same on the GPU within 1%")
    refused(text.replace("    def __init__", f"{MOVED}def __init__"), "on the GPU what it gives on the CPU within 0.01")


def test_without_a_gpu_the_report_says_so(add, monkeypatch):
    monkeypatch.setattr("fewshot.conformance.modules.gpu", lambda: None)
    add(GOOD["losses"])
    assert check("losses", "mine")[-1].endswith("there is no GPU to try it on")

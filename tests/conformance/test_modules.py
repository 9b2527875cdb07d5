"""Weights that do not learn, states that are not saved, and a GPU, whose place the CPU takes here."""

import pytest
import torch
from plugin_texts import BACKBONE, CLASS_LOSS, GOOD, SPARE

from fewshot.conformance import check

# Weights that do not learn


def test_a_weight_that_a_module_multiplies_by_nothing_does_not_learn(refused):
    learner = GOOD["learners"].replace("        self.encoder,", f"        {SPARE}\n        self.encoder,", 1)
    loss = CLASS_LOSS.replace("super().__init__()", f"super().__init__()\n        {SPARE}")
    for text, call in ((learner, "loss("), (loss, "nn.functional")):
        none = text.replace(f"return {call}", f"return 0 * self.spare.sum() + {call}")
        refused(none, "gradient for the weight spare, got none")


# States


@pytest.mark.parametrize(
    ("state", "step", "message"),
    [
        ("self.seen = torch.zeros(())", "self.seen = self.seen + 1", "after its state_dict is loaded.*sets resumable"),
        ("self.drawn = torch.rand(dim)", "query = query * (1 + self.drawn)", "after its state_dict is loaded"),
    ],
)
def test_a_loss_with_a_state_that_is_not_saved_is_refused_unless_resumable_is_false(add, refused, state, step, message):
    text = CLASS_LOSS.replace("super().__init__()", f"super().__init__()\n        {state}")
    text = text.replace("        scores =", f"        {step}\n        scores =")
    text = text.replace("target)", "target) * (1 + getattr(self, 'seen', 0))")
    refused(text, message)
    add(text.replace("    def __init__", "    resumable = False\n\n    def __init__"))
    assert "saved and loaded by safetensors; resumable = False, so" in check("losses", "mine")[-1]


@pytest.mark.parametrize("kind", ["backbones", "learners"])
def test_passes_that_are_counted_outside_the_state_are_refused_unless_resumable_is_false(add, refused, kind):
    """As DropBlock's are: a resumed training would have other numbers."""
    if kind == "backbones":
        text = BACKBONE.format(
            init="self.passes = 0", forward="self.passes += self.training\n        return self.norm(self.first("
            "images.mean((2, 3)))) * (1 + 0.1 * self.passes)",
        ).replace("(1 + 0.1 * self.passes)", "(1 + 0.1 * self.passes * self.training)")  # fmt: skip
    else:
        text = GOOD["learners"].replace("return loss(", "self.passes = getattr(self, 'passes', 0) + 1\n"
                                        "        return (1 + 0.1 * self.passes) * loss(")  # fmt: skip
    refused(text, "the same numbers after its state_dict is loaded, got .* sets resumable = False")
    add(text.replace("    def __init__", "    resumable = False\n\n    def __init__"))
    assert check(kind, "mine")


def test_a_state_that_is_no_tensor_is_refused(refused):
    extra = "    def get_extra_state(self):\n        return {'a': 1}\n\n"
    text = CLASS_LOSS.replace("    def forward", f"{extra}    def forward")
    refused(text, "expected a state_dict of tensors, for safetensors, got _extra_state of type dict")


# A GPU


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
    refused(text.replace("    def __init__", f"{MOVED}def __init__"), "the same on the GPU as on the CPU within 0.01")


def test_without_a_gpu_the_report_notes_it(add, monkeypatch):
    monkeypatch.setattr("fewshot.conformance.modules.gpu", lambda: None)
    add(GOOD["losses"])
    assert check("losses", "mine")[-1].endswith("not tried on a GPU, as there is none")

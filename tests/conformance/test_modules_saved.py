"""States that are not saved."""

import pytest
from plugin_texts import CLASS_LOSS

from fewshot.conformance import check


@pytest.mark.parametrize(
    ("state", "step", "message"),
    [
        ("self.seen = torch.zeros(())", "self.seen = self.seen + 1", "state_dict to be all of it.*says resumable"),
        ("self.drawn = torch.rand(dim)", "query = query * (1 + self.drawn)", "state_dict to be all of it"),
    ],
)
def test_a_loss_with_a_state_that_is_not_saved_is_refused_unless_it_says_so(add, refused, state, step, message):
    text = CLASS_LOSS.replace("super().__init__()", f"super().__init__()\n        {state}")
    text = text.replace("        scores =", f"        {step}\n        scores =")
    text = text.replace("target)", "target) * (1 + getattr(self, 'seen', 0))")
    refused(text, message)
    add(text.replace("    def __init__", "    resumable = False\n\n    def __init__"))
    assert "saved and loaded by safetensors, but for what resumable = False says" in check("losses", "mine")[-1]


def test_a_state_that_is_no_tensor_is_refused(refused):
    extra = "    def get_extra_state(self):\n        return {'a': 1}\n\n"
    text = CLASS_LOSS.replace("    def forward", f"{extra}    def forward")
    refused(text, "expected a state_dict of tensors, as safetensors takes, got _extra_state, which is dict")

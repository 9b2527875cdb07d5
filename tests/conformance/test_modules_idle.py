"""Weights that do not learn."""

from plugin_texts import BACKBONE, CLASS_LOSS, GOOD, OUT, SPARE

from fewshot.conformance import check


def test_a_weight_that_a_module_multiplies_by_nothing_does_not_learn(refused):
    learner = GOOD["learners"].replace("        self.encoder,", f"        {SPARE}\n        self.encoder,", 1)
    loss = CLASS_LOSS.replace("super().__init__()", f"super().__init__()\n        {SPARE}")
    for text, call in ((learner, "loss("), (loss, "nn.functional")):
        none = text.replace(f"return {call}", f"return 0 * self.spare.sum() + {call}")
        refused(none, "gradient for the weight spare, got none")


def test_a_branch_whose_gain_starts_at_zero_learns(add):
    init = "self.branch, self.gain = nn.Linear(6, 6), nn.Parameter(torch.zeros(6))"
    add(BACKBONE.format(init=init, forward=f"{OUT}return out + self.gain * self.branch(out)"))
    assert "a finite gradient for every weight" in check("backbones", "mine")[1]

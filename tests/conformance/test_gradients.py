"""Gradients that are not the derivatives of a loss."""

from plugin_texts import CLASS_LOSS, LOSS, PROTOTYPES, WRONG_BACKWARD

from fewshot.conformance import check


def test_a_loss_with_a_wrong_gradient_is_refused_and_may_say_that_it_is_not_smooth(add, refused):
    text = LOSS.format(body=PROTOTYPES.format(sign="")).replace("query.flatten", "Twice.apply(query).flatten")
    text = text.replace("\n\n@loss", f"\n{WRONG_BACKWARD}\n\n@loss")
    refused(
        text,
        "a gradient for the queries that agrees with differences, .* in float64 .*, got .*; a part that detaches",
    )
    add(f"{text}\n\nmine.smooth = False\n")
    assert "smooth = False, so its gradients were not compared with differences" in check("losses", "mine")[-2]


def test_a_loss_with_a_wrong_gradient_for_its_weights_is_refused(refused):
    text = CLASS_LOSS.replace("self.vectors[classes])", "Twice.apply(self.vectors)[classes])")
    text = text.replace("\n\n@loss", f"\n{WRONG_BACKWARD}\n\n@loss")
    refused(text, "expected a gradient for the weight vectors that agrees with differences")


def test_a_loss_that_knows_no_float64_is_refused(refused):
    text = CLASS_LOSS.replace("query.fl", "(query @ torch.eye(query.shape[-1])).fl")
    refused(text, r"mine.py, line \d+: RuntimeError: .* in float64 unless smooth = False")

"""A real GPU is not waited for either, by torch's own watch."""

import pytest
import torch
from kinds import LOOK, LOSSES, RECIPES, SIDE, SIZE, WAITING, laid_out, spec

from fewshot.core.spec.run_spec import RunSpec
from fewshot.registry.resolved import Resolved
from fewshot.training.batches import batches, class_count
from fewshot.training.build import make_learner, make_loss
from fewshot.training.loop import train

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"),
    pytest.mark.filterwarnings("ignore:Synchronization debug mode"),  # torch calls its watch a prototype
]


@pytest.fixture
def begun(glyph_bank, monkeypatch):
    """How many steps begin before the host first waits, where only the loop's look should."""
    bank = glyph_bank(12, size=SIDE).to("cuda")
    monkeypatch.setattr("fewshot.training.loop.LOOK_EVERY", LOOK)

    def begun(cell: RunSpec) -> int:
        learner = laid_out(make_learner(Resolved(cell), (1, SIZE, SIZE), "cuda"), cell)
        loss = make_loss(Resolved(cell), learner, class_count(bank, cell.training), "cuda")
        tasks, steps = batches(bank, cell.training, 0, SIZE), []
        try:
            torch.cuda.set_sync_debug_mode("error")
            with pytest.raises(RuntimeError, match="synchroniz"):
                train(learner, loss, lambda step: steps.append(step) or tasks(step), None, cell.training)
        finally:
            torch.cuda.set_sync_debug_mode("default")
        return len(steps)

    return begun


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("loss", [loss for loss in LOSSES if loss not in WAITING])
def test_no_loss_waits(begun, loss, precision):
    assert begun(spec(loss, precision=precision)) == LOOK


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_no_recipe_waits(begun, recipe):
    assert begun(spec("verification", **recipe)) == LOOK

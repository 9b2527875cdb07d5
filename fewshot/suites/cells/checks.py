"""Checks of a suite's cells that need more than one value: of all of them together, and of classes."""

from fewshot.core.errors import RequestError, at
from fewshot.core.recipe import Recipe
from fewshot.core.spec.run_spec import RunSpec
from fewshot.data.class_lists.names import unturned
from fewshot.protocols import Protocol, load_protocol
from fewshot.registry.lookup import entries
from fewshot.registry.source import KINDS
from fewshot.registry.uses import check_uses, has_class_vectors, uses_option
from fewshot.suites.search.cell import Cell
from fewshot.suites.search.values import SEARCHED


def check_classes(recipe: Recipe, protocol: Protocol) -> None:
    """Enough classes for a task, and none of which turns would make another that is there already."""
    if protocol.open:  # which classes there are is known when its images are
        return
    names, way = protocol.learned_from(recipe.learn), recipe.shape.way
    if way > len(names):
        raise RequestError(f"{recipe.shape} tasks need {way} classes, but there are {len(names)}", "task")
    if recipe.turn != "none" and any(unturned(name) != name for name in names):
        twice = f"turn: in protocol {protocol.name} quarter turns are classes already"
        raise RequestError(f'{twice}: expected "none", got "{recipe.turn}"', "turn")


def check_used(table: dict, found: list[Cell]) -> None:
    """Refuse a `class_rate` where no cell has class vectors, and a scale of logits that no cell compares by."""
    starts = [cell.start for cell in found]
    for name, given in table.get("options", {}).items():
        with_it = [spec for spec in starts if spec.similarity and spec.similarity.name == name]
        for option in given if with_it else ():
            if not any(uses_option(spec, option) for spec in with_it):
                check_uses(with_it[0], [option])
    for key, given in (("training", table.get("training", {})), ("search", table.get("search", {}))):
        losses = [spec.loss for spec in starts]
        if given.get("class_rate", 1) != 1 and not any(has_class_vectors(loss.name) for loss in losses if loss):
            raise RequestError(
                "class_rate: expected a loss with class vectors in the suite, got none", key, "class_rate"
            )


def check_schedule(recipe: Recipe) -> None:
    """Refuse an exponential schedule towards 0: after its first step the rate would be 0."""
    if recipe.schedule == "exponential" and not recipe.final_rate:
        raise RequestError(
            'final_rate: expected above 0 with schedule = "exponential", which never reaches 0, got 0', "final_rate"
        )


def check_own(cell: dict, spec: RunSpec) -> None:
    """Refuse options that a single cell gives to a learner, backbone, similarity or loss which is not its own."""
    own = [part.name for kind in SEARCHED if (part := getattr(spec, kind))]
    theirs = {name for kind in SEARCHED for name in entries(KINDS[kind])}
    for name in cell.get("options", {}):
        if name not in (*own, spec.dataset.name, spec.protocol.name) and name.partition(":")[0] in theirs:
            expected = f"options: expected those of this cell's parts, {', '.join(own)}, got those of {name}"
            raise RequestError(expected, "options", name)


def check_folds(found: list[Cell]) -> None:
    """Enough groups for the folds that are searched on, and enough classes in all but one of them for a task."""
    runs = {
        str((run.protocol, run.fold, run.training.shape)): run
        for cell in found
        if cell.rungs and cell.rungs[0][0][0].folds
        for runs in cell.rungs[0]
        for run in runs
    }
    for run in runs.values():
        protocol = load_protocol(run.protocol)
        if not protocol.open:
            with at("search", "folds"):
                check_classes(run.training, protocol.fold(run.fold, run.folds))

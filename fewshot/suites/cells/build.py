"""The cells of a suite: names, options and defaults of parts, put together and checked."""

from dataclasses import replace
from functools import partial

from fewshot.core.checks import Size
from fewshot.core.errors import RequestError, at
from fewshot.core.recipe import Recipe, recipe_from_plain
from fewshot.core.spec.names import LEARNED
from fewshot.core.spec.run_spec import RunSpec
from fewshot.protocols import check_goes_with, named_dataset
from fewshot.registry.lookup import find
from fewshot.registry.names import own_names
from fewshot.registry.uses import check_uses, has_class_vectors
from fewshot.suites.cells.checks import check_classes, check_folds, check_own, check_schedule, check_used
from fewshot.suites.cells.grid import Where, drafts, keys_of
from fewshot.suites.cells.parts import check_options, named_part, names_of, protocol_of
from fewshot.suites.search.cell import Cell, cells_of
from fewshot.suites.search.table import Search, read_search
from fewshot.suites.search.values import SEARCHED


def cells(table: dict, stage: str) -> list[Cell]:
    """All cells of a table: its grid of learners, backbones, losses and similarities, then its single cells."""
    check_options(table.get("options", {}))
    found, first, search = [], {}, read_search(table)
    for draft in drafts(table):
        try:
            for cell in _cells(table, draft[1], stage, search):
                if (other := first.setdefault(cell.start.id, draft)) is not draft:
                    keys = ".".join(map(str, keys_of(table, *other, ("similarity",))))
                    raise RequestError(f"two of its cells are the same: this one and that of {keys}", "similarity")
                found.append(cell)
        except RequestError as error:
            error.where = keys_of(table, *draft, error.where)
            raise
    parts = [getattr(cell.start, kind) for cell in found for kind in SEARCHED]
    search.check_named({part.name for part in parts if part})
    check_used(table, found)
    search.check_used([cell.start for cell in found])
    check_folds(found)
    return found


def place_of(table: dict, stage: str, cell: Cell, where: Where) -> Where:
    """The keys of a table under which one of its cells has the value at `where`, such as `("loss",)`."""
    made = partial(_cells, table, stage=stage, search=read_search(table))
    return keys_of(table, *next(draft for draft in drafts(table) if cell in made(draft[1])), where)


def one_cell(
    loss: str,
    protocol: str,
    backbone: str,
    similarity: str | None,
    *,
    dataset: str | None = None,
    normalise: str = "none",
    size: Size,
    stage: str,
    seed: int,
    options: dict[str, dict],
    training: dict,
) -> RunSpec:
    """The spec of a single cell, by the rules of a suite; `dataset` is by default the protocol's."""
    cell = {"backbone": backbone, "loss": loss, "training": training, "options": options, "normalise": normalise}
    cell |= {"similarity": similarity} if similarity else {}
    if stage == "val" and training.get("learn", "train") != "train":
        raise no_val(training["learn"])
    table = own_names({"protocol": protocol, "size": size, "seeds": [seed], "cells": [cell]})
    table["dataset"] = named_dataset(table["protocol"], dataset)
    return _cells(table, table["cells"][0], stage, Search())[0].start


def no_val(learn: object) -> RequestError:
    """The refusal of a caller's request to learn from other than train at stage val."""
    return RequestError(f'learn: expected "train" at stage val, as it is measured on val, got {learn!r}', "learn")


def _cells(table: dict, cell: dict, stage: str, search: Search) -> list[Cell]:
    """One cell for each seed of each fold, or one alone where nothing is trained and there are no folds."""
    check_options(cell.get("options", {}))
    folds = range(1, 1 + table["folds"]) if "folds" in table else (0,)
    return [one for fold in folds for one in _of_fold(table, cell, stage, search, fold)]


def _of_fold(table: dict, cell: dict, stage: str, search: Search, fold: int) -> list[Cell]:
    learner = cell.get("learner", table.get("learner", "siamese"))
    part, protocol = protocol_of(table, cell, fold)
    with at("protocol" if "protocol" in cell else "dataset"):
        check_goes_with(protocol, table["dataset"])
    given = {
        "dataset": named_part("dataset", table["dataset"], table, cell),
        "protocol": part,
        "stage": stage,
        "size": cell.get("size", table["size"]),
        "learner": named_part("learner", learner, table, cell),
        "shuffled_labels": table.get("shuffled_labels", False),
        "revision": table.get("revision", 1),
    } | ({"shot_rule": cell["shot_rule"]} if "shot_rule" in cell else {})
    marks = find("learners", learner).marks
    names = names_of(cell, learner, marks)
    if "shot_rule" in cell and not {"similarity", "loss"} & names.keys():
        expected = f"learner {learner} compares by no similarity: expected no shot_rule, got {cell['shot_rule']}"
        raise RequestError(expected, "shot_rule")
    given |= {key: named_part(key, name, table, cell) for key, name in names.items()}
    if not marks.trained:
        if (own := cell.get("normalise", "none")) != "none":
            raise RequestError(f"learner {learner} is not trained: expected no normalise, got {own}", "normalise")
        spec = RunSpec(**given)
        check_own(cell, spec)
        return [Cell(spec, (spec,))]
    given["normalise"] = cell.get("normalise", table.get("normalise", "none"))
    given["pitfalls"] = tuple(cell.get("pitfalls", ()))
    if "loss" in names:
        given.setdefault("shot_rule", find("losses", names["loss"]).marks.shot_rule)
    with at("training"):
        values = table.get("training", {}) | cell.get("training", {})
        if stage == "val" and LEARNED not in cell.get("pitfalls", ()):  # such runs learn from train alone
            recipe_from_plain({"learn": values.get("learn", "train"), "select": "last"})  # refuses a wrong one
            values["learn"] = "train"
        recipe = _class_rate(recipe_from_plain(values), names.get("loss"), cell)
    spec = RunSpec(**given, training=recipe)
    check_own(cell, spec)
    if spec.similarity:
        check_uses(spec, cell.get("options", {}).get(spec.similarity.name, ()))
    seeds, twins = table.get("seeds", [0]), table.get("twins", False)
    found = cells_of(spec, search.tried(spec, table, cell), search.rungs, seeds, twins)
    found += _ensemble(found) if table.get("ensembles") and stage == "test" else []
    with at("training"):
        recipes = [one.training for one in found[0].finals]
        for one in recipes:
            check_schedule(one)
        for one in {(str(one.shape), one.turn): one for one in recipes}.values():
            check_classes(one, protocol)
        if protocol.verify and recipe.learn == "train+val":
            raise RequestError(
                f'protocol {protocol.name} chooses a threshold on val: expected learn = "train"', "learn"
            )
    return found


def _ensemble(found: list[Cell]) -> list[Cell]:
    """The cell of the ensemble of a method's networks, where there are several."""
    if len(found) < 2:
        return []
    whole = replace(found[0].start, members=tuple(cell.start.seed for cell in found))
    return [Cell(whole, (whole,), twins=found[0].twins)]


def _class_rate(recipe: Recipe, loss: str | None, cell: dict) -> Recipe:
    """The recipe, without a `class_rate` for all cells that this one has no class vectors for; its own is refused."""
    if recipe.class_rate == 1 or has_class_vectors(loss):
        return recipe
    if "class_rate" in cell.get("training", {}):
        expected = f"class_rate: expected a loss with class vectors, or 1, got {loss or 'no loss'}"
        raise RequestError(expected, "class_rate")
    return replace(recipe, class_rate=1.0)

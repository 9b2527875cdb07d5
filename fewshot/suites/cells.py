"""The cells of a suite: names, options and defaults of parts, put together and checked."""

from dataclasses import replace
from functools import partial

from fewshot.core.checks import Size
from fewshot.core.errors import RequestError, at, of_part, unknown
from fewshot.core.marks import LearnerMarks
from fewshot.core.recipe import Recipe, recipe_from_plain
from fewshot.core.spec.names import FOLD, LEARNED
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.data.class_lists.names import unturned
from fewshot.protocols import Protocol, check_goes_with, load_protocol, named_dataset
from fewshot.registry.lookup import entries, find, full_name, make_part
from fewshot.registry.names import own_names
from fewshot.registry.source import KINDS
from fewshot.registry.uses import check_uses, has_class_vectors, uses_option
from fewshot.suites.grid import Where, drafts, keys_of
from fewshot.suites.search import SEARCHED, Cell, cells_of
from fewshot.suites.search_table import Search, read_search


def cells(table: dict, stage: str) -> list[Cell]:
    """All cells of a table: its grid of learners, backbones, losses and similarities, then its single cells."""
    _check_options(table.get("options", {}))
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
    _check_used(table, found)
    _check_folds(found)
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
    table = own_names({"protocol": protocol, "size": size, "seeds": [seed], "cells": [cell]})
    table["dataset"] = named_dataset(table["protocol"], dataset)
    return _cells(table, table["cells"][0], stage, Search())[0].start


def _cells(table: dict, cell: dict, stage: str, search: Search) -> list[Cell]:
    """One cell for each seed of each fold, or one alone where nothing is trained and there are no folds."""
    _check_options(cell.get("options", {}))
    folds = range(1, 1 + table["folds"]) if "folds" in table else (0,)
    return [one for fold in folds for one in _of_fold(table, cell, stage, search, fold)]


def _of_fold(table: dict, cell: dict, stage: str, search: Search, fold: int) -> list[Cell]:
    learner = cell.get("learner", table.get("learner", "siamese"))
    part, protocol = _protocol(table, cell, fold)
    with at("protocol" if "protocol" in cell else "dataset"):
        check_goes_with(protocol, table["dataset"])
    given = {
        "dataset": _part("dataset", table["dataset"], table, cell),
        "protocol": part,
        "stage": stage,
        "size": cell.get("size", table["size"]),
        "learner": _part("learner", learner, table, cell),
        "shuffled_labels": table.get("shuffled_labels", False),
        "revision": table.get("revision", 1),
    } | ({"shot_rule": cell["shot_rule"]} if "shot_rule" in cell else {})
    marks = find("learners", learner).marks
    names = _names(cell, learner, marks)
    if "shot_rule" in cell and not {"similarity", "loss"} & names.keys():
        expected = f"learner {learner} compares by no similarity: expected no shot_rule, got {cell['shot_rule']}"
        raise RequestError(expected, "shot_rule")
    given |= {key: _part(key, name, table, cell) for key, name in names.items()}
    if not marks.trained:
        if (own := cell.get("normalise", "none")) != "none":
            raise RequestError(f"learner {learner} is not trained: expected no normalise, got {own}", "normalise")
        spec = RunSpec(**given)
        return [Cell(spec, (spec,))]
    given["normalise"] = cell.get("normalise", table.get("normalise", "none"))
    given["pitfalls"] = tuple(cell.get("pitfalls", ()))
    if "loss" in names:
        given.setdefault("shot_rule", find("losses", names["loss"]).marks.shot_rule)
    with at("training"):
        values = table.get("training", {}) | cell.get("training", {})
        if stage == "val" and LEARNED not in cell.get("pitfalls", ()):  # such runs learn from train alone
            values["learn"] = "train"
        recipe = _class_rate(recipe_from_plain(values), names.get("loss"), cell)
    spec = RunSpec(**given, training=recipe)
    if spec.similarity:
        check_uses(spec, cell.get("options", {}).get(spec.similarity.name, ()))
    seeds, twins = table.get("seeds", [0]), table.get("twins", False)
    found = cells_of(spec, search.tried(spec, table, cell), search.rungs, seeds, twins)
    found += _ensemble(found) if table.get("ensembles") and stage == "test" else []
    with at("training"):
        recipes = [one.training for one in found[0].finals]
        for one in {(str(one.shape), one.turn): one for one in recipes}.values():
            _check_classes(one, protocol)
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
    return [Cell(whole, (whole,))]


def _class_rate(recipe: Recipe, loss: str | None, cell: dict) -> Recipe:
    """The recipe, without a `class_rate` for all cells that this one has no class vectors for; its own is refused."""
    if recipe.class_rate == 1 or has_class_vectors(loss):
        return recipe
    if "class_rate" in cell.get("training", {}):
        expected = f"class_rate: expected a loss with class vectors, or 1, got {loss or 'no loss'}"
        raise RequestError(expected, "class_rate")
    return replace(recipe, class_rate=1.0)


def _protocol(table: dict, cell: dict, fold: int) -> tuple[Part, Protocol]:
    name = cell.get("protocol", table.get("protocol"))
    if name is None:
        raise RequestError("a cell beside several protocols needs a protocol of its own")
    part = _part("protocol", name, table, cell)
    if fold:
        if FOLD not in part.options:
            having = [one for one, entry in entries("protocols").items() if FOLD in entry.options]
            raise RequestError(f"folds: expected a protocol with folds, such as {' or '.join(having)}, got {name}")
        if own := part.options[FOLD]:
            raise RequestError(f"fold: expected none beside folds = {table['folds']}, which names each, got {own}")
        part = replace(part, options=part.options | {FOLD: fold})
    with of_part("protocol", name):
        return part, load_protocol(part)


def _check_classes(recipe: Recipe, protocol: Protocol) -> None:
    """Enough classes for a task, and none of which turns would make another that is there already."""
    if protocol.open:  # which classes there are is known when its images are
        return
    names, way = protocol.learned_from(recipe.learn), recipe.shape.way
    if way > len(names):
        raise RequestError(f"{recipe.shape} tasks need {way} classes, but there are {len(names)}", "task")
    if recipe.turn != "none" and any(unturned(name) != name for name in names):
        twice = f"turn: in protocol {protocol.name} quarter turns are classes already"
        raise RequestError(f'{twice}: expected "none", got "{recipe.turn}"', "turn")


def _check_used(table: dict, found: list[Cell]) -> None:
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


def _check_folds(found: list[Cell]) -> None:
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
                _check_classes(run.training, protocol.fold(run.fold, run.folds))


def _check_options(options: dict[str, dict]) -> None:
    """Refuse options of no part, or that the part has not, whether it is used or not."""
    everything = [entry for kind in KINDS.values() for entry in entries(kind).values()]
    for name, given in options.items():
        family, colon, _ = name.partition(":")
        named = [entry for entry in everything if entry.name == family and bool(entry.family) == bool(colon)]
        if not named:
            valid = [full_name(entry) for entry in everything]
            raise unknown("part under [options]", name, valid, "options", name)
        known = {key for entry in named for key in entry.options}
        for key in given if not any(entry.open for entry in named) else ():
            if key not in known:
                raise unknown(f"option of {name}", key, known, "options", name, key)


def _names(cell: dict, learner: str, marks: LearnerMarks) -> dict[str, str]:
    """The backbone, similarity and loss that go with a learner; a loss brings its similarity, if none is named."""
    if not marks.trained:
        for key in {"backbone", "loss", "training"} & set(cell):
            raise RequestError(f"learner {learner} is not trained: expected no {key}, got {cell[key]}", key)
        similarity = cell.get("similarity", marks.default_similarity)
        return {"similarity": similarity} if similarity else {}
    own = marks.own_objective
    if missing := [key for key in ("backbone", "loss") if key not in cell and not (own and key == "loss")]:
        raise RequestError(f"a cell of learner {learner} needs a {missing[0]}")
    if own and "loss" in cell:
        raise RequestError(f"learner {learner} brings its own objective: expected no loss, got {cell['loss']}", "loss")
    names = {key: cell[key] for key in ("backbone", "similarity", "loss") if key in cell}
    if own:
        return names
    with at("loss"):
        marks = find("losses", cell["loss"]).marks
    if marks.fixed and cell.get("similarity", marks.similarity) != marks.similarity:
        own = f"loss {cell['loss']} learns by a measure of its own: expected similarity {marks.similarity}"
        raise RequestError(f"{own}, got {cell['similarity']}", "similarity")
    return {"similarity": marks.similarity} | names


def _part(key: str, name: str, table: dict, cell: dict) -> Part:
    everywhere, here = (one.get("options", {}).get(name, {}) for one in (table, cell))
    given = everywhere | here
    if given and sum(name in entries(kind) for kind in KINDS.values()) > 1:  # koch is a backbone and a protocol
        own = find(KINDS[key], name).options
        given = {option: value for option, value in given.items() if option in own}
    with of_part(key, name):
        return make_part(KINDS[key], name, given)

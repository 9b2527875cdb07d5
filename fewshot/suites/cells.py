"""The cells of a suite: names, options and defaults of parts, put together and checked."""

from collections.abc import Callable
from dataclasses import replace

from fewshot.core.errors import RequestError, at
from fewshot.core.recipe import Recipe, recipe_from_plain
from fewshot.core.spec import Part, RunSpec
from fewshot.data.class_lists.names import unturned
from fewshot.protocols import Protocol, check_goes_with, load_protocol, named_dataset
from fewshot.registry.lookup import find, make_part, own_name
from fewshot.registry.marks import LearnerMarks
from fewshot.registry.source import KINDS
from fewshot.suites.grid import Asked, Where, asked_cells, check_options
from fewshot.suites.search import Cell, cell_of


def cells(table: dict, stage: str) -> list[Cell]:
    """All cells of a table: its grid of learners, backbones, losses and similarities, then its single cells."""
    return [cell for asked in asked_cells(table) for cell in _cells(table, asked, stage)]


def one_cell(
    loss: str,
    protocol: str,
    backbone: str,
    similarity: str | None,
    *,
    dataset: str | None = None,
    normalise: str = "none",
    size: int,
    stage: str,
    seed: int,
    options: dict[str, dict],
    training: dict,
) -> RunSpec:
    """The spec of a single cell, by the rules of a suite; `dataset` is by default the protocol's."""
    options = {own_name("losses", name): given for name, given in options.items()}
    check_options(options)
    cell = {"backbone": backbone, "loss": own_name("losses", loss), "training": training, "options": options}
    cell["normalise"] = normalise
    protocol = own_name("protocols", protocol)
    table = {"dataset": named_dataset(protocol, dataset), "protocol": protocol, "size": size, "seeds": [seed]}
    return _cells(table, Asked(cell | ({"similarity": similarity} if similarity else {})), stage)[0].finals[0]


def _cells(table: dict, asked: Asked, stage: str) -> list[Cell]:
    """One cell for each seed, or one alone where nothing is trained."""
    cell = asked.cell
    learner = cell.get("learner", table.get("learner", "siamese"))
    part, protocol = _protocol(table, asked)
    with at(*(asked.place("protocol") if "protocol" in cell else ("dataset",))):
        check_goes_with(protocol, table["dataset"])
    given = {
        "dataset": _part("dataset", table["dataset"], table, asked),
        "protocol": part,
        "stage": stage,
        "size": cell.get("size", table["size"]),
        "learner": _part("learner", learner, table, asked),
        "shuffled_labels": table.get("shuffled_labels", False),
    } | ({"shot_rule": cell["shot_rule"]} if "shot_rule" in cell else {})
    marks = find("learners", learner).marks
    names = _names(cell, learner, marks, asked)
    if "shot_rule" in cell and not {"similarity", "loss"} & names.keys():
        with at(*asked.place("shot_rule")):
            compares = f"learner {learner} compares by no similarity: expected no shot_rule"
            raise RequestError(f"{compares}, got {cell['shot_rule']}")
    given |= {key: _part(key, name, table, asked) for key, name in names.items()}
    if not marks.trained:
        if cell.get("normalise", "none") != "none":
            with at(*asked.place("normalise")):
                raise RequestError(f"learner {learner} is not trained: expected no normalise, got {cell['normalise']}")
        with at(*asked.where):
            return [Cell((RunSpec(**given),), where=asked.where)]
    given["normalise"] = cell.get("normalise", table.get("normalise", "none"))
    if "loss" in names:
        given.setdefault("shot_rule", find("losses", names["loss"]).marks.shot_rule)
    training = _training(table, asked, stage)
    search = {key: values for key, values in table.get("search", {}).items() if key not in cell.get("training", {})}
    seeds, place = table.get("seeds", [0]), asked.place("similarity" if "similarity" in cell else "loss")
    with at(*asked.where):
        specs = [RunSpec(**given, training=training, seed=seed) for seed in seeds]
    found = [cell_of(spec, search, seeds[0], place) for spec in specs]
    found = [replace(cell, places=_places(table, asked, names | {"learner": learner}, place)) for cell in found]
    recipes = [spec.training for cell in found for spec in cell.finals]
    for recipe in {(str(one.shape), one.turn): one for one in recipes}.values():
        _check_classes(recipe, protocol, asked, search)
    if protocol.verify and training.learn == "train+val":
        with at(*(asked.where if "learn" in cell.get("training", {}) else ()), "training", "learn"):
            raise RequestError(f'protocol {protocol.name} chooses a threshold on val: expected learn = "train"')
    return found


def _protocol(table: dict, asked: Asked) -> tuple[Part, Protocol]:
    name = asked.cell.get("protocol", table.get("protocol"))
    where = asked.place("protocol") if "protocol" in asked.cell or name is None else ("protocol",)
    if name is None:
        with at(*where):
            raise RequestError("a cell beside several protocols needs a protocol of its own")
    return _made("protocol", name, table, asked, where, load_protocol)


def _check_classes(training: Recipe, protocol: Protocol, asked: Asked, search: dict) -> None:
    """Enough classes for a task, and none of which turns would make another that is there already."""
    if protocol.open:  # which classes there are is known when its images are
        return
    names, own = protocol.learned_from(training.learn), asked.cell.get("training", {})
    turned = training.turn != "none" and any(unturned(name) != name for name in names)
    few = f"{training.shape} tasks need {training.shape.way} classes, but there are {len(names)}"
    twice = f'in protocol {protocol.name} quarter turns are classes already: expected "none", got "{training.turn}"'
    for key, wrong, said in (("task", training.shape.way > len(names), few), ("turn", turned, f"turn: {twice}")):
        with at(*(asked.where if key in own else ()), "search" if key in search else "training", key):
            if wrong:
                raise RequestError(said)


def _names(cell: dict, learner: str, marks: LearnerMarks, asked: Asked) -> dict[str, str]:
    """The backbone, similarity and loss that go with a learner; a loss brings its similarity, if none is named."""
    if not marks.trained:
        for key in {"backbone", "loss", "training"} & set(cell):
            with at(*asked.place(key)):
                raise RequestError(f"learner {learner} is not trained: expected no {key}, got {cell[key]}")
        similarity = cell.get("similarity", marks.default_similarity)
        return {"similarity": similarity} if similarity else {}
    own = marks.own_objective
    with at(*asked.where):
        if missing := [key for key in ("backbone", "loss") if key not in cell and not (own and key == "loss")]:
            raise RequestError(f"a cell of learner {learner} needs a {missing[0]}")
    if own and "loss" in cell:
        with at(*asked.place("loss")):
            raise RequestError(f"learner {learner} brings its own objective: expected no loss, got {cell['loss']}")
    names = {key: cell[key] for key in ("backbone", "similarity", "loss") if key in cell}
    if own:
        return names
    with at(*asked.place("loss")):
        marks = find("losses", cell["loss"]).marks
    if marks.fixed and cell.get("similarity", marks.similarity) != marks.similarity:
        with at(*asked.place("similarity")):
            own = f"loss {cell['loss']} learns by a measure of its own: expected similarity {marks.similarity}"
            raise RequestError(f"{own}, got {cell['similarity']}")
    return {"similarity": marks.similarity} | names


def _part(key: str, name: str, table: dict, asked: Asked) -> Part:
    return _made(key, name, table, asked, asked.place(key))[0]


def _made(
    key: str, name: str, table: dict, asked: Asked, where: Where, make: Callable[[Part], object] = lambda part: None
) -> tuple[Part, object]:
    """A part and what is made of it; what is refused stands with the option that is wrong, or `where` it is named."""
    everywhere, here = table.get("options", {}).get(name, {}), asked.cell.get("options", {}).get(name, {})
    try:
        part = make_part(KINDS[key], name, everywhere | here)
        return part, make(part)
    except RequestError as error:
        option = error.where
        if not option:
            error.where = where
        else:
            error.where = asked.option(name, *option)
        raise


def _places(table: dict, asked: Asked, names: dict[str, str], compared: Where) -> dict[str, Where]:
    """Where each part of a cell is named, and its options that are given; the similarity may be the loss's own."""
    places = {key: asked.place(key) for key in names} | {"similarity": compared}
    for key, name in names.items():
        given = {**table.get("options", {}).get(name, {}), **asked.cell.get("options", {}).get(name, {})}
        places |= {f"{key}.{option}": asked.option(name, option) for option in given}
    return places


def _training(table: dict, asked: Asked, stage: str) -> Recipe:
    everywhere, here = table.get("training", {}), asked.cell.get("training", {})
    recipe = everywhere | here
    if stage == "val":  # what is measured on val learns from train alone
        recipe["learn"] = "train"
    try:
        return recipe_from_plain(recipe)
    except RequestError as error:
        error.where = (*(asked.where if set(error.where[:1]) & set(here) else ()), "training", *error.where)
        raise

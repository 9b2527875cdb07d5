"""From a suite's table to its cells: names, options and defaults of parts put together and checked."""

from collections.abc import Iterator
from dataclasses import dataclass

from fewshot.errors import RequestError, at, unknown
from fewshot.protocols import load_protocol
from fewshot.registry import KINDS, entries, find, make_part
from fewshot.search import Cell, cell_of
from fewshot.spec import SHOT_RULES, Part, RunSpec, Training, training_from_plain

Where = tuple[str | int, ...]


@dataclass(frozen=True)
class _Asked:
    """What a suite says of a cell itself, and the keys under which it says so."""

    cell: dict
    where: Where = ()
    places: dict[str, Where] | None = None  # of the grid's keys; a single cell has its own

    def place(self, key: str) -> Where:
        if self.places is not None:
            return self.places.get(key, (key,))
        return (*self.where, key) if key in self.cell else self.where or (key,)


def cells(table: dict, stage: str) -> list[Cell]:
    """All cells of a table: its grid of learners, backbones, losses and similarities, then its single cells."""
    known = {name for kind in KINDS.values() for name in entries(kind)}
    for name in table.get("options", {}):
        if name not in known:
            with at("options", name):
                raise unknown("part under [options]", name, known)
    single = [_Asked(cell, ("cells", number)) for number, cell in enumerate(table.get("cells", []))]
    return [cell for asked in [*_grid(table), *single] for cell in _cells(table, asked, stage)]


def one_cell(
    loss: str,
    protocol: str,
    backbone: str,
    similarity: str | None,
    *,
    size: int,
    stage: str,
    seed: int,
    options: dict[str, dict],
    training: dict,
) -> RunSpec:
    """The spec of a single cell, by the rules of a suite."""
    cell = {"backbone": backbone, "loss": loss, "training": training, "options": options}
    table = {"dataset": load_protocol(protocol).dataset, "protocol": protocol, "size": size, "seeds": [seed]}
    return _cells(table, _Asked(cell | ({"similarity": similarity} if similarity else {})), stage)[0].finals[0]


def _grid(table: dict) -> Iterator[_Asked]:
    """The cells of the grid, without those that an exclusion fits."""
    excluded = table.get("exclude", [])
    unmet = set(range(len(excluded)))
    for asked in _products(table):
        fitting = {number for number, one in enumerate(excluded) if one.items() <= asked.cell.items()}
        unmet -= fitting
        if not fitting:
            yield asked
    if unmet:
        with at("exclude", min(unmet)):
            raise RequestError(f"no cell of the grid fits the exclusion {excluded[min(unmet)]}")


def _products(table: dict) -> Iterator[_Asked]:
    """Every learner with what it takes: a training-free one stands alone, one with its own objective has no loss."""
    single = "learners" not in table
    for number, learner in enumerate([table.get("learner", "siamese")] if single else table["learners"]):
        place = ("learner",) if single else ("learners", number)
        with at(*place):
            marks = find("learners", learner).marks
        asked = [_Asked({"learner": learner}, places={"learner": place})]
        if marks.get("trained"):
            asked = _times(asked, table, "backbones", "backbone")
            if not marks.get("own_objective"):
                asked = _times(asked, table, "losses", "loss")
                asked = _times(asked, table, "similarities", "similarity") if "similarities" in table else asked
        yield from asked


def _times(asked: list[_Asked], table: dict, many: str, key: str) -> list[_Asked]:
    return [
        _Asked(one.cell | {key: value}, places=one.places | {key: (many, number)})
        for one in asked
        for number, value in enumerate(table.get(many, []))
    ]


def _cells(table: dict, asked: _Asked, stage: str) -> list[Cell]:
    """One cell for each seed, or one alone where nothing is trained."""
    cell = asked.cell
    learner = cell.get("learner", table.get("learner", "siamese"))
    with at("protocol"):
        protocol = load_protocol(table["protocol"])
    if protocol.dataset != table["dataset"]:
        with at("dataset"):
            raise RequestError(f"protocol {protocol.name} is of data set {protocol.dataset}, not {table['dataset']}")
    given = {
        "dataset": _part("dataset", table["dataset"], table, asked),
        "protocol": Part(protocol.name, {}, protocol.revision, find("protocols", protocol.name).sha256),
        "stage": stage,
        "size": cell.get("size", table["size"]),
        "learner": _part("learner", learner, table, asked),
        "shuffled_labels": table.get("shuffled_labels", False),
    } | ({"shot_rule": cell["shot_rule"]} if "shot_rule" in cell else {})
    marks = find("learners", learner).marks
    names = _names(cell, learner, marks, asked)
    given |= {key: _part(key, name, table, asked) for key, name in names.items()}
    if not marks.get("trained"):
        with at(*asked.where):
            return [Cell((RunSpec(**given),), where=asked.where)]
    if "loss" in names:
        given.setdefault("shot_rule", find("losses", names["loss"]).marks.get("shot_rule", SHOT_RULES[0]))
    training = _training(table, asked, stage)
    search = {key: values for key, values in table.get("search", {}).items() if key not in cell.get("training", {})}
    seeds, place = table.get("seeds", [0]), asked.place("similarity" if "similarity" in cell else "loss")
    with at(*asked.where):
        specs = [RunSpec(**given, training=training, seed=seed) for seed in seeds]
    return [cell_of(spec, search, seeds[0], place) for spec in specs]


def _names(cell: dict, learner: str, marks: dict, asked: _Asked) -> dict[str, str]:
    """The backbone, similarity and loss that go with a learner; a loss brings its similarity, if none is named."""
    if not marks.get("trained"):
        similarity = cell.get("similarity", marks.get("default_similarity"))
        return {"similarity": similarity} if similarity else {}
    own = marks.get("own_objective", False)
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
        return {"similarity": find("losses", cell["loss"]).marks["similarity"]} | names


def _part(key: str, name: str, table: dict, asked: _Asked) -> Part:
    everywhere, here = table.get("options", {}).get(name, {}), asked.cell.get("options", {}).get(name, {})
    try:
        return make_part(KINDS[key], name, everywhere | here)
    except RequestError as error:
        option = error.where
        if not option:
            error.where = asked.place(key)
        else:
            error.where = (*(asked.where if option[0] in here else ()), "options", name, *option)
        raise


def _training(table: dict, asked: _Asked, stage: str) -> Training:
    everywhere, here = table.get("training", {}), asked.cell.get("training", {})
    recipe = everywhere | here
    if stage == "val":  # what is measured on val learns from train alone
        recipe["learn"] = "train"
    try:
        return training_from_plain(recipe)
    except RequestError as error:
        error.where = (*(asked.where if set(error.where[:1]) & set(here) else ()), "training", *error.where)
        raise

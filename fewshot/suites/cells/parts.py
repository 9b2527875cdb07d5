"""The parts of a cell: which go with its learner, and their options."""

from dataclasses import replace

from fewshot.core.errors import RequestError, at, of_part, unknown
from fewshot.core.marks import LearnerMarks
from fewshot.core.spec.names import FOLD
from fewshot.core.spec.run_spec import Part
from fewshot.protocols import Protocol, load_protocol
from fewshot.registry.lookup import entries, find, full_name, make_part
from fewshot.registry.source import KINDS


def names_of(cell: dict, learner: str, marks: LearnerMarks) -> dict[str, str]:
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


def named_part(key: str, name: str, table: dict, cell: dict) -> Part:
    """The part of a kind ("loss") that is named, with the options that the suite's and the cell's tables give it."""
    everywhere, here = (one.get("options", {}).get(name, {}) for one in (table, cell))
    given = everywhere | here
    if given and sum(name in entries(kind) for kind in KINDS.values()) > 1:  # koch is a backbone and a protocol
        own = find(KINDS[key], name).options
        given = {option: value for option, value in given.items() if option in own}
    with of_part(key, name):
        return make_part(KINDS[key], name, given)


def protocol_of(table: dict, cell: dict, fold: int) -> tuple[Part, Protocol]:
    """The protocol of a cell, of one of the suite's folds where it has some."""
    name = cell.get("protocol") or table["protocol"]
    part = named_part("protocol", name, table, cell)
    if fold:
        if FOLD not in part.options:
            having = [one for one, entry in entries("protocols").items() if FOLD in entry.options]
            raise RequestError(
                f"folds: expected a protocol with folds, such as {' or '.join(having)}, got {name}", "folds"
            )
        if own := part.options[FOLD]:
            raise RequestError(f"fold: expected none beside folds = {table['folds']}, which names each, got {own}")
        part = replace(part, options=part.options | {FOLD: fold})
    with of_part("protocol", name):
        return part, load_protocol(part)


def check_options(options: dict[str, dict]) -> None:
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

"""The keys of a search, the values that each may have, and those that a loss's own file brings."""

from dataclasses import fields

from fewshot.core.checks import check_type
from fewshot.core.errors import RequestError, at, unknown
from fewshot.core.recipe import Recipe, recipe_from_plain
from fewshot.registry.lookup import entries, find, full_name
from fewshot.registry.names import own_part
from fewshot.registry.source import KINDS, REQUIRED, PartInfo
from fewshot.suites.search.points import Range, Values
from fewshot.suites.search.values import SEARCHED, part_and_option

RECIPE = {item.name: item.type for item in fields(Recipe)}
FIXED = ("steps", "learn", "select", "val_every")  # that a searched run has of its own
RANGE = ("low", "high", "scale")


def key_of(written: str, owner: PartInfo | None = None) -> str:
    """A key with its part under its own name; among a loss's own, an option of the loss may stand without it."""
    if owner and (written in owner.options or (owner.open and written not in RECIPE)):
        return f"options.{owner.name}.{written}"
    name, option = part_and_option(written)
    if owner and not name and written not in RECIPE:
        raise unknown(f"option of {owner.called} or of training", written, [*owner.options, *RECIPE])
    return f"options.{own_part(name)}.{option}" if name else written


def read_values(key: str, raw: object, name: str) -> list | Range:
    """The values that a key may have, of a list or of a range's table."""
    if key in FIXED:
        raise RequestError(f"search: {key} cannot be searched, as a searched run has its own")
    kind = _kind(key)
    if isinstance(raw, dict):
        return _range(key, raw, name, kind)
    check_type(name, raw, list, expected="a list of values or a range { low = …, high = … }")
    if len(raw) < 2 or any(value in raw[:number] for number, value in enumerate(raw)):
        raise RequestError(f"{name}: expected two or more different values, got {raw!r}")
    for number, value in enumerate(raw):
        with at(number):
            _check_value(key, value)
    return raw


def _range(key: str, raw: dict, name: str, kind: type | None) -> Range:
    """A range of numbers of this kind; of None, of whole ones where its ends are."""
    for one in raw:
        if one not in RANGE:
            raise unknown("key of a range", one, RANGE, one)
    if missing := [one for one in ("low", "high") if one not in raw]:
        raise RequestError(f"{name}: expected low and high, got no {missing[0]}")
    if kind not in (int, float, None):
        raise RequestError(f"{name}: expected a list of values, which are no numbers, got a range")
    ends = [raw["low"], raw["high"]]
    whole = kind is int or (kind is None and all(isinstance(end, int) for end in ends))
    try:
        found = Range(**raw, whole=whole)
    except RequestError as error:
        raise RequestError(f"{name}.{error}", *error.where) from error
    for end in ("low", "high"):
        with at(end):
            _check_value(key, raw[end])
    return found


def brought(name: str) -> Values:
    """The values that a loss's file brings for its search. Raises `RequestError`, with the file, for wrong ones."""
    if name.partition(":")[0] not in entries("losses"):
        return {}
    entry, found = find("losses", name), {}
    for written, raw in entry.marks.search.items():
        try:
            key = key_of(written, entry)
            found[key] = read_values(key, raw, f"search.{written}")
        except RequestError as error:
            raise RequestError(f"{entry.file}: {error}", "loss") from error
    return found


def holder_of(name: str) -> PartInfo:
    """The loss, or the learner without one, that a table of values is for."""
    losses, learners = entries("losses"), entries("learners")
    able = [entry for entry in learners.values() if getattr(entry.marks, "own_objective", False)]
    if own_part(name).partition(":")[0] in losses:
        return find("losses", own_part(name))
    if found := [entry for entry in able if entry.name == name]:
        return found[0]
    if kind := next((kind for kind in SEARCHED if name in entries(KINDS[kind])), ""):
        raise RequestError(f"search: expected a loss, got {kind} {name}; its values stand in [search.options.{name}]")
    raise unknown("loss", name, [full_name(entry) for entry in (*losses.values(), *able)])


def _kind(key: str) -> type | None:
    """The type of a key's values, None where that is not known. Raises `RequestError` where it cannot be searched."""
    name, option = part_and_option(key)
    if not name:
        if key not in RECIPE:
            raise unknown("training option", key, RECIPE)
        return RECIPE[key]
    named = {kind: entries(many).get(name.partition(":")[0]) for kind, many in KINDS.items()}
    found = {kind: entry for kind, entry in named.items() if entry and bool(entry.family) == (":" in name)}
    able = [entry for kind, entry in found.items() if kind in SEARCHED]
    if not found:
        raise unknown("part", name, [full_name(entry) for kind in SEARCHED for entry in entries(KINDS[kind]).values()])
    if not able:
        expected = f"an option of a {', '.join(SEARCHED[:-1])} or {SEARCHED[-1]}"
        raise RequestError(f"search: expected {expected}, got one of {next(iter(found))} {name}")
    defaults = [entry.options[option] for entry in able if option in entry.options]
    if not (defaults or any(entry.open for entry in able)):
        raise unknown(f"option of {name}", option, {one for entry in able for one in entry.options})
    known = defaults and defaults[0] not in (None, REQUIRED)
    return type(defaults[0]) if known else None


def _check_value(key: str, value: object) -> None:
    """Refuse a value that `[training]` would refuse; a part refuses those of its options when it is made."""
    if key in RECIPE:
        try:
            recipe_from_plain({key: value})
        except RequestError as error:
            raise RequestError(str(error)) from error

"""`Search`: a suite's table `[search]`, checked, and the points that each of its cells tries."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from fewshot.core.checks import check_type
from fewshot.core.errors import RequestError, at, unknown
from fewshot.core.spec.run_spec import RunSpec
from fewshot.registry.names import own_part
from fewshot.registry.uses import has_class_vectors
from fewshot.suites.cells.grid import Where
from fewshot.suites.search.choice import Rungs
from fewshot.suites.search.keys import RANGE, RECIPE, brought, holder_of, key_of, read_values
from fewshot.suites.search.points import DIMENSIONS, MOST, Point, Range, Values, combinations, has_range, points
from fewshot.suites.search.values import SEARCHED, is_option_of, part_and_option

HOW = ("points", "rungs", "keep", "folds", "defaults")  # how to search; all other keys are values to search
FOLDS = 20  # at most


@dataclass(frozen=True)
class Search:
    """The values of each key, those that a loss (or a learner without one) has of its own, and how they are tried.

    A key is one of `[training]`, or "options.contrastive.margin", which the cells with this part search.
    """

    keys: Values = field(default_factory=dict)
    own: Mapping[str, Values] = field(default_factory=dict)
    points: int | None = None
    rungs: Rungs = field(default_factory=Rungs)
    named: Mapping[str, Where] = field(default_factory=dict)  # parts, and the keys under which they are
    places: Mapping[tuple[str, str], Where] = field(default_factory=dict)  # of the values of an owner or "" and a key

    def tried(self, spec: RunSpec, table: dict, cell: dict) -> list[Point]:
        """The points that a cell of a suite's table tries; none where it gives itself all that is searched.

        Every cell tries `points`, or all combinations of lists. The values that a loss's own file brings change which
        points these are, not how many: they replace the suite's for a key of `[training]` that it searches, and stand
        for an option that it neither searches nor gives.
        """
        name = (spec.loss or spec.learner).name
        own = self.own.get(name, {})
        keys = {key: one for key, one in {**self.keys, **own}.items() if _is_of(key, spec) and not _gives(cell, key)}
        if not keys or (number := self.points or combinations(keys)) < 2:
            return []
        for key, values in brought(name).items():
            wanted = key in keys if key in RECIPE else not (_gives(cell, key) or _gives(table, key) or key in keys)
            keys |= {key: values} if wanted and key not in own else {}
        if len(keys) > DIMENSIONS or number > MOST:
            got = f"{len(keys)} keys and {number:,} points"
            raise RequestError(f"search: expected at most {DIMENSIONS} keys and {MOST:,} points, got {got}", "search")
        return points(keys, number)

    def check_named(self, parts: Collection[str]) -> None:
        """Refuse values for a part whose name is not among those of the suite's cells."""
        for name, where in self.named.items():
            if name not in parts:
                raise unknown("part of the suite's cells", name, parts, *where)

    def check_used(self, specs: Collection[RunSpec]) -> None:
        """Refuse values for a key that none of the suite's cells, or none with the part whose own they are, uses."""
        for (owner, key), where in self.places.items():
            own = [spec for spec in specs if owner in ("", (spec.loss or spec.learner).name)]
            if not any(_is_of(key, spec) for spec in own):
                whose = f"cell of {owner}" if owner else "cell of the suite"
                raise RequestError(f"search: expected a value that a {whose} uses, got {key}", *where)


def read_search(table: dict) -> Search:
    """The search of a suite's table. Raises `RequestError`, with its keys, for anything in it that is wrong."""
    given = table.get("search", {})
    keys: dict[str, list | Range] = {}
    own: dict[str, dict[str, list | Range]] = {}
    named: dict[str, Where] = {}
    places: dict[tuple[str, str], Where] = {}
    for where, owner, key, raw in _items(given):
        with at("search", *where):
            values = read_values(key, raw, ".".join(("search", *where)))
        if not owner or key not in RECIPE:
            _check_alone(table, key)
        if isinstance(values, Range) and "points" not in given:
            expected = f"search: {where[-1]} is a range: expected points = N beside it, the number of values to try"
            raise RequestError(expected, "search", *where)
        (own.setdefault(owner, {}) if owner else keys)[key] = values
        places[owner, key] = ("search", *where)
        for name in (owner, part_and_option(key)[0]):
            named |= {name: ("search", *where)} if name else {}
    if (number := given.get("points")) is not None:
        _check_whole("points", number, 2, MOST, "search", "points")
        if not any(map(has_range, (keys, *own.values()))):
            message = "search: points are those of ranges such as { low = 1e-3, high = 3e-2 }, of which there is none"
            raise RequestError(message, "search", "points")
    elif given and not (keys or own):
        raise RequestError("search: expected keys of [training] or options of parts, got none", "search")
    if (folds := given.get("folds")) is not None:
        _check_whole("folds", folds, 2, FOLDS, "search", "folds")
    defaults = given.get("defaults", False)
    check_type("search.defaults", defaults, bool, "search", "defaults")
    rungs = _rungs(given, number or combinations(keys))
    return Search(keys, own, number, Rungs(*rungs, folds or 0, defaults), named, places)


def _items(search: dict) -> Iterator[tuple[Where, str, str, object]]:
    """Of each thing to search: its keys in the table, the loss whose own it is or "", its key, and its values.

    An option may be one key in quotes, `"options.triplet.margin" = […]`, or one without, which is a table in a table.
    """
    for name, value in search.items():
        if name in HOW:
            continue
        if name == "options":
            with at("search", name):
                check_type("search.options", value, dict)
            for part, options in value.items():
                with at("search", name, part):
                    check_type(f"search.options.{part}", options, dict)
                for option, values in options.items():
                    yield (name, part, option), "", f"options.{part}.{option}", values
        elif isinstance(value, dict) and name not in RECIPE and "." not in name and not set(value) & set(RANGE):
            with at("search", name):
                entry = holder_of(name)
            for key, values in value.items():
                with at("search", name, key):
                    found = key_of(key, entry)
                yield (name, key), own_part(name), found, values
        else:
            yield (name,), "", key_of(name), value


def _check_alone(table: dict, key: str) -> None:
    """Refuse a key that the suite both searches and gives."""
    name, option = part_and_option(key)
    if _gives(table, key):
        where, place = (("options", name, option), f"[options.{name}]") if name else (("training", key), "[training]")
        expected = f"{option or key} is searched: expected it in {place} or in [search], not in both"
        raise RequestError(expected, *where)


def _rungs(given: dict, number: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The steps of each rung, and how many of so many points go on from each to the next."""
    steps, keep = given.get("rungs"), given.get("keep")
    if steps is None:
        if keep is not None:
            raise RequestError("search.keep: expected rungs beside it, such as rungs = [500, 1500]", "search", "keep")
        return (), ()
    check_type("search.rungs", steps, list, "search", "rungs")
    for place, one in enumerate(steps):
        _check_whole("rungs", one, 1, None, "search", "rungs", place)
    if not steps or any(after <= before for before, after in pairwise(steps)):
        raise RequestError(f"search.rungs: expected rising numbers of steps, got {steps}", "search", "rungs")
    kept = keep if isinstance(keep, list) else [] if keep is None else [keep]
    if len(kept) != len(steps) - 1:
        number = f"{len(steps) - 1} number{'s' if len(steps) != 2 else ''}"
        expected = f"search.keep: expected {number}, of the points that go on from each rung but the last"
        got = "none" if keep is None else repr(keep)
        raise RequestError(f"{expected}, got {got}", "search", "rungs" if keep is None else "keep")
    for before, one in zip((number, *kept), kept, strict=False):
        _check_whole("keep", one, 1, max(1, before - 1) if number > 1 else None, "search", "keep")
    return tuple(steps), tuple(kept)


def _check_whole(name: str, value: object, least: int, most: int | None, *where: str | int) -> None:
    """Refuse anything but a whole number from `least` to `most`."""
    if type(value) is not int or value < least or (most is not None and value > most):
        span = f"from {least} to {most:,}" if most is not None else f"of at least {least}"
        raise RequestError(f"search.{name}: expected a whole number {span}, got {value!r}", *where)


def _is_of(key: str, spec: RunSpec) -> bool:
    """True of a key of `[training]` that the spec uses, and of an option of one of the spec's parts."""
    if key == "class_rate":
        return has_class_vectors(spec.loss.name if spec.loss else None)
    return key in RECIPE or any(is_option_of(key, spec, kind) for kind in SEARCHED)


def _gives(table: dict, key: str) -> bool:
    """True if a suite's or a cell's table gives the value of a key itself."""
    name, option = part_and_option(key)
    return option in table.get("options", {}).get(name, {}) if name else key in table.get("training", {})

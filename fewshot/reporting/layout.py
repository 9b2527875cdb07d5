"""The rows and columns of a table, checked to tell its methods apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from fewshot.core.errors import RequestError, unknown
from fewshot.core.spec.run_spec import RunSpec
from fewshot.reporting.columns import EVALUATION, IDENTITY, KEYS, NONE, NOTED, RATE, SHADES, TASK, VERIFIED, phrase
from fewshot.reporting.summary import Method


@dataclass(frozen=True)
class Layout:
    """The keys of a table's rows and of its columns, and notes on the keys that stand in neither."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_pivot(self) -> bool:
        """True if columns are of more than the task."""
        return _is_pivot(self.columns)


def _is_pivot(columns: Sequence[str]) -> bool:
    return any(key != TASK for key in columns)


def choose_layout(methods: Sequence[Method], rows: Sequence[str] = (), columns: Sequence[str] = (TASK,)) -> Layout:
    """The layout for these methods; empty `rows` are all that identifies them.

    Raises `RequestError` for an unknown or repeated key, and where two methods would meet in one cell.
    """
    columns = () if TASK in rows and tuple(columns) == (TASK,) else tuple(columns)
    for name, keys in (("rows", rows), ("columns", columns)):
        for number, key in enumerate(keys):
            if key not in (*KEYS, TASK):
                valid = (*KEYS, TASK, *([VERIFIED] if name == "columns" else []))
                raise unknown("key of rows or columns", key, valid, name, number)
            if (*rows, *columns).count(key) > 1:
                raise RequestError(f"{_layout(rows, columns)}: expected {key} in one place", name, number)
    columns = columns if TASK in (*rows, *columns) else (*columns, TASK)
    if _is_pivot(columns):
        methods = [method.unsearched for method in methods]
    if rows:
        unseen = [key for key in (*IDENTITY[1:], *NOTED) if key not in _shades((*rows, *columns))]
        layout = Layout(tuple(rows), columns, _in_every_row(_same(methods, unseen) if len(methods) > 1 else {}))
    else:
        layout = _by_identity(methods, columns)
    if rows or layout.is_pivot:
        for one, other in _alike(methods, (*layout.rows, *columns)):
            raise _clash(one, other, layout)
    return layout


def _by_identity(methods: Sequence[Method], columns: tuple[str, ...]) -> Layout:
    """Rows by all that identifies a method; keys with one text in every row become a note instead."""
    taken = _shades(columns)
    trained = [method for method in methods if method.spec.training]

    def given(key: str, among: Sequence[Method]) -> set[str]:
        """The texts of methods under a key, without those that a search has chosen where columns are of more."""
        searched = [_is_pivot(columns) and one.choice and key in one.choice.values for one in among]
        return {one.texts[key] for one, chosen in zip(among, searched, strict=True) if not chosen}

    several = [key for key in (RATE, *EVALUATION) if len(given(key, methods) - {NONE}) > 1]
    several += [key for key in NOTED if len(given(key, trained)) > 1]
    keys = [key for key in (*IDENTITY, *several) if key not in taken]
    notes = []
    if columns == (TASK,):
        while more := next((more for pair in _alike(methods, keys) for more in _telling(*pair)), ""):
            keys.append(more)
        unseen: dict[str, dict[str, None]] = {}
        for one, other in _alike(methods, keys):
            unseen.setdefault(one.label, {}).update(dict.fromkeys(_apart(one.spec, other.spec)))
        notes += [
            f"rows of {label} differ in {', '.join(fields)}, which no column shows" for label, fields in unseen.items()
        ]
    recipe = [key for key in NOTED if key not in (*keys, *taken)]
    alike = _same(methods, [*(keys[1:] if len(methods) > 1 else ()), *recipe])
    return Layout(tuple(key for key in keys if key not in alike), columns, (*notes, *_in_every_row(alike)))


def _same(methods: Sequence[Method], keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The keys under which all rows, or all trained ones, have one text: which rows, and a phrase of it."""
    untrained, found = [not method.spec.training for method in methods], {}
    for key in keys:
        column = [method.texts[key] for method in methods]
        empty, different = [text == NONE for text in column], {*column} - {NONE}
        if len(different) > 1 or (any(empty) and not all(empty) and empty != untrained):
            continue
        where = "every trained row" if any(empty) else "every row"
        found[key] = where, "".join(phrase(key, text) for text in different)
    return found


def _in_every_row(alike: dict[str, tuple[str, str]]) -> tuple[str, ...]:
    words = {
        where: [text for there, text in alike.values() if there == where and text]
        for where in ("every row", "every trained row")
    }
    return tuple(f"in {where}: {', '.join(found)}" for where, found in words.items() if found)


def _shades(keys: Sequence[str]) -> set[str]:
    """These keys, and those for the same as one of them, more or less finely."""
    return {*keys}.union(*(shades for shades in SHADES if shades & {*keys}))


def _alike(methods: Sequence[Method], keys: Sequence[str]) -> Iterator[tuple[Method, Method]]:
    """Pairs of methods with the same text under every key."""
    groups: dict[tuple, list[Method]] = {}
    for method in methods:
        groups.setdefault(tuple(method.texts[key] for key in keys if key != TASK), []).append(method)
    for group in groups.values():
        yield from combinations(group, 2)


def _telling(one: Method, other: Method) -> list[str]:
    """The keys of a table that tell two methods apart."""
    return [key for key in KEYS if one.texts[key] != other.texts[key]]


def _clash(one: Method, other: Method, layout: Layout) -> RequestError:
    telling = _telling(one, other)
    hint = f"these keys would tell them apart: {', '.join(telling)}"
    if not telling:
        hint = f"they differ in {', '.join(_apart(one.spec, other.spec))} only"
    where = _layout(layout.rows, layout.columns)
    return RequestError(f"{where}: {one.label} and {other.label} fall into one cell; {hint}")


def _layout(rows: Sequence[str], columns: Sequence[str]) -> str:
    return f"rows {', '.join(rows) or '(none)'} and columns {', '.join(columns) or '(none)'}"


def _apart(one: RunSpec, other: RunSpec) -> list[str]:
    """The keys in which two specs differ, the seed aside: "training.batch"."""
    left, right = _flat(one.plain()), _flat(other.plain())
    return [path for path in left | right if path != "seed" and left.get(path, "") != right.get(path, "")]


def _flat(values: dict, path: str = "") -> dict:
    found = {}
    for key, value in values.items():
        found |= _flat(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found


def of_option(error: RequestError, rows: Sequence[str], columns: Sequence[str]) -> RequestError | None:
    """The error with the option that it is about; None where the layout is the suite's."""
    for key, given in (("rows", rows), ("columns", columns)):
        if given and error.where[:1] == (key,):
            return RequestError(f"--{key} {','.join(given)}: {error}")
    return None

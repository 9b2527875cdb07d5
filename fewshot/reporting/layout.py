"""The rows and columns of a table, and whether they tell its methods apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from fewshot.core.errors import RequestError, unknown
from fewshot.core.spec import RunSpec
from fewshot.reporting.columns import IDENTITY, KEYS, NONE, RECIPE, SHADES, TASK, phrase, shown
from fewshot.reporting.labels import names


@dataclass(frozen=True)
class Layout:
    """The keys of a table's rows and of its columns, and notes on what stands in neither."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def pivot(self) -> bool:
        """Whether columns are of more than the task."""
        return any(key != TASK for key in self.columns)


def choose_layout(specs: Sequence[RunSpec], rows: Sequence[str] = (), columns: Sequence[str] = (TASK,)) -> Layout:
    """The layout for the methods with these specs; empty `rows` are all that identifies them.

    Raises `RequestError` for an unknown or repeated key, and where two methods would meet in one cell.
    """
    columns = () if TASK in rows and tuple(columns) == (TASK,) else tuple(columns)
    for name, keys in (("rows", rows), ("columns", columns)):
        for number, key in enumerate(keys):
            if key not in (*KEYS, TASK):
                raise unknown("key of rows or columns", key, (*KEYS, TASK), name, number)
            if (*rows, *columns).count(key) > 1:
                raise RequestError(f"{_layout(rows, columns)}: expected {key} in one place", name, number)
    columns = columns if TASK in (*rows, *columns) else (*columns, TASK)
    said = [{key: shown(spec, key) for key in KEYS} for spec in specs]
    if rows:
        unseen = [key for key in (*IDENTITY[1:], *RECIPE) if not {key, *_shade(key)} & {*rows, *columns}]
        layout = Layout(tuple(rows), columns, _in_every_row(_same(specs, said, unseen) if len(specs) > 1 else {}))
    else:
        layout = _by_identity(specs, said, columns)
    if rows or layout.pivot:
        for one, other in _alike(said, (*layout.rows, *columns)):
            raise _clash([specs[one], specs[other]], layout)
    return layout


def _by_identity(specs: Sequence[RunSpec], said: Sequence[dict[str, str]], columns: tuple[str, ...]) -> Layout:
    """Rows by all that identifies a method, without what every row says the same of: that becomes a note."""
    taken = {shade for key in columns for shade in (key, *_shade(key))}
    rates = {one["learning_rate"] for one in said} - {NONE}
    keys = [key for key in (*IDENTITY, *(["learning_rate"] if len(rates) > 1 else [])) if key not in taken]
    notes = []
    if columns == (TASK,):
        for one, other in _alike(said, keys):
            keys += [key for key in KEYS if said[one][key] != said[other][key]][:1]
        for one, other in _alike(said, keys):
            unseen = ", ".join(_apart(specs[one], specs[other]))
            notes.append(f"two rows of {names(specs)[one]} differ in {unseen}, which no column shows")
    recipe = [key for key in RECIPE if key not in (*keys, *taken)]
    alike = _same(specs, said, [*(keys[1:] if len(specs) > 1 else ()), *recipe])
    return Layout(tuple(key for key in keys if key not in alike), columns, (*notes, *_in_every_row(alike)))


def _same(specs: Sequence[RunSpec], said: Sequence[dict[str, str]], keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The keys under which all rows, or all trained ones, say the same: which rows, and what in words."""
    untrained, found = [i for i, spec in enumerate(specs) if not spec.training], {}
    for key in keys:
        silent = [i for i, one in enumerate(said) if one[key] == NONE]
        if len({one[key] for one in said} - {NONE}) > 1 or silent not in ([], untrained, [*range(len(specs))]):
            continue
        spoken = [spec for i, spec in enumerate(specs) if i not in silent]
        found[key] = "every trained row" if silent else "every row", phrase(spoken[0], key) if spoken else ""
    return found


def _in_every_row(alike: dict[str, tuple[str, str]]) -> tuple[str, ...]:
    words = {
        where: [said for there, said in alike.values() if there == where and said]
        for where in ("every row", "every trained row")
    }
    return tuple(f"in {where}: {', '.join(said)}" for where, said in words.items() if said)


def _shade(key: str) -> set[str]:
    """Keys that say the same as this one, more or less finely."""
    return next((shades for shades in SHADES if key in shades), set())


def _alike(said: Sequence[dict[str, str]], keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of methods that say the same under every key; the keys may grow meanwhile."""
    for one, other in combinations(range(len(said)), 2):
        if all(said[one][key] == said[other][key] for key in keys if key != TASK):
            yield one, other


def _clash(pair: Sequence[RunSpec], layout: Layout) -> RequestError:
    telling = [key for key in KEYS if shown(pair[0], key) != shown(pair[1], key)]
    hint = f"would tell them apart: {', '.join(telling)}" if telling else f"differ in {', '.join(_apart(*pair))} only"
    subject = "these keys" if telling else "they"
    one, other = names(pair)
    return RequestError(
        f"{_layout(layout.rows, layout.columns)}: {one} and {other} fall into one cell; {subject} {hint}"
    )


def _layout(rows: Sequence[str], columns: Sequence[str]) -> str:
    return f"rows {', '.join(rows) or '(none)'} and columns {', '.join(columns) or '(none)'}"


def _apart(one: RunSpec, other: RunSpec) -> list[str]:
    """Where two specs differ, the seed aside: "training.batch"."""
    left, right = _flat(one.plain()), _flat(other.plain())
    return [path for path in left | right if path != "seed" and left.get(path, "") != right.get(path, "")]


def _flat(values: dict, path: str = "") -> dict:
    found = {}
    for key, value in values.items():
        found |= _flat(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found

"""Which rows and columns a table has: what a spec says under each key, and whether that tells its methods apart."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from fewshot.errors import RequestError, at, unknown
from fewshot.registry import entries, plain
from fewshot.spec import Part, RunSpec

NONE = "–"
TASK = "task"  # the one key that is no spec's but a figure's


@dataclass(frozen=True)
class Key:
    """A column's header, what a spec says under it (None where it does not say), and how that reads in a sentence."""

    header: str
    value: Callable[[RunSpec], object]
    phrase: str = "{}"


def _copies(spec: RunSpec) -> int | None:
    return spec.training.copies if spec.training and spec.training.pairs else None


KEYS = {
    "method": Key("method", lambda spec: _named("losses", spec.loss) or _named("learners", spec.learner)),
    "loss": Key("loss", lambda spec: (spec.loss or spec.learner).name),  # a learner stands for the loss that it lacks
    "learner": Key("learner", lambda spec: spec.learner.name),
    "similarity": Key("similarity", lambda spec: _named("similarities", spec.similarity)),
    "backbone": Key("backbone", lambda spec: spec.backbone and spec.backbone.name),
    "network": Key("network", lambda spec: _named("backbones", spec.backbone)),
    "size": Key("px", lambda spec: spec.size, "{} px"),
    "learn": Key("learned from", lambda spec: spec.training and spec.training.learn, "learned from {}"),
    "steps": Key("steps", lambda spec: spec.training and spec.training.steps, "{} steps"),
    "pairs": Key("pairs", lambda spec: (spec.training and spec.training.pairs) or None, "{} pairs"),
    "copies": Key("copies", _copies, "{} copies of each pair"),
    "learning_rate": Key("rate", lambda spec: spec.training and spec.training.learning_rate, "rate {}"),
    "shot_rule": Key("shot rule", lambda spec: spec.training and spec.shot_rule),
    "protocol": Key("protocol", lambda spec: spec.protocol.name, "protocol {}"),
}
IDENTITY = ("method", "similarity", "network", "size", "learn", "steps")
TRAINED = ("learn", "steps", "pairs", "copies", "learning_rate", "shot_rule")  # what only trained methods have
SHADES = ({"method", "loss", "learner"}, {"backbone", "network"})  # keys that say the same more or less finely


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


def describe(spec: RunSpec) -> tuple[str, ...]:
    """What identifies a row: method, similarity, network, image size, classes learned from, steps."""
    return tuple(shown(spec, key) for key in IDENTITY)


def shown(spec: RunSpec, key: str) -> str:
    """What a spec says under a key, as in a cell: "7,500"; a dash where it says nothing."""
    value = KEYS[key].value(spec)
    if isinstance(value, float):
        return f"{value:g}"
    return NONE if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def phrase(spec: RunSpec, key: str) -> str:
    """What a spec says under a key, as in a sentence: "7,500 steps"."""
    if (said := shown(spec, key)) != NONE:
        return KEYS[key].phrase.format(said)
    return "untrained" if key in TRAINED else f"no {KEYS[key].header}"


def names(specs: Sequence[RunSpec]) -> list[str]:
    """A name for each method: its own, and where several share it, also what they differ in."""
    finer = [key for key in KEYS if key not in ("method", "loss", "backbone")]
    said = [{key: shown(spec, key) for key in ("method", *finer)} for spec in specs]
    found = []
    for spec, mine in zip(specs, said, strict=True):
        others = [one for one in said if one["method"] == mine["method"]]
        differ = [key for key in finer if len({one[key] for one in others}) > 1]
        found.append(", ".join([mine["method"], *(phrase(spec, key) for key in differ)]))
    return found


def fits(spec: RunSpec, wanted: dict) -> bool:
    """Whether a spec says what is `wanted` under each key: `{"loss": "triplet", "size": 28}`."""
    for key in wanted:
        if key not in KEYS:
            raise unknown("key of a row", key, KEYS)
    return all(value == KEYS[key].value(spec) or str(value) == shown(spec, key) for key, value in wanted.items())


def choose_layout(specs: Sequence[RunSpec], rows: Sequence[str] = (), columns: Sequence[str] = (TASK,)) -> Layout:
    """The layout for the methods with these specs; empty `rows` are all that identifies them.

    Raises `RequestError` for an unknown or repeated key, and where two methods would meet in one cell.
    """
    columns = () if TASK in rows and tuple(columns) == (TASK,) else tuple(columns)
    for name, keys in (("rows", rows), ("columns", columns)):
        for number, key in enumerate(keys):
            with at(name, number):
                if key not in (*KEYS, TASK):
                    raise unknown("key of rows or columns", key, (*KEYS, TASK))
                if (*rows, *columns).count(key) > 1:
                    raise RequestError(f"{_layout(rows, columns)}: expected {key} in one place")
    columns = columns if TASK in (*rows, *columns) else (*columns, TASK)
    said = [{key: shown(spec, key) for key in KEYS} for spec in specs]
    layout = Layout(tuple(rows), columns) if rows else _by_identity(specs, said, columns)
    if rows or layout.pivot:
        for one, other in _alike(said, (*layout.rows, *columns)):
            raise _clash([specs[one], specs[other]], layout)
    return layout


def _by_identity(specs: Sequence[RunSpec], said: Sequence[dict[str, str]], columns: tuple[str, ...]) -> Layout:
    """Rows by all that identifies a method, without what every row says the same of: that becomes a note."""
    taken = set(columns).union(*(shades for shades in SHADES if shades & set(columns)))
    rates = {one["learning_rate"] for one in said} - {NONE}
    keys = [key for key in (*IDENTITY, *(["learning_rate"] if len(rates) > 1 else [])) if key not in taken]
    notes = []
    if columns == (TASK,):
        for one, other in _alike(said, keys):
            keys += [key for key in KEYS if said[one][key] != said[other][key]][:1]
        for one, other in _alike(said, keys):
            unseen = ", ".join(_apart(specs[one], specs[other]))
            notes.append(f"two rows of {names(specs)[one]} differ in {unseen}, which no column shows")
    same: dict[str, list[str]] = {"every row": [], "every trained row": []}
    untrained = [i for i, spec in enumerate(specs) if not spec.training]
    for key in keys[1:] if len(specs) > 1 else ():
        silent = [i for i, one in enumerate(said) if one[key] == NONE]
        if len({one[key] for one in said} - {NONE}) > 1 or silent not in ([], untrained, [*range(len(specs))]):
            continue
        keys.remove(key)
        if spoken := [spec for i, spec in enumerate(specs) if i not in silent]:
            same["every trained row" if silent else "every row"].append(phrase(spoken[0], key))
    notes += [f"in {rows}: {', '.join(words)}" for rows, words in same.items() if words]
    return Layout(tuple(keys), columns, tuple(notes))


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


def _named(kind: str, part: Part | None) -> str | None:
    """A part's name with the options that are not its defaults: "conv4(widths=[64, 128, 128, 256])"."""
    if part is None:
        return None
    entry = entries(kind).get(part.name.partition(":")[0])
    known = {**entry.options, entry.family: part.options.get(entry.family)} if entry else {}
    given = {key: value for key, value in part.options.items() if value != plain(known.get(key))}
    return f"{part.name}({', '.join(f'{key}={value}' for key, value in given.items())})" if given else part.name

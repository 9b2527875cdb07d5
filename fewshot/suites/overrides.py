"""Changes that the command line makes to a suite's table."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import RunSpec
from fewshot.registry.lookup import entries, find, full_name
from fewshot.registry.names import own_part
from fewshot.registry.source import KINDS
from fewshot.suites.schema import DEEPEST, read_toml
from fewshot.suites.search.keys import RANGE
from fewshot.suites.search.table import HOW
from fewshot.suites.search.values import part_and_option

KEY = r'"[^"]+"|[^."]+'
PATH = re.compile(rf"(?:{KEY})(?:\.(?:{KEY}))*\+?")


def setting(text: str) -> tuple[str, object]:
    """The key and the value of `KEY=VALUE`; a value that is not TOML is a text."""
    key, equals, value = text.partition("=")
    if not equals or not PATH.fullmatch(key) or not key.strip(".+"):
        raise RequestError(f"--set {text}: expected KEY=VALUE or KEY+=VALUE")
    try:
        found = read_toml(f"value = {value}")
        if len(found) > 1:
            raise RequestError(f"expected one value, got {', '.join([*found][1:])} beside it")
        return key, found["value"]
    except RequestError as error:
        raise RequestError(f"--set {key}: {str(error).removeprefix('value: ')}") from error
    except ValueError:
        return key, value


def change(table: dict, text: str) -> list[tuple[str | int, ...]]:
    """Apply `KEY=VALUE` or `KEY+=VALUE`; the keys under which it stands, down to each of the items that it adds.

    A name with points in it stands in quotes: `options."folder:my.data".resize=96`.
    """
    path, value = setting(text)
    add, path = path.endswith("+"), path.removesuffix("+")
    *outer, last = [key.strip('"') for key in re.findall(KEY, path)]
    if len(outer) >= DEEPEST:
        raise RequestError(f"--set: expected at most {DEEPEST} keys with points between, got {len(outer) + 1:,}")
    for number, key in enumerate(outer):
        if outer[number - 1 : number] == ["options"]:  # as the suite spells it
            outer[number] = key = next((name for name in table if own_part(name) == own_part(key)), key)
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise RequestError(f"--set {text}: {key} is no table")
    if not add:
        table[last] = value
        return [(*outer, last)]
    before = table.get(last, [])
    if not isinstance(before, list):
        raise RequestError(f"--set {text}: {path} is no list")
    table[last] = [*before, *(value if isinstance(value, list) else [value])]
    return [(*outer, last, number) for number in range(len(before), len(table[last]))]


def change_dataset(table: dict, name: str, value: object, option: str) -> tuple[str, ...]:
    """Give the suite's data set an option; the keys under which that stands."""
    dataset = table.get("dataset")
    if isinstance(dataset, str):
        if name not in find("datasets", dataset).options:
            having = [full_name(entry) for entry in entries("datasets").values() if name in entry.options]
            expected = f"expected a suite on {' or '.join(having) or 'a data set with this option'}, got {dataset}"
            raise RequestError(f"{option}: {expected}")
        options = table.setdefault("options", {})
        if isinstance(options, dict) and isinstance(own := options.setdefault(dataset, {}), dict):
            own[name] = value
    return ("options", str(dataset), name)


def check_used(
    changed: Iterable[tuple[str | int, ...]],
    specs: Sequence[RunSpec],
    ensembles: bool = False,
    whose: str = "the suite's cells",
) -> None:
    """Refuse changed options of a part that no cell has, of a training or its seeds where nothing is trained, and
    `ensembles` where there are none."""
    trained = any(spec.training for spec in specs)
    used = {(KINDS[kind], part.name) for spec in specs for kind in KINDS if (part := getattr(spec, kind))}
    for keys in changed:
        if keys[0] == "options" and len(keys) > 1:
            named = [find(kind, name) for kind, name in used if name == own_part(str(keys[1]))]
            if not named:
                raise RequestError(f"expected a part of {whose}, got {keys[1]}", *keys)
            if len(keys) > 2 and not any(one.open or keys[2] in one.options for one in named):
                raise RequestError(f"expected an option of {named[0].label} of {whose}, got {keys[2]}", *keys)
        if keys[0] in ("training", "seeds") and not trained:
            raise RequestError("expected a suite with something to train", *keys)
        if keys == ("ensembles",) and ensembles and not any(spec.members for spec in specs):
            raise RequestError("ensembles: expected several seeds of something to train, at stage test", *keys)


def make_room(table: dict, *keys: str | int) -> None:
    """Remove the search of a value that the command line sets, the value that it searches, and a search left empty."""
    own, path = keys[0], ".".join(map(str, keys[1:]))
    under = [one for one in _leaves(table, own) if not path or f"{path}.".startswith(f"{one.path}.")
             or one.path.startswith(f"{path}.")]  # fmt: skip
    names = {one.names[0] for one in under}
    for other in {"training": ("search",), "options": ("search",), "search": ("training", "options")}.get(own, ()):
        for leaf in _leaves(table, other):
            if names & {*leaf.names}:
                del leaf.holder[leaf.key]
    if names and isinstance(search := table.get("search"), dict) and not _leaves(table, "search"):
        search.clear()


class _Leaf(NamedTuple):
    """A value in `[training]`, `[options]` or `[search]`: its names as keys of a search, its path, and its place."""

    names: tuple[str, ...]
    path: str
    holder: dict
    key: str


def _leaves(table: dict, own: str) -> list[_Leaf]:
    """The values in one of the three tables; in the table of a loss, a key may be an option or one of training."""
    tables, found = table.get(own), []
    for key, value in tables.items() if isinstance(tables, dict) else ():
        if own == "options" and isinstance(value, dict):
            found += [_Leaf((f"options.{own_part(key)}.{name}",), f"{key}.{name}", value, name) for name in value]
        elif own == "search" and key == "options" and isinstance(value, dict):
            names = [(part, one, name) for part, one in value.items() if isinstance(one, dict) for name in one]
            found += [_Leaf((f"options.{own_part(part)}.{name}",), f"options.{part}.{name}", holder, name)
                      for part, holder, name in names]  # fmt: skip
        elif own == "search" and isinstance(value, dict) and not {*value} & {*RANGE}:
            found += [_Leaf((f"options.{own_part(key)}.{name}", name), f"{key}.{name}", value, name) for name in value]
        elif own == "training" or (own == "search" and key not in HOW):
            part, option = part_and_option(key)
            found.append(_Leaf((f"options.{own_part(part)}.{option}" if part else key,), key, tables, key))
    return found

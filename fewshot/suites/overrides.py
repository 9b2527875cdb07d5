"""Changes that the command line makes to a suite's table."""

import re
import tomllib
from collections.abc import Iterator

from fewshot.core.errors import RequestError
from fewshot.registry.lookup import entries, find, full_name
from fewshot.suites.search_table import HOW


def setting(text: str) -> tuple[str, object]:
    """The key and the value of `KEY=VALUE`, in which a value that is no TOML is a text."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip(".+"):
        raise RequestError(f"--set {text}: expected KEY=VALUE or KEY+=VALUE")
    try:
        return key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key, value


def change(table: dict, text: str) -> list[tuple[str | int, ...]]:
    """Apply `KEY=VALUE` or `KEY+=VALUE`; the keys under which it stands, down to each of the items that it adds.

    A name with points in it stands in quotes: `options."folder:my.data".resize=96`.
    """
    path, value = setting(text)
    add, path = path.endswith("+"), path.removesuffix("+")
    *outer, last = [key.strip('"') for key in re.findall(r'"[^"]+"|[^."]+', path)]
    for key in outer:
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


def make_room(table: dict, *keys: str | int) -> None:
    """A value set on the command line stands instead of its search, and a search instead of its value.

    A search of which nothing is left is none.
    """
    own = keys[0]
    under = ".".join(map(str, keys if own == "options" else keys[1:]))
    names = {
        name
        for name, *_ in _leaves(table, own)
        if not under or f"{under}.".startswith(f"{name}.") or name.startswith(f"{under}.")
    }
    others = {"training": ("search",), "options": ("search",), "search": ("training", "options")}.get(own, ())
    for name, holder, key in [leaf for other in others for leaf in _leaves(table, other)]:
        if name in names:
            del holder[key]
    search = table.get("search")
    if names and isinstance(search, dict) and not {*search} - {*HOW}:
        search.clear()


def _leaves(table: dict, own: str) -> Iterator[tuple[str, dict, str]]:
    """The names of what `[training]`, `[options]` or `[search]` give, as a search has them, and where they stand."""
    tables = table.get(own)
    if not isinstance(tables, dict):
        return
    parts = tables if own == "options" else tables.get("options") if own == "search" else None
    for part, options in parts.items() if isinstance(parts, dict) else ():
        yield from ((f"options.{part}.{key}", options, key) for key in options if isinstance(options, dict))
    if own != "options":
        yield from ((key, tables, key) for key in tables if key != "options")

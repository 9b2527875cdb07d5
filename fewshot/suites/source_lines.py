"""The line of a TOML file, or the option of the command line, that a message is about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from fewshot.core.errors import RequestError
from fewshot.registry.names import own_part
from fewshot.suites.cells.grid import Where

KEY = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
KEYS = rf"\s*({KEY}(?:\s*\.\s*{KEY})*)\s*"
HEADER, VALUE = re.compile(rf"\s*(\[\[?){KEYS}\]"), re.compile(rf"{KEYS}=")
# What may hide a key or look like one, each taken whole: comments, long texts, and texts on one line.
HIDING = re.compile(r"""#[^\n]*|"{3}(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""", re.DOTALL)
LONG = ("#", '"""', "'''")  # of these, the lines alone are kept


@dataclass(frozen=True)
class Source:
    """A suite's file and text, and the options of the command line that changed the values under some keys."""

    name: str
    text: str
    changed: dict[Where, str] = field(default_factory=dict)

    def refusal(self, error: RequestError) -> RequestError:
        """The error with the file, and with the option or the line of its keys, which it names unless it does so."""
        where, place = error.where, ""
        for keys, option in reversed(self.changed.items()):
            if where and all(one == other for one, other in zip(map(own_part, keys), where, strict=False)):
                return RequestError(f"suite {self.name}, {option}: {error}")
        names = [key for key in where if isinstance(key, str)]
        if line := line_of(self.text, where):
            place = f", line {line}"
        if names and names[-1][:4] not in str(error):  # "similarities" is named by "similarity"
            place += f", {'.'.join(names)}"
        return RequestError(f"suite {self.name}{place}: {error}")


def line_of(text: str, where: Where) -> int | None:
    """The line, from 1, of the value under these keys or of the nearest table or list around it; None without either.

    Only headers and keys at the beginning of a line are looked at, not those inside arrays and inline tables.
    """
    found, deepest = None, 0
    for number, keys in _lines(text):
        depth = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(keys, where, strict=False))))
        if depth > deepest:
            found, deepest = number, depth
    return found


def _lines(text: str) -> Iterator[tuple[int, Where]]:
    """Every line that gives a table or a value, and the keys that lead to it."""
    table, last = (), {}
    plain = HIDING.sub(lambda found: "\n" * found[0].count("\n") if found[0].startswith(LONG) else found[0], text)
    for number, line in enumerate(plain.split("\n"), start=1):
        if header := HEADER.match(line):
            table, names = (), _names(header[2])
            for depth, name in enumerate(names, start=1):
                table = (*table, name)
                if header[1] == "[[" and depth == len(names):
                    last[table] = last.get(table, -1) + 1
                table += (last[table],) if table in last else ()
            yield number, table
        elif value := VALUE.match(line):
            yield number, (*table, *_names(value[1]))


def _names(keys: str) -> list[str]:
    return [own_part(key.strip("\"'")) for key in re.findall(KEY, keys)]

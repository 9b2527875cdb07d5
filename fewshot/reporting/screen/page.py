"""One page for the screen that needs no other file: tables, charts, and all on each method or on one network."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from fewshot.core.spec.evaluation import evaluation_of
from fewshot.reporting.blocks import Block, Table
from fewshot.reporting.columns import NONE, SPREAD
from fewshot.reporting.comparisons.ranks import ranks
from fewshot.reporting.mistakes.html import escaped
from fewshot.reporting.render import html_block, html_list
from fewshot.reporting.screen.curves import looks, overview
from fewshot.reporting.screen.method import NOTHING, Seen, method_html
from fewshot.reporting.screen.pictures import Pictures
from fewshot.reporting.summary import Method

RANK = "rank (group)"
RANKS = (
    "rank: the ranks that no paired difference rules out, by Holm over all pairs of methods on the same tasks, 5 %; "
    "group: methods that share a letter are not told apart, those that share none are"
)
MOST = 3  # reasons why pictures are lacking, above the table


def suite_page(table: Table, methods: Sequence[Method], seen: Mapping[str, Seen]) -> str:
    """The page of a table with these methods as lines, and of their first records as `seen`, by the methods' ids."""
    there, pictures = [one for one in methods if one.records], Pictures()
    groups = _evaluations(there)
    look = {name: found for group in groups.values() for name, found in looks(group).items()}
    ours, ranked = _with_ranks(table, there)
    rows = [_row(name, look) for name in table.methods]
    why = list(dict.fromkeys(reason for one in seen.values() for reason in one.lacks))
    few = [*why[:MOST], *([f"and {len(why) - MOST} more, with the methods"] if len(why) > MOST else [])]
    return _page(
        table.title,
        [
            f"<header><h1>{escaped(table.title)}</h1></header>",
            '<section id="results">',
            '<p class="script note">Click on a row for its curves, mistakes and spec, on a heading to sort by it.</p>',
            '<p class="script"><label>Filter the rows: <input type="search" id="filter"></label> '
            '<span id="found" role="status"></span></p>',
            f'<div class="wide">{html_block(ours, "Results", rows)}</div>',
            *(f'<p class="lacks">{escaped(reason)}</p>' for reason in few),
            html_list([*([RANKS] if ranked else []), *table.notes]),
            *(f'<div class="wide">{html_block(block, caption)}</div>' for caption, block in table.below),
            "</section>",
            *(_overview(title if len(groups) > 1 else "", group, look) for title, group in groups.items()),
            '<section id="methods">\n<h2>Methods</h2>',
            *(_closed(one, method_html(one, seen.get(one.spec.id, NOTHING), pictures)) for one in there),
            "</section>",
        ],
        pictures,
    )


def model_page(title: str, note: str, parts: Sequence[str], pictures: Pictures) -> str:
    """The page of one network, of parts that are HTML."""
    head = f"<header><h1>{escaped(title)}</h1><p>{escaped(note)}</p></header>"
    return _page(title, [head, '<section class="method">', *parts, "</section>"], pictures)


def _with_ranks(table: Table, methods: Sequence[Method]) -> tuple[Block, bool]:
    """Our block, with the rank and the group behind the figure of each task on which methods can be compared."""
    block, found = table.ours, ranks(methods)
    for task, of_task in found.items():
        at = 1 + next(i for i, head in enumerate(block.header) if head == task or head.startswith(f"{task} (n = "))
        at += block.header[at : at + 1] == (SPREAD,)
        own = [of_task.get(name) for name in table.methods]
        cells = [f"{one} ({one.groups})" if one else NONE for one in own]
        lines = [(*line[:at], cell, *line[at:]) for line, cell in zip(block.lines, cells, strict=True)]
        block = Block((*block.header[:at], RANK, *block.header[at:]), tuple(lines), block.labels)
    return block, bool(found)


def _row(name: str, look: Mapping[str, str]) -> tuple[str, str, str]:
    """The attributes of a method's row, and a link around its name."""
    if name not in look:
        return "", "", ""
    return f' data-key="{name}"', f'<a href="#m-{name}"><i class="dot {look[name]}"></i>', "</a>"


def _evaluations(methods: Sequence[Method]) -> dict[str, list[Method]]:
    """The methods of each evaluation, whose curves can be compared, under its name."""
    found: dict[tuple, list[Method]] = {}
    for one in methods:
        found.setdefault(evaluation_of(one.spec), []).append(one)
    named: dict[str, list[Method]] = {}
    for number, ((dataset, protocol, stage, *_), group) in enumerate(found.items(), start=1):
        name = f"{dataset}, {protocol}, stage {stage}"
        named[f"{name} ({number})" if name in named else name] = group
    return named


def _overview(title: str, methods: Sequence[Method], look: Mapping[str, str]) -> str:
    if not (charts := overview(methods)):
        return ""
    legend = "".join(
        f'<li><button type="button" data-key="{one.spec.id}" aria-pressed="false">'
        f'<i class="dot {look[one.spec.id]}"></i>{escaped(one.label)}</button></li>'
        for one in sorted(methods, key=lambda one: _place(look[one.spec.id]))
    )
    note = "Click on a method to see its lines among the others’; marks: thresholds chosen on val."
    return (
        f"<section><h2>Curves{f': {escaped(title)}' if title else ''}</h2>\n"
        f'<p class="script note">{note}</p>\n<ul class="legend keys">{legend}</ul>\n'
        f'<div class="charts">{"".join(charts)}</div></section>'
    )


def _place(look: str) -> tuple[bool, bool, str]:
    return look == "free", look == "rest", look


def _closed(method: Method, content: str) -> str:
    """A method's part, closed at first."""
    return (
        f'<details class="method" data-key="{method.spec.id}"><summary>{escaped(method.label)}</summary>\n'
        f'<div id="m-{method.spec.id}">\n{content}\n</div></details>'
    )


def _page(title: str, body: Sequence[str], pictures: Pictures) -> str:
    """A page whose policy allows its own script, by its digest, its own style and its own pictures, and no request."""
    style, script = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    content = "\n".join(filter(None, body))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(title)}</title>\n<style>\n{style}{pictures.rules}\n</style>\n</head>\n<body>\n<main>\n"
        f"{content}\n</main>\n<script>{script}</script>\n</body>\n</html>\n"
    )

"""A table in each format: text, Markdown, LaTeX, CSV and HTML."""

import csv
import io
import re
import shutil
import sys
from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path

from fewshot.core.files import write_whole
from fewshot.reporting.blocks import Block, Table
from fewshot.reporting.latex.table import document
from fewshot.reporting.text import plaintext

FORMATS = ("text", "md", "latex", "siunitx", "csv", "html")
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 15px/1.4 sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; border-block: 2px solid; margin-bottom: 2em; }}
caption {{ font-weight: bold; padding-bottom: 0.5em; text-align: left; }}
th, td {{ padding: 0.2em 0.8em; text-align: left; vertical-align: top; }}
thead th {{ border-bottom: 1px solid; vertical-align: bottom; }}
tbody th {{ font-weight: normal; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def render(table: Table, form: str, width: int | None = None) -> str:
    """The table in one of `FORMATS`; text at most as wide as given, or else as the terminal that is written to."""
    if form == "text":
        return plaintext(table, width or terminal_width())
    forms = {"md": _markdown, "latex": document, "csv": _csv, "html": _html, "siunitx": partial(document, siunitx=True)}
    return forms[form](table)


def terminal_width() -> int | None:
    """The columns of the terminal that is written to; None where none is, as in a pipe or a file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def write_tables(table: Table, folder: Path, name: str) -> None:
    """`name`.md and `name`.csv in a folder for generated tables; those that are as they should be are left."""
    for form in ("md", "csv"):
        file, content = folder / f"{name}.{form}", render(table, form).encode()
        if not file.is_file() or file.read_bytes() != content:
            write_whole(file, content)


def _markdown(table: Table) -> str:
    def shown(text: str) -> str:
        return re.sub(r"([\\|*<])", r"\\\1", text)

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(map(shown, cells)) + " |"

    out = [f"**{shown(table.title)}**", ""] if table.title else []
    for block in table.blocks:
        out += [line(block.header), "|" + "---|" * len(block.header), *map(line, block.lines), ""]
    return "\n".join([*out, *(f"- {shown(note)}" for note in table.notes)]) + "\n"


def _csv(table: Table) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([table.tidy.header, *table.tidy.lines])
    return out.getvalue()


def html_body(table: Table) -> str:
    """The table's blocks and notes as HTML, without a page around them."""
    body = [html_block(table.ours, table.title), *(html_block(block, block.caption) for block in table.below)]
    return "\n".join([*body, *([html_list(table.notes)] if table.notes else [])])


def html_list(notes: Sequence[str]) -> str:
    """A table's notes as HTML."""
    return "\n".join(["<ul>", *(f"<li>{escape(note)}</li>" for note in notes), "</ul>"])


def html_block(block: Block, caption: str, rows: Sequence[tuple[str, str, str]] = ()) -> str:
    """A block as HTML; each of its `rows` has attributes, and HTML around the text of its first cell."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in block.header)
    out = ["<table>", f"<caption>{escape(caption)}</caption>", f"<thead><tr>{head}</tr></thead>", "<tbody>"]
    for line, (attributes, begin, end) in zip(block.lines, rows or [("", "", "")] * len(block.lines), strict=True):
        first, *others = map(escape, line)
        whole = [f"{begin}{first}{end}", *others]
        labels = "".join(f'<th scope="row">{cell}</th>' for cell in whole[: block.labels])
        cells = "".join(f"<td>{cell}</td>" for cell in whole[block.labels :])
        out.append(f"<tr{attributes}>{labels}{cells}</tr>")
    return "\n".join([*out, "</tbody>", "</table>"])


def _html(table: Table) -> str:
    return PAGE.format(title=escape(table.title), body=html_body(table))

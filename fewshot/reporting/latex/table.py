"""A table as LaTeX: a float for each of its blocks, as a document that compiles as it is or as a snippet."""

from collections.abc import Sequence

from fewshot.reporting.blocks import Block, Table
from fewshot.reporting.latex.escape import OTHER_SCRIPTS, escape, needs_unicode, slug, width
from fewshot.reporting.latex.tabulars import ROOM, height, in_pages, tabulars

PAGE = 590.0  # points: the text of a page, less a caption
Float = tuple[str, float]  # the content of a float, and the points that it leaves of a page
BEGIN = (r"\begin{table*}[tp]", r"\centering", r"\footnotesize", r"\setlength{\tabcolsep}{3.5pt}",
         r"\begin{threeparttable}", r"\renewcommand{\TPTminimum}{\linewidth}")  # fmt: skip
END = (r"\end{threeparttable}", r"\end{table*}")
SIUNITX = r"""\usepackage{siunitx}
\sisetup{detect-weight, mode=text, retain-explicit-plus, group-separator={,}, group-minimum-digits=4}
"""
PACKAGES = r"""\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{array,booktabs,threeparttable}
"""


def document(table: Table, siunitx: bool = False) -> str:
    """The table as a document that compiles as it is."""
    head = [r"\documentclass{article}", r"\usepackage[margin=2cm]{geometry}", PACKAGES + (SIUNITX if siunitx else "")]
    return "\n".join([*head, r"\begin{document}", snippet(table, siunitx) + r"\end{document}"]) + "\n"


def snippet(table: Table, siunitx: bool = False) -> str:
    r"""The floats of the table, for \input in a paper: one for each block, or several for what a page cannot hold."""
    name = slug(table.name or table.title) or "table"
    label, floats = f"tab:{name}", []
    for number, block in enumerate(table.blocks):
        title = f"{table.title}: {block.caption.lower()}" if number else table.title
        own = f"{label}-{slug(block.caption)}-{number}" if number else label
        floats += _floats(escape(title), own, block, siunitx)
    contents = [one for one, _ in floats]
    if table.notes:
        contents = _with_notes(floats, label, table.notes)
    head = [f"% Needs the packages array, booktabs, threeparttable{', siunitx' * siunitx}."]
    head += [f"% {SIUNITX.splitlines()[1]}"] if siunitx else []
    head += [OTHER_SCRIPTS] if needs_unicode(table.title + "".join(contents)) else []
    return "\n".join(head) + "\n" + "\n\n".join(map(_whole, contents)) + "\n"


def _floats(title: str, label: str, block: Block, siunitx: bool) -> list[Float]:
    """The content of a block's floats: caption, label, and as many tabulars as a page holds; and the room left."""
    pages: list[list[str]] = [[]]
    room = [PAGE]
    for one in in_pages(block, PAGE):
        for made in tabulars(one, siunitx):
            if pages[-1] and room[-1] < height(one):
                pages.append([])
                room.append(PAGE)
            pages[-1].append(made)
            room[-1] -= height(one)
    heads = [rf"\caption{{{title}}}" "\n" rf"\label{{{label}}}"]
    heads += [r"\addtocounter{table}{-1}" "\n" rf"\caption{{{title} (continued)}}"] * (len(pages) - 1)
    bodies = ["\n\\par\\medskip\n".join(page) for page in pages]
    return [(f"{head}\n{body}", left) for head, body, left in zip(heads, bodies, room, strict=True)]


def _with_notes(floats: Sequence[Float], label: str, notes: Sequence[str]) -> list[str]:
    """The floats with notes below the first, or in one of their own where these leave no room; others refer to it."""
    items = [rf"\item {escape(note)}" for note in notes]
    listed = "\n".join([r"\begin{tablenotes}[flushleft]\scriptsize", *items, r"\end{tablenotes}"])
    tall = 8.5 * sum(1 + int(width(note) * 7 / 8 / ROOM) for note in notes)
    (first, left), *others = floats
    refer = "\n" rf"\par\smallskip\scriptsize Notes: see Table~\ref{{{label}}}."
    rest = [one + refer for one, _ in others]
    if tall < left:
        return [f"{first}\n{listed}", *rest]
    alone = rf"\addtocounter{{table}}{{-1}}\caption{{Notes on Table~\ref{{{label}}}}}" f"\n{listed}"
    return [first, alone, *rest]


def _whole(content: str) -> str:
    return "\n".join([*BEGIN, content, *END])

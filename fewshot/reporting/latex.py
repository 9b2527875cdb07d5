"""A table as a LaTeX document that compiles as it is."""

import re
from collections.abc import Sequence

from fewshot.reporting.blocks import Block, Table

LONG = 40  # characters, from which a cell is broken over lines
SIGNS = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "*": "$^{*}$", "[": "{[}", '"': "''", "<": "$<$", ">": "$>$",
    "|": "$|$", "±": r"$\pm$", "−": "$-$", "×": r"$\times$", "→": r"$\to$", "≤": r"$\leq$", "≥": r"$\geq$",
    "‡": r"\ddag{}",
})  # fmt: skip
HEAD = r"""% Compiles as it is. For a paper: \usepackage{booktabs,graphicx,standalone} there, and \input this file where
% the table belongs: the package standalone skips all that stands outside the document environment.
\documentclass{article}
\usepackage[margin=2cm]{geometry}
\usepackage{booktabs}
\usepackage{graphicx}
\begin{document}
\begin{table}[htbp]
\centering
\small
"""
FOOT = r"""\end{table}
\end{document}
"""


def latex(table: Table) -> str:
    """The table as a document: one table environment with caption, tabulars no wider than the line, and notes."""
    out = [rf"\caption{{{escape(table.title)}}}"]
    for block in table.blocks:
        out += [*_tabular(block), r"\par\medskip"]
    notes = [rf"\item[$\bullet$] {escape(note)}" for note in table.notes]
    out += [r"\footnotesize", r"\begin{itemize}", *notes, r"\end{itemize}"] if notes else []
    return HEAD + "\n".join(out) + "\n" + FOOT


def escape(text: str) -> str:
    """The text as LaTeX prints it, in UTF-8: special signs escaped, and two hyphens kept from becoming a dash."""
    return re.sub("-(?=-)", "-{}", text.translate(SIGNS))


def _tabular(block: Block) -> list[str]:
    """A tabular at its natural width, or shrunk to the line's where it is wider."""
    columns = zip(block.header, *block.lines, strict=True)
    kinds = ["l" if max(map(len, column)) <= LONG else r"p{5cm}" for column in columns]
    return [
        r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
        rf"\begin{{tabular}}{{@{{}}{''.join(kinds)}@{{}}}}",
        r"\toprule",
        _line(block.header),
        r"\midrule",
        *map(_line, block.lines),
        r"\bottomrule",
        r"\end{tabular}}",
    ]


def _line(cells: Sequence[str]) -> str:
    return " & ".join(map(escape, cells)) + r" \\"

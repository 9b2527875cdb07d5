"""A table as a LaTeX document that compiles as it is."""

import unicodedata
from collections.abc import Sequence

from fewshot.reporting.table import Block, Table

LONG = 40  # characters, from which a cell is broken over lines
SIGNS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "*": "$^{*}$", "[": "{[}", "]": "{]}", "`": "{`}",
    "<": "$<$", ">": "$>$", "|": "$|$", '"': "''", "–": "--", "—": "---", "…": r"\ldots{}",
    "“": "``", "”": "''", "‘": "`", "’": "'", "±": r"$\pm$", "−": "$-$", "×": r"$\times$", "·": r"$\cdot$",
    "→": r"$\to$", "≤": r"$\leq$", "≥": r"$\geq$", "²": "$^{2}$", "³": "$^{3}$", "°": r"$^{\circ}$", "∞": r"$\infty$",
    "ß": r"{\ss}", "æ": r"{\ae}", "Æ": r"{\AE}", "œ": r"{\oe}", "Œ": r"{\OE}", "ø": r"{\o}", "Ø": r"{\O}",
    "ł": r"{\l}", "Ł": r"{\L}", "ı": r"{\i}", "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "δ": r"$\delta$",
    "ε": r"$\varepsilon$", "η": r"$\eta$", "θ": r"$\theta$", "κ": r"$\kappa$", "λ": r"$\lambda$", "μ": r"$\mu$",
    "ν": r"$\nu$", "π": r"$\pi$", "ρ": r"$\rho$", "σ": r"$\sigma$", "τ": r"$\tau$", "φ": r"$\varphi$", "ω": r"$\omega$",
}  # fmt: skip
ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0323": "d", "\u0327": "c",
}  # fmt: skip
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
    for block in filter(None, (table.ours, table.published)):
        out += [*_tabular(block), r"\par\medskip"]
    notes = [rf"\item[$\bullet$] {escape(note)}" for note in table.notes]
    out += [r"\footnotesize", r"\begin{itemize}", *notes, r"\end{itemize}"] if notes else []
    return HEAD + "\n".join(out) + "\n" + FOOT


def escape(text: str) -> str:
    """The text as LaTeX prints it, in ASCII; a sign that LaTeX may lack as its code, as in "U+4E2D"."""
    plain = unicodedata.normalize("NFC", text)
    return "".join(_sign(sign, after) for sign, after in zip(plain, (plain + " ")[1:], strict=True))


def _sign(sign: str, after: str) -> str:
    if sign in "-'" and after == sign:  # two of them would become one longer sign
        return sign + "{}"
    if sign in SIGNS or sign.isascii():
        return SIGNS.get(sign, sign)
    base, *accents = unicodedata.normalize("NFD", sign)
    if len(accents) == 1 and accents[0] in ACCENTS and base.isascii() and base.isalpha():
        return rf"\{ACCENTS[accents[0]]}{{{base}}}"
    return f"U+{ord(sign):04X}"


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

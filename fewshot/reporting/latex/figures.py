"""A snippet that puts a suite's figures into a paper."""

import re
from collections.abc import Mapping
from pathlib import Path

from fewshot.core.files import write_whole
from fewshot.reporting.blocks import one_line
from fewshot.reporting.figures.draw import figure_module
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.latex.escape import OTHER_SCRIPTS, escape, needs_unicode, slug

FULL = 4.0  # inches: wider figures stand over both columns
HEAD = r"""% \input this file where the figures belong. It needs the package graphicx and, before it,
% \newcommand{\fewshotfigures}{the folder of this file, as seen from the paper's}
\providecommand{\fewshotfigures}{.}
"""


def write_snippet(given: Given, out: Path, page: Page, kinds: Mapping[str, str]) -> Path | None:
    """Write `<suite>/figures.tex`, which includes the suite's figures that are there; None if there are none."""
    folder = out / given.suite.name
    if not (text := snippet_of(folder, given.suite.title, page, kinds)):
        return None
    write_whole(folder / "figures.tex", text.encode())
    return folder / "figures.tex"


def snippet_of(folder: Path, title: str, page: Page, kinds: Mapping[str, str]) -> str:
    """The snippet for the figures in the folder of a suite; "" if there are none."""
    names = [name for name in kinds if (folder / f"{name}.pdf").is_file()]
    shows = {name: (figure_module(name, kinds).__doc__ or "").partition("\n")[0] for name in names}
    wide = {name: _inches(folder / f"{name}.pdf") or page.wide for name in names}
    return figures_snippet(folder.name, title, shows, wide) if names else ""


def figures_snippet(suite: str, title: str, shows: Mapping[str, str], wide: Mapping[str, float]) -> str:
    """A float for each figure at its own width, with a sentence on what it shows and a label to refer to."""
    kinds = {name: "figure*" if wide[name] > FULL else "figure" for name in shows}
    floats = [
        "\n".join([
            rf"\begin{{{kinds[name]}}}[tp]",
            r"\centering",
            rf"\includegraphics{{\fewshotfigures/{name}.pdf}}",
            rf"\caption{{{escape(one_line(title))}. {escape(sentence)}}}",
            rf"\label{{fig:{slug(suite)}-{slug(name)}}}",
            rf"\end{{{kinds[name]}}}",
        ])
        for name, sentence in shows.items()
    ]  # fmt: skip
    return HEAD + (OTHER_SCRIPTS + "\n") * needs_unicode(title) + "\n" + "\n\n".join(floats) + "\n"


def _inches(file: Path) -> float:
    """The width of a figure that may have been drawn before, for another page; 0 where its file does not tell."""
    found = re.search(rb"/MediaBox \[ 0 0 ([0-9.]+)", file.read_bytes())
    return float(found[1]) / 72 if found else 0.0

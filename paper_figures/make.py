"""The figures in this folder, all or those of the suites named, drawn again from the records; a new suite's all but
those with images, which `fewshot figures` adds, of data sets alone that anybody may see.

`python paper_figures/make.py [SUITE ...]`; `fewshot check results` compares what they show with the records.
"""

import sys
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.inspection.figures import drawable
from fewshot.reporting.figures import FIGURES
from fewshot.reporting.figures.draw import draw_figures
from fewshot.reporting.figures.given import given_by
from fewshot.reporting.figures.page.page import PLAIN
from fewshot.reporting.latex.figures import write_snippet
from fewshot.suites.status import read_status
from fewshot.suites.suite import read_suite

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"


def make(names: list[str]) -> None:
    """Draw the figures of these suites, or of those with a folder; print the files, and why a figure is left out."""
    for name in names or sorted({file.parent.name for file in HERE.glob("*/*.json")}):
        given = given_by(read_status(read_suite(name), RESULTS), RESULTS)
        figures = sorted(file.stem for file in (HERE / name).glob("*.json")) or [*FIGURES]
        kinds = FIGURES | drawable(given, HERE)[0]
        print(*draw_figures(given, HERE, figures, kinds=kinds), write_snippet(given, HERE, PLAIN, kinds), sep="\n")


if __name__ == "__main__":
    try:
        make(sys.argv[1:])
    except RequestError as error:
        sys.exit(f"make.py: {error}")

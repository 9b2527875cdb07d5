"""One look for every figure: Okabe and Ito's colours, thin lines, letters of 7 and 8 points, embedded fonts."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from fewshot.core.notices import note
from fewshot.reporting.figures.page.text_size import SMALL, TEXT

OURS, PUBLISHED, GREY, FAINT, PALE = "#0072B2", "#D55E00", "#666666", "#dddddd", "#b8b8b8"
COLOURS = (OURS, PUBLISHED, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)))
LOOK = {
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "axes.titlesize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "text.parse_math": False,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
}
FONT = "DejaVu Sans"  # comes with matplotlib
OTHERS = (  # for letters that it lacks, where they are installed
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Source Han Sans SC", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Microsoft YaHei", "SimHei",
    "Yu Gothic", "Malgun Gothic", "Noto Sans Devanagari", "Arial Unicode MS",
)  # fmt: skip


@contextmanager
def looking() -> Iterator[None]:
    """A block in which figures have this look. A `Notice` names the letters that are boxes, as no font has them."""
    import matplotlib.style
    from matplotlib.font_manager import fontManager

    there, lacking = {font.name for font in fontManager.ttflist}, {}
    fonts = [FONT, *(name for name in OTHERS if name in there)]
    with matplotlib.style.context(["default", LOOK | {"font.family": fonts}]), warnings.catch_warnings():
        warnings.filterwarnings("always", "Glyph")
        before = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: object, **more: object) -> None:
            if found := re.match(r"Glyph (\d+) ", str(message)):
                lacking[chr(int(found[1]))] = None
            else:
                before(message, category, *place, **more)

        warnings.showwarning = show
        yield
    if lacking:
        note(f"{' '.join(lacking)}: no font that was found has these letters, in whose place the figure has boxes")


def looks(place: int, trained: bool = True) -> dict:
    """Colour, marker and dashes of a method by its place, distinct in grey and by colour-blind readers too."""
    if not trained:
        return {"color": GREY, "marker": MARKERS[-1 - place % 2], "linestyle": DASHES[1 + place % 3]}
    return {"color": COLOURS[place % 7], "marker": MARKERS[place % 9], "linestyle": DASHES[place % 4]}

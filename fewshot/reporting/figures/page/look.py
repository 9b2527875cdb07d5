"""One look for every figure: Okabe and Ito's colours, thin lines, letters of 7 and 8 points, embedded fonts."""

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


def looks(place: int, trained: bool = True) -> dict:
    """Colour, marker and dashes of a method by its place, distinct in grey and by colour-blind readers too."""
    if not trained:
        return {"color": GREY, "marker": MARKERS[-1 - place % 2], "linestyle": DASHES[1 + place % 3]}
    return {"color": COLOURS[place % 7], "marker": MARKERS[place % 9], "linestyle": DASHES[place % 4]}

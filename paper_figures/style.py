"""One look for every figure: column width, embedded fonts, colours that colour-blind readers can tell apart."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

OURS, PUBLISHED, GREY = "#0072B2", "#D55E00", "#666666"  # Okabe and Ito
COLUMN = 5.5  # inches
FOLDER = Path(__file__).parent

matplotlib.rcParams.update(
    {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "pdf.fonttype": 42,
        "svg.hashsalt": "fewshot",
        "savefig.bbox": "tight",
        "savefig.dpi": 200,
    }
)


def save(figure: "matplotlib.figure.Figure", name: str) -> None:
    """Write a figure beside the scripts as PDF and PNG, without a date."""
    figure.savefig(FOLDER / f"{name}.pdf", metadata={"CreationDate": None, "ModDate": None})
    figure.savefig(FOLDER / f"{name}.png", metadata={"Software": None})

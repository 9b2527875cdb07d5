"""Identification in galleries: probes found within a rank (CMC), and FNIR against FPIR for those who are not enrolled.

CMC is the cumulative match characteristic, of a closed set; an open set has the curve on the right (ISO/IEC 19795-1).
"""

from collections.abc import Sequence

import numpy as np

from fewshot.core.statistics.roc import roc_of
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import digits, ids, methods, of_folds, plain
from fewshot.reporting.figures.page import style
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.text_size import SMALL, wrap
from fewshot.reporting.identification import Probes, probes_of

NEEDS = "needs a record with probes of a gallery"
POINTS = 101
FEWEST = 5  # false candidates on the left, where a curve is a matter of few probes
KNEE, SMALL_RATE = 0.1, 0.05  # an FPIR, and the FNIR there below which the axis of FNIR is logarithmic
WIDE, HIGH, GAP, LEFT = 2.0, 1.9, 0.72, 0.58  # inches: a panel, between two, and left of both


def data(given: Given) -> list[dict]:
    """A row for each gallery and method: shares of probes by rank, and FNIR at fixed FPIR, averaged over its seeds."""
    rows = []
    for method in methods(given.records):
        for probes in probes_of(method):
            found = curves(probes)
            about = {"seeds": len(method.records), **of_folds(method), "gallery": probes.size}
            rows.append({**plain(method), **about, **found, "records": ids(method)})
    return sorted(rows, key=lambda row: sizes(rows).index(row["gallery"]))


def sizes(rows: Sequence[dict]) -> list[str]:
    """The galleries of rows, each once."""
    return list(dict.fromkeys(row["gallery"] for row in rows))


def curves(probes: Probes) -> dict:
    """Both curves of some trainings, and rank-1 as it is `said`."""
    parts = probes.folds or (probes,)
    most, fewest = min(probes.identities), min(one.own.shape[1] for one in parts)
    ranks = np.unique(np.geomspace(1, most, POINTS).round().astype(int))
    found = np.mean([(one.ranks[..., None] <= ranks).mean((0, 1)) for one in parts], 0)
    fpir = np.geomspace(min(FEWEST / fewest, 0.25), 1.0, POINTS)
    every = [roc_of(*both) for one in parts for both in zip(one.own, one.other, strict=True)]
    fnir = np.mean([one.fnmr[(one.fmr[:, None] <= fpir).argmax(0)] for one in every], 0)
    lists = {"rank": ranks.tolist(), "found": found, "fpir": fpir, "fnir": fnir}
    lists = {name: [digits(one) for one in values] if name != "rank" else values for name, values in lists.items()}
    return {"said": f"{100 * found[0]:.1f}", **lists}


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Two panels for each gallery and, where methods are many, each network; rank-1 in the legend below them."""
    panels = [
        (size, title, found)
        for size in sizes(rows)
        for title, found in style.spread([row for row in rows if row["gallery"] == size])
    ]
    wide = 2 * WIDE + GAP
    texts = [[f"{own[0]['said']}\u00a0\u00a0{text}" for text, _, own in found] for _, _, found in panels]
    below = [style.legend_box(text, wide - 0.5) + 0.62 for text in texts]
    figure, top = style.sheet(page, sum(0.28 + HIGH + one for one in below)), 0.28
    for (size, title, found), text, low in zip(panels, texts, below, strict=True):
        left, right = (style.panel(figure, LEFT + side * (WIDE + GAP), top, WIDE, HIGH) for side in (0, 1))
        left.set_title(", ".join(filter(None, (title, size))), loc="left")
        for words, (_, look, (row, *_)) in zip(text, found, strict=True):
            label = wrap(words, wide - 0.5, SMALL)
            _line(left, row["rank"], row["found"], look | {"label": label})
            _line(right, row["fpir"], row["fnir"], look)
        _axes(left, right, [own[0] for _, _, own in found])
        word, number = max(("folds" if "folds" in own[0] else "seeds", own[0]["seeds"]) for *_, own in found)
        mean = f", mean of {number} {word}" if number > 1 else ""
        left.legend(loc="upper left", bbox_to_anchor=(0, -0.45 / HIGH), borderaxespad=0, labelspacing=0.4,
                    title=f"rank-1, %{mean}", title_fontsize=SMALL, alignment="left")  # fmt: skip
        top += 0.28 + HIGH + low
    return figure


def _line(axes: "matplotlib.axes.Axes", x: Sequence[float], y: Sequence[float], look: dict) -> None:
    """A curve in per cent of its ordinate, without its zeros, which a logarithmic axis has no place for."""
    there = np.array(y) > 0
    x = np.array(x)[there]
    axes.plot(x, 100 * np.array(y)[there], markevery=(0, max(len(x) // 5, 1)), ms=3.2, **look)


def _axes(left: "matplotlib.axes.Axes", right: "matplotlib.axes.Axes", rows: Sequence[dict]) -> None:
    left.set(xscale="log", xlim=(1, max(row["rank"][-1] for row in rows)), ylim=(0, 101))
    left.set(xlabel="rank", ylabel="probes found (CMC), %")
    low = min(one for row in rows for one in row["fnir"] + [1.0] if one > 0)
    near = min(one for row in rows for fpir, one in zip(row["fpir"], row["fnir"], strict=True) if fpir <= KNEE)
    small = {"yscale": "log", "ylim": (100 * low, 101)} if near < SMALL_RATE else {"ylim": (0, 101)}
    right.set(xscale="log", xlim=(min(row["fpir"][0] for row in rows), 1), **small)
    right.set(xlabel="others with a candidate (FPIR), %", ylabel="own not a candidate (FNIR), %")
    right.xaxis.set_major_formatter(lambda x, _: f"{100 * x:g}")
    for axis in (left.xaxis, right.yaxis):
        axis.set_major_formatter("{x:g}")
    for axes in (left, right):
        axes.xaxis.set_minor_formatter("")
        axes.yaxis.set_minor_formatter("")
        axes.grid(which="major")

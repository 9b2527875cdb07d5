"""Identification in galleries: probes found within a rank (CMC), and FNIR against FPIR for those who are not enrolled.

CMC is the cumulative match characteristic, of a closed set; an open set has the curve on the right (ISO/IEC 19795-1).
"""

from collections.abc import Sequence

import numpy as np

from fewshot.core.statistics.roc import roc_of
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import digits, ids, methods, of_folds, plain
from fewshot.reporting.figures.page.crowd import BESIDE, OTHERS, crowd, means_of, others
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import EDGE, across, panel, sheet
from fewshot.reporting.figures.page.text_size import SMALL, TEXT, tall, wrap
from fewshot.reporting.identification import Probes, probes_of

NEEDS = "needs a record with probes of a gallery"
POINTS = 101
FEWEST = 5  # false candidates on the left, where a curve is a matter of few probes
KNEE, SMALL_RATE = 0.1, 0.05  # an FPIR, and the FNIR there below which the axis of FNIR is logarithmic
HIGH, GAP, LEFT = 1.7, 0.15, 0.55  # inches: a panel's height, and around panels


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
    every = [[roc_of(*both) for both in zip(one.own, one.other, strict=True)] for one in parts]
    each = [np.mean([one.fnmr[(one.fmr[:, None] <= fpir).argmax(0)] for one in own], 0) for own in every]
    fnir = np.mean(each, 0)
    lists = {"rank": ranks.tolist(), "found": found, "fpir": fpir, "fnir": fnir}
    lists = {name: [digits(one) for one in values] if name != "rank" else values for name, values in lists.items()}
    return {"said": f"{100 * found[0]:.1f}", **lists}


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Two panels for each gallery, beside or below each other; rank-1 in the legend below them."""
    beside, wide = across(page, 2, 1.9, GAP + LEFT, LEFT)
    wide, columns = min(wide, 3.0), 1 if page.wide < BESIDE else 2
    room = page.wide / columns - 0.6
    blocks = []
    for size in sizes(rows):
        own = [row for row in rows if row["gallery"] == size]
        curves = crowd(own, lambda row: -row["found"][0])
        texts = [wrap(f"{one.row['said']}\u00a0\u00a0{one.name}", room, SMALL) if one.name else "" for one in curves]
        each = -(-len([*filter(None, texts)]) // columns)
        blocks.append((size, own, curves, texts, each * (0.042 + max(tall(text, SMALL) for text in texts)) + 0.2))
    panels = (HIGH + 0.45) * (3 - beside)
    figure, top = sheet(page, sum(0.24 + panels + low for *_, low in blocks)), 0.24
    for size, own, curves, texts, low in blocks:
        left, right = (
            panel(figure, LEFT + (wide + GAP + LEFT) * column, top + (HIGH + 0.45) * line, wide, HIGH)
            for line, column in ((0, 0), divmod(1, beside))
        )
        left.set_title(size, loc="left", size=TEXT, pad=4)
        for one, text in zip(reversed(curves), reversed(texts), strict=True):
            _line(left, one.row["rank"], one.row["found"], one.look | ({"label": text} if text else {}))
            _line(right, one.row["fpir"], one.row["fnir"], one.look)
        if text := others(curves):
            left.plot([], [], label=text, **OTHERS)
        _axes(left, right, own)
        handles, labels = left.get_legend_handles_labels()
        known = dict(zip(labels, handles, strict=True))
        labels = [text for text in (*texts, others(curves)) if text]
        place = (EDGE / page.wide, 1 - (top + panels - 0.02) / figure.get_figheight())
        figure.legend([known[text] for text in labels], labels, ncols=columns, loc="upper left", bbox_to_anchor=place,
                      borderaxespad=0, borderpad=0, labelspacing=0.42, title=f"rank-1, %{means_of(own)}",
                      title_fontsize=SMALL, alignment="left")  # fmt: skip
        top += 0.24 + panels + low
    return figure


def _line(axes: "matplotlib.axes.Axes", x: Sequence[float], y: Sequence[float], look: dict) -> None:
    """A curve in per cent of its ordinate, without its zeros, which a logarithmic axis has no place for."""
    there = np.array(y) > 0
    x = np.array(x)[there]
    axes.plot(x, 100 * np.array(y)[there], **({"markevery": (0, max(len(x) // 5, 1)), "ms": 3.2} | look))


def _ticks() -> "matplotlib.ticker.Locator":
    """Numbers on a logarithmic axis that may be shorter than a decade."""
    from matplotlib.ticker import LogLocator

    return LogLocator(subs=(1.0, 2.0, 5.0))


def _axes(left: "matplotlib.axes.Axes", right: "matplotlib.axes.Axes", rows: Sequence[dict]) -> None:
    left.set(xscale="log", xlim=(1, max(row["rank"][-1] for row in rows)), ylim=(0, 101))
    left.set(xlabel="rank", ylabel="probes found (CMC), %")
    low = min(one for row in rows for one in row["fnir"] + [1.0] if one > 0)
    low_rates = [one for row in rows for fpir, one in zip(row["fpir"], row["fnir"], strict=True) if fpir <= KNEE]
    near = min(low_rates, default=1.0)
    small = {"yscale": "log", "ylim": (100 * low, 101)} if near < SMALL_RATE else {"ylim": (0, 101)}
    right.set(xscale="log", xlim=(min(row["fpir"][0] for row in rows), 1), **small)
    right.set(xlabel="others with a candidate (FPIR), %", ylabel="own not a candidate (FNIR), %")
    right.xaxis.set_major_formatter(lambda x, _: f"{100 * x:g}")
    for axis in (left.xaxis, right.yaxis):
        axis.set_major_formatter("{x:g}")
    for axes in (left, right):
        axes.xaxis.set_major_locator(_ticks())
        axes.xaxis.set_minor_formatter("")
        axes.yaxis.set_minor_formatter("")
        axes.grid(which="major")

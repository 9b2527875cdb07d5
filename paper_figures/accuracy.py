"""Accuracy of every row of a suite with its 95 % interval, and the published figures."""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import style

from fewshot.record import read_records
from fewshot.stats import t_interval
from fewshot.suites import read_suite
from fewshot.tables import describe, summarise


def accuracy(name: str, results: Path) -> None:
    """Draw and save the figure of one suite, at its first kind of task."""
    suite, recorded = read_suite(name), read_records(results)
    rows = summarise([recorded[spec.id] for spec in suite.specs if spec.id in recorded])
    if not rows:
        raise SystemExit(f"no records of {name} in {results}")
    task = next(iter(rows[0].accuracy))
    bars = [(_label(row), t_interval(row.accuracy[task]), style.OURS) for row in rows]
    published = [item for item in suite.published if item["task"] == task]

    figure, axes = plt.subplots(figsize=(style.COLUMN, 0.27 * (len(bars) + len(published)) + 0.6))
    for place, (label, interval, colour) in enumerate(bars):
        axes.errorbar(100 * interval.mean, place, xerr=100 * interval.half, fmt="o", ms=4, color=colour, capsize=2)
        _tick(axes, place, label)
    for place, item in enumerate(published, start=len(bars)):
        axes.plot(item["accuracy"], place, "D", ms=4, color=style.PUBLISHED, mfc="white")
        _tick(axes, place, item["method"])
    axes.axhline(len(bars) - 0.5, color=style.GREY, lw=0.5, ls=":")
    for word, first, last, colour in (
        ("ours", 0, len(bars), style.OURS),
        ("published", len(bars), len(bars) + len(published), style.PUBLISHED),
    ):
        axes.text(1.02, (first + last - 1) / 2, word if last > first else "", color=colour, rotation=90, va="center",
                  transform=axes.get_yaxis_transform())  # fmt: skip
    axes.set(xlabel=f"{task} accuracy, %", xlim=(None, 100), ylim=(len(bars) + len(published) - 0.4, -0.6))
    axes.yaxis.set_ticks([])
    axes.grid(axis="x", lw=0.4, color="#dddddd")
    axes.set_axisbelow(True)
    style.save(figure, f"accuracy-{suite.name}")


def _label(row: object) -> str:
    method, similarity, network, size, *_ = describe(row.spec)
    return f"{method}, {similarity}, {network}" if row.spec.training else f"{method}, {size} px"


def _tick(axes: plt.Axes, place: int, label: str) -> None:
    axes.annotate(label, (0, place), xycoords=("axes fraction", "data"), xytext=(-6, 0), textcoords="offset points",
                  ha="right", va="center")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", nargs="?", default="omniglot-lake")
    parser.add_argument("--results", type=Path, default=Path("results"))
    options = parser.parse_args()
    accuracy(options.suite, options.results)

"""Accuracy by network and loss: the mean over episodes with its 95 % interval, and every seed's own mean."""

from collections.abc import Sequence

from fewshot.core.spec import OPEN_SET
from fewshot.core.statistics.intervals import t_interval
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import digits, ids, methods, numbers, plain, tasks
from fewshot.reporting.figures.page import style
from fewshot.reporting.figures.page import text_size as words
from fewshot.reporting.figures.page.page import Page

NEEDS = "needs a record"


def data(given: Given) -> list[dict]:
    """A row for each kind of task and method: mean, half-width, n episodes, and the seeds' means."""
    found = methods(given.records)
    rows = []
    for task in tasks(found):
        for method in found:
            if task not in method.accuracy:
                continue
            interval = t_interval(method.accuracy[task])
            seeds = {"said": str(interval), "seeds": [digits(mean) for mean in method.by_seed[task]]}
            rows.append({"task": task, **plain(method), **numbers(interval), **seeds, "records": ids(method)})
    return rows


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Panels side by side, one a kind of task; a line a method, under its network's name."""
    kinds = list(dict.fromkeys(row["task"] for row in rows))
    across = len(kinds) if len(kinds) <= 3 else 2
    labels = {(row["network"], row["label"]): words.wrap(row["label"], 2.1 if across < 3 else 1.6) for row in rows}
    networks = {network: words.wrap(network or "training-free", 1.8 if across < 3 else 1.4) for network, _ in labels}
    margin = 0.22 + max(words.widest(labels.values()), 1.13 * words.widest(networks.values()))  # which are bold
    heads, places, high = _places(labels, networks)
    wide = (page.wide - margin - 0.15 - 0.22 * (across - 1)) / across
    captions = [
        words.wrap(f"{kind}, %" if across > 2 or OPEN_SET in kind else f"{kind} accuracy, %", wide) for kind in kinds
    ]
    down, block = -(-len(kinds) // across), high + 0.55 + max(map(words.tall, captions)) - words.tall("")
    figure = style.sheet(page, block * down + 0.2)
    for number, kind in enumerate(kinds):
        top, left = block * (number // across) + 0.08, margin + (wide + 0.22) * (number % across)
        axes = style.panel(figure, left, top, wide, high)
        _panel(axes, [row for row in rows if row["task"] == kind], places, wide, high)
        axes.set_xlabel(captions[number])
        if number % across:
            continue
        for text, y in heads:
            style.write(figure, 0.08, top + y, text, va="center", weight="bold")
        for key, y in places.items():
            style.write(figure, margin - 0.1, top + y, labels[key], va="center", ha="right")
    free, trained = ([row for row in rows if bool(row["network"]) == one] for one in (False, True))
    text = f"mean and 95 % interval over {style.counts(row['n'] for row in rows)} episodes"
    text += " (grey: without training)" if free and trained else ""
    text += "; small: one seed" if any(len(row["seeds"]) > 1 for row in rows) else ""
    style.remark(figure, text)
    return figure


def _places(labels: dict[tuple[str, str], str], networks: dict[str, str]) -> tuple[list, dict, float]:
    """Heights in inches of the networks' names and of the methods, and of all together."""
    heads, places, y, before = [], {}, 0.04, None
    for key, text in labels.items():
        if key[0] != before:
            y += 0.05 if before is not None else 0.0
            heads.append((networks[key[0]], y + words.tall(networks[key[0]]) / 2 + 0.02))
            y, before = y + words.tall(networks[key[0]]) + 0.05, key[0]
        tall = words.tall(text) + 0.06
        places[key], y = y + tall / 2, y + tall
    return heads, places, y + 0.06


def _panel(axes: "matplotlib.axes.Axes", rows: Sequence[dict], places: dict, wide: float, high: float) -> None:
    trained, free = ([row for row in rows if bool(row["network"]) == one] for one in (True, False))
    limits = style.row_axes(axes, trained, free, high, min(int(wide / 0.36), 6))
    for row in rows:
        y = places[row["network"], row["label"]]
        look = {"color": style.OURS, "marker": "o"} if row["network"] else {"color": style.GREY, "marker": "s"}
        style.interval(axes, y, row, limits, **look)
        if len(row["seeds"]) > 1:
            seen = [100 * mean for mean in row["seeds"] if 100 * mean >= limits[0]]
            axes.plot(seen, [y + 0.055] * len(seen), "o", ms=2.2, mew=0.6, mfc="white", mec="black", clip_on=False)

"""Ours against the literature: a panel for each kind of task, rows by falling accuracy, each with its source."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fewshot.reporting.comparisons.published import as_published, published_half
from fewshot.reporting.figures.compare import accuracy
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import BEST, axis_of, called, digits
from fewshot.reporting.figures.page import rows as lines
from fewshot.reporting.figures.page.look import GREY, OURS, PUBLISHED
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import EDGE, across, panel, put_remark, remark, sheet, write
from fewshot.reporting.figures.page.text_size import SMALL, tall, widest, wrap

NEEDS = "needs test records of a kind of task that has published figures"
FREE = "training-free"
READ = "read in the source"  # of a published figure whose trust needs no remark
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LEAST, GAP = 0.42, 0.17  # inches: a panel's width, and between two
SPREAD = 6  # published figures of a task whose middle half is shaded
SOURCES = 5.0  # inches: as wide pages have the sources beside the rows


def data(given: Given) -> list[dict]:
    """A row for each method and published figure of the tasks that both know, by task and falling accuracy.

    Those that are not to be compared are `apart`.
    """
    ours = accuracy.data(replace(given, records=[one for one in given.records if one.spec.stage == "test"]))
    rows = [
        {"task": row["task"], "whose": "ours" if row["network"] else FREE, "label": called(row, ours),
         "mean": row["mean"], "half": row["half_classes"] or row["half"],
         **({"ends": row["ends_classes"]} if "ends_classes" in row else {}),
         "said": row["said"].partition(" ")[0], "source": "this suite", "note": "",
         "records": row["records"]}
        for row in ours
    ]  # fmt: skip
    for item in given.suite.published:
        known = published_half(item)
        half = digits(known) if known is not None else None
        trust = item.get("trust", READ)
        note = "; ".join(filter(None, (item.get("note", ""), trust if trust != READ else "")))
        rows.append({"task": item["task"], "whose": "published", "label": item["method"],
                     "mean": digits(item["accuracy"] / 100), "half": half, "said": as_published(item["accuracy"]),
                     "source": item["source"], "note": note, "records": [],
                     **({} if item.get("comparable", True) else {"apart": True})})  # fmt: skip
    both = [
        task for task in dict.fromkeys(row["task"] for row in rows)
        if {"published"} < {row["whose"] for row in rows if row["task"] == task}
    ]  # fmt: skip
    kept = [row for row in rows if row["task"] in both]
    return sorted(kept, key=lambda row: (both.index(row["task"]), -row["mean"]))


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Panels side by side, one a kind of task, that share their rows; sources on the right or below, then remarks."""
    shown, dropped = _best(rows)
    kinds = list(dict.fromkeys(row["task"] for row in shown))
    first: dict[tuple, dict] = {}
    for row in shown:
        first.setdefault(_key(row), row)
    ordered = sorted(first.values(), key=lambda row: ("apart" in row, -_place(row, shown)))
    notes = filter(None, dict.fromkeys(_noted(row, page) for row in ordered))
    raised = {note: str(number).translate(RAISED) for number, note in enumerate(notes, 1)}
    sources = [wrap(row["source"], 1.0, SMALL) if page.wide >= SOURCES else "" for row in ordered]
    names = [row["label"] + raised.get(_noted(row, page), "") for row in ordered]
    laid = lines.lay({"": names}, 0.3 * page.wide, [tall(one, SMALL) for one in sources])
    places = dict(zip(map(_key, ordered), laid.places, strict=True))
    left, right = laid.wide + EDGE + 0.1, widest(sources, SMALL) + 0.1 if any(sources) else 0.0
    beside, wide = across(page, len(kinds), LEAST, GAP, left + right)
    titles = [wrap(kind, wide + GAP / 2, SMALL) for kind in kinds]
    head = max(tall(title, SMALL) for title in titles) + 0.05
    block = head + laid.high + 0.42
    words, below = remark(page, _words(shown, dropped), *(f"{number} {key}" for key, number in raised.items()))
    figure = sheet(page, block * -(-len(kinds) // beside) + below)
    for number, kind in enumerate(kinds):
        top, place = block * (number // beside) + head, left + (wide + GAP) * (number % beside)
        axes = panel(figure, place, top, wide, laid.high)
        _panel(axes, [row for row in shown if row["task"] == kind], places, laid, wide)
        axes.set_title(titles[number], loc="left", size=SMALL, pad=3)
        axes.set_xlabel(axis_of(kind, wide), labelpad=2)
        if not number % beside:
            lines.put_names(figure, laid, left, top)
            for row, source, y in zip(ordered, sources, laid.places, strict=True):
                write(figure, page.wide - EDGE - right + 0.08, top + y, source, va="center", size=SMALL,
                      color=_look(row)["color"])  # fmt: skip
    put_remark(figure, words)
    return figure


def _best(rows: Sequence[dict]) -> tuple[list[dict], int]:
    """The rows without those of ours that are not among the best of a task, and how many methods these are."""
    kept = set()
    for task in dict.fromkeys(row["task"] for row in rows):
        kept |= {_key(row) for row in [one for one in rows if one["task"] == task and one["whose"] == "ours"][:BEST]}
    ours = {_key(row) for row in rows if row["whose"] == "ours"}
    kept = ours if len(ours) <= 2 * BEST else kept
    return [row for row in rows if row["whose"] != "ours" or _key(row) in kept], len(ours - kept)


def _place(row: dict, rows: Sequence[dict]) -> float:
    """A row's mean place among those of its tasks: a share of them that it is better than."""
    found = []
    for own in (one for one in rows if _key(one) == _key(row)):
        means = [one["mean"] for one in rows if one["task"] == own["task"] and "apart" not in one]
        found.append(np.mean([own["mean"] > one for one in means] + [own["mean"] >= one for one in means] or [0.0]))
    return float(np.mean(found))


def _key(row: dict) -> tuple[str, str, str, str]:
    return row["whose"], row["label"], row["source"], row["note"]


def _noted(row: dict, page: Page) -> str:
    """The remark on a row: its note, and its source where that has no room beside it."""
    source = row["source"] if page.wide < SOURCES and row["whose"] == "published" else ""
    return ": ".join(filter(None, (source, row["note"])))


def _words(rows: Sequence[dict], dropped: int) -> str:
    """The marks in words."""
    text = "filled: ours; open: published; with 95 % intervals, as far as known"
    text += "; shaded: the middle half of the published" if any(map(_shaded, _by_task(rows))) else ""
    text += "; grey: without training" if any(row["whose"] == FREE for row in rows) else ""
    text += "; last: of other settings, beside ours but not compared" if any("apart" in row for row in rows) else ""
    return text + (f"; {dropped} of ours, none among the best {BEST}, left out" if dropped else "")


def _by_task(rows: Sequence[dict]) -> list[list[dict]]:
    return [[row for row in rows if row["task"] == task] for task in dict.fromkeys(row["task"] for row in rows)]


def _shaded(rows: Sequence[dict]) -> list[float]:
    """The published means of a task that are compared, where they are enough to have a spread."""
    found = [100 * row["mean"] for row in rows if row["whose"] == "published" and "apart" not in row]
    return found if len(found) >= SPREAD else []


def _panel(axes: "matplotlib.axes.Axes", rows: Sequence[dict], places: dict, laid: lines.Rows, wide: float) -> None:
    free, other = ([lines.span(row) for row in rows if (row["whose"] == FREE) == one] for one in (True, False))
    lines.row_axes(axes, lines.limits(other, free), laid, wide)
    if spread := _shaded(rows):
        axes.axvspan(*np.percentile(spread, [25, 75]), color=PUBLISHED, alpha=0.12, lw=0, zorder=0)
    for row in rows:
        lines.interval(axes, places[_key(row)], row, row["said"], ms=3.4, **_look(row))


def _look(row: dict) -> dict:
    if row["whose"] == "published":
        return {"color": PUBLISHED, "marker": "D", "mfc": "white"}
    return {"color": OURS, "marker": "o"} if row["whose"] == "ours" else {"color": GREY, "marker": "s"}

"""Ours against published figures on the same kinds of task, the most accurate first, each with its source."""

from collections.abc import Sequence
from dataclasses import replace

from fewshot.reporting.figures.compare import accuracy
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import digits
from fewshot.reporting.figures.page import style
from fewshot.reporting.figures.page import text_size as words
from fewshot.reporting.figures.page.page import Page

NEEDS = "needs test records of a kind of task that has published figures"
FREE = "training-free"
READ = "read in the source"  # of a published figure whose trust needs no remark
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def data(given: Given) -> list[dict]:
    """A row for each method and published figure of the tasks that both know, by task and falling accuracy."""
    ours = accuracy.data(replace(given, records=[one for one in given.records if one.spec.stage == "test"]))
    rows = [
        {"task": row["task"], "whose": "ours" if row["network"] else FREE,
         "label": ", ".join(filter(None, (row["label"], row["network"]))), "mean": row["mean"], "half": row["half"],
         "said": row["said"], "source": "this suite", "note": "", "records": row["records"]}
        for row in ours
    ]  # fmt: skip
    for item in given.suite.published:
        half = digits(item["half_width"] / 100) if "half_width" in item else None
        trust = item.get("trust", READ)
        note = "; ".join(filter(None, (item.get("note", ""), trust if trust != READ else "")))
        rows.append({"task": item["task"], "whose": "published", "label": item["method"],
                     "mean": digits(item["accuracy"] / 100), "half": half, "said": f"{item['accuracy']:.1f}",
                     "source": item["source"], "note": note, "records": []})  # fmt: skip
    both = [
        task for task in dict.fromkeys(row["task"] for row in rows)
        if {"published"} < {row["whose"] for row in rows if row["task"] == task}
    ]  # fmt: skip
    kept = [row for row in rows if row["task"] in both]
    return sorted(kept, key=lambda row: (both.index(row["task"]), -row["mean"]))


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """A panel for each kind of task under one another; on the right the sources, below them the remarks."""
    notes = dict.fromkeys(row["note"] for row in rows if row["note"])
    raised = {note: str(number).translate(RAISED) for number, note in enumerate(notes, start=1)}
    labels = [words.wrap(row["label"] + raised.get(row["note"], ""), 2.15) for row in rows]
    sources = [words.wrap(row["source"], 1.15, words.SMALL) for row in rows]
    talls = [max(words.tall(a), words.tall(b, words.SMALL)) + 0.06 for a, b in zip(labels, sources, strict=True)]
    left = 0.2 + words.widest(labels)
    right = 0.2 + words.widest(sources, words.SMALL)
    remarks = words.wrap("filled: ours, with 95 % intervals; open: published; grey: without training", 5.3, words.SMALL)
    for note, number in raised.items():
        remarks += "\n" + words.wrap(f"{number} {note}", 5.3, words.SMALL)
    kinds = list(dict.fromkeys(row["task"] for row in rows))
    below = words.tall(remarks, words.SMALL) + 0.14
    figure = style.sheet(page, sum(talls) + 0.62 * len(kinds) + below - 0.02)
    top = 0.08
    for kind in kinds:
        here = [i for i, row in enumerate(rows) if row["task"] == kind]
        high = sum(talls[i] for i in here) + 0.1
        axes = style.panel(figure, left, top, page.wide - left - right, high)
        free, other = ([rows[i] for i in here if (rows[i]["whose"] == FREE) == one] for one in (True, False))
        limits = style.row_axes(axes, other, free, high, 5)
        axes.set_xlabel(f"{kind} accuracy, %")
        y = 0.05
        for i in here:
            middle, y = y + talls[i] / 2, y + talls[i]
            style.interval(axes, middle, rows[i], limits, **_look(rows[i]))
            style.write(figure, left - 0.1, top + middle, labels[i], va="center", ha="right")
            style.write(figure, page.wide - right + 0.12, top + middle, sources[i], va="center", size=words.SMALL,
                        color=_look(rows[i])["color"])  # fmt: skip
        top += high + 0.52
    style.remark(figure, remarks)
    return figure


def _look(row: dict) -> dict:
    if row["whose"] == "published":
        return {"color": style.PUBLISHED, "marker": "D", "mfc": "white"}
    return {"color": style.OURS, "marker": "o"} if row["whose"] == "ours" else {"color": style.GREY, "marker": "s"}

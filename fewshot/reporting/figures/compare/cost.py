"""Cost: accuracy against the seconds of a training and, where records have them, against the network's parameters."""

from collections.abc import Mapping, Sequence
from statistics import mean

from fewshot.records.record import RunRecord
from fewshot.reporting.comparisons.differences import episodes_of
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import digits, ends_of, half_of, ids, methods, numbers, plain, tasks
from fewshot.reporting.figures.page import rows as lines
from fewshot.reporting.figures.page.crowd import BESIDE, OTHERS, Curve, crowd, others
from fewshot.reporting.figures.page.look import GREY
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import EDGE, across, counts, panel, put_remark, remark, sheet, ticks
from fewshot.reporting.figures.page.text_size import SMALL, tall, wrap

NEEDS = "needs trainings of two methods with their seconds"
COSTS = {"seconds": "seconds of a training", "parameters": "parameters"}
LEAST, GAP, LEFT, HIGH = 1.9, 0.2, 0.5, 1.9  # inches
SPREAD = 4  # times the least cost: beyond, its axis is logarithmic


def data(given: Given) -> list[dict]:
    """A row for each trained method: its first kind of task, mean and half-width, and costs, means over trainings.

    Methods on the very same episodes have one number in `among`; only these are compared.
    The seconds of an ensemble are those of all its members and its own; it is left out where one is not known.
    """
    found = [method for method in methods(given.records) if method.spec.training]
    rows, groups, known = [], {}, {record.id: record.facts for record in given.records}
    for task in tasks(found)[:1]:
        for method in found:
            facts = [_with_members(record, known) for record in method.records]
            timed = [one for one in facts if one.get("seconds")]
            if task not in method.accuracy or not timed:
                continue
            costs = {
                key: digits(mean(one[key] for one in timed)) for key in COSTS if all(one.get(key) for one in timed)
            }
            machines = sorted(
                {f"{_processor(one)} ({one.get('device')}), threads: {one.get('threads')}" for one in facts}
            )
            interval, over_classes = method.over_episodes(task), method.over_classes(task)
            wider = {"half": half_of(over_classes), **ends_of(over_classes, "ends")}
            wider = wider if wider["half"] is not None else {}
            among = groups.setdefault(episodes_of(method, task), len(groups))
            rows.append({"task": task, "among": among, **plain(method), **numbers(interval), **wider, **costs,
                         "machines": machines, "seeds": len(facts), "records": ids(method),
                         **({"members": len(method.spec.members)} if method.spec.members else {})})  # fmt: skip
    return sorted(rows, key=lambda row: -row["mean"]) if len(rows) > 1 else []  # one has nothing to be compared with


def _with_members(record: RunRecord, known: Mapping[str, dict]) -> dict:
    """A record's facts, with the seconds of an ensemble's members beside its own, which hold those of members that it
    has trained itself; or None where one is not known, as of a training that was resumed."""
    others = [one.id for one in record.spec.of_members if one.id not in record.facts.get("trained_here", ())]
    every = (record.facts, *(known.get(one, {}) for one in others))
    each = [None if one.get("resumed") else one.get("seconds") for one in every]
    return record.facts | {"seconds": sum(each) if all(each) else None}


def _processor(facts: Mapping) -> str:
    """The processor with its instructions, as far as they are known; "AMD EPYC" names several."""
    known = facts.get("instructions")
    return f"{facts.get('processor')}{f', {known}' if known else ''}"


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """A panel for each cost that differs; the best methods have a colour and a name, a line joins those that no cheaper
    one matches."""
    shown = [key for key in COSTS if all(key in row for row in rows) and len({row[key] for row in rows}) > 1]
    shown = shown or ["seconds"]
    title = wrap(f"{rows[0]['task']}, %", HIGH)
    side = LEFT + tall(title, SMALL) - tall("", SMALL)
    beside, wide = across(page, len(shown), LEAST, GAP + side, side)
    wide, high = min(wide, 3.4), HIGH + 0.45
    curves = crowd(rows, lambda row: -row["mean"])
    room = page.wide - 0.4 if page.wide < BESIDE else page.wide / 2 - 0.4
    names = [wrap(text, room, SMALL) for text in (*(one.name for one in curves), others(curves)) if text]
    columns = 1 if page.wide < BESIDE else 2
    each = -(-len(names) // columns)
    box = max(sum(tall(one, SMALL) + 0.042 for one in names[at : at + each]) for at in range(0, len(names), each))
    words, below = remark(page, _words(rows, shown))
    figure = sheet(page, high * -(-len(shown) // beside) + box + 0.1 + below)
    for number, key in enumerate(shown):
        left = side + (wide + GAP + side) * (number % beside)
        axes = panel(figure, left, high * (number // beside) + 0.08, wide, HIGH)
        _panel(axes, curves, key, wide)
        axes.set_ylabel(title if not number % beside else "")
    place = (EDGE / page.wide, (below + box + 0.05) / figure.get_figheight())
    handles = [_mark(one.look) for one in curves if one.name] + [_mark(OTHERS | {"marker": "o"})] * bool(others(curves))
    figure.legend(handles, names, ncols=columns, loc="upper left", bbox_to_anchor=place, borderaxespad=0, borderpad=0,
                  labelspacing=0.42, handlelength=1.0)  # fmt: skip
    put_remark(figure, words)
    return figure


def _words(rows: Sequence[dict], shown: Sequence[str]) -> str:
    """The marks and the machines in words."""
    machines = list(dict.fromkeys(one for row in rows for one in row["machines"]))
    on = machines[0] if len(machines) == 1 else f"{len(machines)} machines, whose seconds compare roughly"
    trainings = (
        f"means of {counts(row['seeds'] for row in rows)} trainings" if max(r["seeds"] for r in rows) > 1 else ""
    )
    on_same = " on the same tasks" if len({row["among"] for row in rows}) > 1 else ""
    joined = any(len(front) > 1 for key in shown for front in fronts(rows, key))
    marks = "bars: 95 % intervals" + (f"; dotted: no cheaper method{on_same} is as good" if joined else "")
    whole = "an ensemble costs all its trainings" if any("members" in row for row in rows) else ""
    return "; ".join(filter(None, (marks, trainings, whole, f"on {on}")))


def _panel(axes: "matplotlib.axes.Axes", curves: Sequence[Curve], key: str, wide: float) -> None:
    rows = sorted((one.row for one in curves), key=lambda row: row[key])
    low, high = lines.limits([lines.span(row) for row in rows])
    axes.set(ylim=(low, high), xlabel=COSTS[key])
    if high == 100:
        axes.yaxis.set_major_formatter("{x:g}")  # beside "100.0" the axis' title has no room
    axes.grid(axis="y")
    for front in fronts(rows, key):
        axes.plot([row[key] for row in front], [100 * row["mean"] for row in front], color=GREY, lw=0.8,
                  linestyle=":", zorder=1)  # fmt: skip
    for one in reversed(curves):
        (mean, under, over), look = lines.span(one.row), _dot(one.look)
        if mean < low:
            axes.annotate(f"▾ {mean:.1f}", (one.row[key], low), xytext=(0, 2), textcoords="offset points", ha="center",
                          size=SMALL, color=look["color"])  # fmt: skip
            continue
        bars = {"yerr": [[mean - under], [over - mean]] if over > under else None, "elinewidth": 0.7 * bool(one.name)}
        mark, *_ = axes.errorbar(one.row[key], mean, linestyle="none", ms=4.4, **bars, **look)
        mark.set_clip_on(False)  # whole, also at 100 %
    least, most = rows[0][key], rows[-1][key]
    if most > SPREAD * least:
        axes.set_xscale("log")
        axes.set_xlim(least / 1.25, most * 1.25)
        axes.xaxis.set_major_locator(_log_ticks())
        axes.xaxis.set_minor_formatter("")
    else:
        axes.set_xlim(least - 0.08 * (most - least or least), most + 0.08 * (most - least or least))
        axes.xaxis.set_major_locator(ticks(int(wide / 0.5)))
    axes.xaxis.set_major_formatter("{x:,.0f}" if most - least >= 3 else "{x:,g}")


def fronts(rows: Sequence[dict], key: str) -> list[list[dict]]:
    """Of the methods on the same episodes those that no cheaper one is as good as, the cheapest first; those below a
    panel aside."""
    low, _ = lines.limits([lines.span(row) for row in rows])
    found: dict[int, list[dict]] = {}
    for row in sorted(rows, key=lambda row: (row[key], -row["mean"])):
        front = found.setdefault(row["among"], [])
        if not front or row["mean"] > front[-1]["mean"]:
            front.append(row)
    return [[row for row in front if 100 * row["mean"] >= low] for front in found.values()]


def _log_ticks() -> "matplotlib.ticker.Locator":
    from matplotlib.ticker import LogLocator

    return LogLocator(subs=(1.0, 2.0, 5.0))


def _dot(look: dict) -> dict:
    """A look without its line."""
    return {"color": look["color"], "marker": look.get("marker", "o"), "zorder": look.get("zorder", 2)}


def _mark(look: dict) -> "matplotlib.lines.Line2D":
    from matplotlib.lines import Line2D

    return Line2D([], [], linestyle="none", ms=4.4, **_dot(look))

"""Line charts as SVG, which take their colours from the page and scale with it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fewshot.reporting.mistakes.html import escaped

WIDE, HIGH = 440, 300
LEFT, RIGHT, TOP, BOTTOM = 60, 14, 12, 44
MOST = 200  # points of a line
COLOURS = 8  # that a page has
Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Axis:
    """A title, both ends, and places with their texts; `scale` turns a value into one that is drawn evenly."""

    title: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    scale: Callable[[float], float] = float

    def share(self, value: float) -> float:
        """The place of a value, from 0 at the low end to 1 at the high one."""
        low, high = self.scale(self.low), self.scale(self.high)
        return (self.scale(min(max(value, self.low), self.high)) - low) / ((high - low) or 1.0)


@dataclass(frozen=True)
class Line:
    """Points in their order, the key of their method or "", their name, and a look: "k0" to "k7", "rest" or "free"."""

    key: str
    label: str
    points: Points
    look: str
    marks: Points = ()
    area: bool = False


def chart(
    title: str, lines: Sequence[Line], x: Axis, y: Axis, rules: Sequence[tuple[float, str]] = (), *, named: bool = False
) -> str:
    """A chart with a title and, if its lines are to be `named`, their labels; `rules` are vertical lines with words."""
    drawn = [_grid(x, y), *(_line(one, x, y) for one in lines), *(_rule(at, words, x) for at, words in rules)]
    body = "\n".join(drawn)
    words = escaped(f"{title}: {y.title} against {x.title}")
    box = f'viewBox="0 0 {WIDE} {HIGH}"'
    labels = (f'<li><i class="dot {one.look}"></i>{escaped(one.label)}</li>' for one in lines if named)
    legend = f'<ul class="legend">{"".join(labels)}</ul>' if named else ""
    return (
        f'<figure class="chart"><figcaption>{escaped(title)}{legend}</figcaption>\n'
        f'<svg {box} role="img" aria-label="{words}">\n{body}\n</svg></figure>'
    )


def even(title: str, values: Sequence[float], *, low: float | None = None, most: int = 6) -> Axis:
    """An axis of round numbers over some values, or from `low` on."""
    least, largest = min(values) if low is None else low, max(values)
    step = _step((largest - least) / most or abs(largest) / most or 1.0)
    begin = least if low is not None else math.floor(least / step) * step
    if low is None and begin == least == largest > 0:
        begin -= step  # below equal values: no accuracy is above 100 %
    end = max(math.ceil(largest / step - 1e-9) * step, begin + step)
    count = round((end - begin) / step)
    ticks = [(begin + number * step, _number(begin + number * step)) for number in range(count + 1)]
    return Axis(title, begin, end, ticks)


def thinned(points: Points, most: int = MOST) -> list[tuple[float, float]]:
    """At most so many of some points, evenly apart, the first and the last among them."""
    if len(points) <= most:
        return [*points]
    return [points[round(number * (len(points) - 1) / (most - 1))] for number in range(most)]


def _grid(x: Axis, y: Axis) -> str:
    out = []
    for value, text in y.ticks:
        at = _down(value, y)
        out.append(f'<path class="grid" d="M{LEFT} {at}H{WIDE - RIGHT}"/>')
        out.append(f'<text x="{LEFT - 6}" y="{at + 4:g}" text-anchor="end">{escaped(text)}</text>')
    for value, text in x.ticks:
        at = _across(value, x)
        out.append(f'<path class="grid" d="M{at} {TOP}V{HIGH - BOTTOM}"/>')
        out.append(f'<text x="{at}" y="{HIGH - BOTTOM + 16}" text-anchor="middle">{escaped(text)}</text>')
    middle = (LEFT + WIDE - RIGHT) / 2, (TOP + HIGH - BOTTOM) / 2
    out.append(f'<text x="{middle[0]:g}" y="{HIGH - 8}" text-anchor="middle">{escaped(x.title)}</text>')
    turned = f'transform="translate(13 {middle[1]:g}) rotate(-90)"'
    out.append(f'<text {turned} text-anchor="middle">{escaped(y.title)}</text>')
    return "\n".join(out)


def _line(line: Line, x: Axis, y: Axis) -> str:
    places = [f"{_across(one, x)} {_down(other, y)}" for one, other in thinned(line.points)]
    marks = "".join(
        f'<circle cx="{_across(one, x)}" cy="{_down(other, y)}" r="{3 if len(places) > 1 else 4}"/>'
        for one, other in (line.marks if len(places) > 1 else line.points)
        if x.low <= one <= x.high and y.low <= other <= y.high
    )
    close = f"L{places[-1].split()[0]} {HIGH - BOTTOM}L{places[0].split()[0]} {HIGH - BOTTOM}Z" if line.area else ""
    look = f"{line.look}{' area' if line.area else ''}"
    name = f"<title>{escaped(line.label)}</title>"
    key = f' data-key="{line.key}"' if line.key else ""
    return f'<g class="line {look}"{key}>{name}<path d="M{"L".join(places)}{close}"/>{marks}</g>'


def _rule(at: float, words: str, x: Axis) -> str:
    across = _across(at, x)
    after = across < (LEFT + WIDE - RIGHT) / 2
    text = f'<text x="{across + (5 if after else -5):g}" y="{TOP + 10}" text-anchor="{"start" if after else "end"}">'
    return f'<path class="rule" d="M{across} {TOP}V{HIGH - BOTTOM}"/>{text}{escaped(words)}</text>'


def _across(value: float, axis: Axis) -> float:
    return round(LEFT + axis.share(value) * (WIDE - LEFT - RIGHT), 1)


def _down(value: float, axis: Axis) -> float:
    return round(HIGH - BOTTOM - axis.share(value) * (HIGH - TOP - BOTTOM), 1)


def _step(least: float) -> float:
    """The smallest round number that is not less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(round_one * power for round_one in (1, 2, 2.5, 5, 10) if round_one * power >= least * (1 - 1e-9))


def _number(value: float) -> str:
    return f"{0.0 if abs(value) < 1e-12 else value:,.10g}".replace("-", "−")

"""The part of a page on one method: its trainings, scores, operating points, mistakes, tasks, embeddings and spec."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fewshot.core.spec.run_spec import RunSpec
from fewshot.records.record import RunRecord
from fewshot.reporting.blocks import Block
from fewshot.reporting.labels import of_training
from fewshot.reporting.mistakes.html import escaped, section_html
from fewshot.reporting.mistakes.page import Images, Section
from fewshot.reporting.render import html_block
from fewshot.reporting.screen.curves import histogram, of_trainings
from fewshot.reporting.screen.pictures import Pictures
from fewshot.reporting.screen.plane import plane_html
from fewshot.reporting.screen.tasks import Answered, tasks_html
from fewshot.reporting.summary import Method
from fewshot.reporting.verification.block import blocks_of
from fewshot.reporting.verification.pair_scores import of_method

FACTS = ("commit", "device", "threads", "seconds", "versions")


@dataclass(frozen=True)
class Seen:
    """A record seen with its images and its kept network: mistakes, tasks, and images in the plane of its embeddings.

    `named` are its id and its training; `lacks` are sentences on all that is not there, and why.
    """

    named: str = ""
    images: Images | None = None
    mistakes: tuple[Section, ...] = ()
    tasks: tuple[Answered, ...] = ()
    points: np.ndarray | None = None  # [image 2], of these `numbers`; each axis holds a `share` of the variance
    numbers: tuple[int, ...] = ()
    share: tuple[float, float] = (0.0, 0.0)
    lacks: tuple[str, ...] = ()


NOTHING = Seen()


def method_html(method: Method, seen: Seen, pictures: Pictures) -> str:
    """All on a method, with its first record as seen, without a heading."""
    return "\n".join(_parts(method, seen, pictures))


def pictures_html(seen: Seen, pictures: Pictures, lacks: Sequence[str]) -> str:
    """The mistakes, tasks and embeddings that are seen, behind sentences on all that is lacking."""
    out = [f'<p class="lacks">{escaped(reason)}</p>' for reason in lacks]
    if seen.images is not None:
        sections = (section_html(section, pictures.show, "h4") for section in seen.mistakes)
        out += [f'<div class="mistakes">{one}</div>' for one in sections]
        out += [tasks_html(tasks, seen.images, pictures) for tasks in seen.tasks]
        if seen.points is not None:
            out.append(plane_html(seen.points, seen.numbers, seen.share, seen.images, pictures))
    return "\n".join(out)


def spec_html(spec: RunSpec, facts: Mapping[str, object]) -> str:
    """A spec's values, and where and with what it was run, as two lists that are closed at first."""
    about = {name: facts[name] for name in FACTS if facts.get(name) is not None}
    lists = {"Spec": _flat({"id": spec.id} | spec.plain()), "Facts of the run": _flat(about)}
    return "\n".join(
        f'<details><summary>{title}</summary>\n<dl class="spec">{"".join(_entry(*one) for one in found.items())}</dl>'
        "</details>"
        for title, found in lists.items()
        if found
    )


def named(record: RunRecord) -> str:
    """A record's id, with its fold and its seed: "9d0c5fd1c2ab, seed 0"."""
    return ", ".join([record.id, *of_training(record.spec)])


def _parts(method: Method, seen: Seen, pictures: Pictures) -> Iterator[str]:
    record = method.records[0]
    charts = [*of_trainings(method), *([found] if (found := histogram(record)) else [])]
    yield f'<div class="charts">{"".join(charts)}</div>'
    if record.same and record.different:
        rates, *points = blocks_of(of_method(method, "value").by_role(), "figure")
        turned = tuple(zip(rates.header, *rates.lines, strict=True))
        yield f'<div class="wide">{html_block(Block(turned[0], turned[1:]), "Verification")}</div>'
        for block in points:
            own = Block(block.header[1:], tuple(line[1:] for line in block.lines))
            yield f'<div class="wide">{html_block(own, "Thresholds chosen on val")}</div>'
    if seen.images is not None:
        yield f'<p class="note">Mistakes and pictures are those of record {escaped(seen.named)}.</p>'
    yield pictures_html(seen, pictures, seen.lacks)
    yield "<h4>How it was trained and measured</h4>"
    ids = "; ".join(map(named, method.records))
    yield f'<p class="note">{len(method.records)} record{"s" if len(method.records) > 1 else ""}: {escaped(ids)}</p>'
    yield spec_html(record.spec, record.facts)


def _entry(name: str, value: object) -> str:
    return f"<dt>{escaped(name)}</dt><dd>{escaped(str(value))}</dd>"


def _flat(values: Mapping[str, object], above: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{above}{name}.")
        elif value not in (None, ""):
            found[f"{above}{name}"] = value
    return found

"""Letters of typefaces split by script: train on Latin, select on Armenian and Georgian, test on Greek and Cyrillic.

Support and query of a task are from different font families. A task may mix both scripts of a split. For each number in
`gallery`, so many images of each letter are enrolled, and up to `probes` of other families are identified.
"""

from collections.abc import Sequence

from fewshot.core.recipe import TaskShape
from fewshot.data.class_lists.typefaces import class_names
from fewshot.protocols._episodes import Episodes
from fewshot.protocols._protocol import Protocol, protocol

SPLIT = {"train": ("Latin",), "val": ("Armenian", "Georgian"), "test": ("Greek", "Cyrillic")}


@protocol(revision=2, later=["gallery", "probes"])  # without letters that look the same in some typeface
def scripts(*, gallery: Sequence[int] = (), probes: int = 5) -> Protocol:
    """5-way and 20-way 1-shot tasks of letters; one, two and two scripts."""
    names = class_names()
    few, many = TaskShape(way=5, shot=1, query=3), TaskShape(way=20, shot=1, query=3)
    return Protocol(
        name="scripts",
        dataset="typefaces",
        classes={split: tuple(name for name in names if name.split("/")[0] in own) for split, own in SPLIT.items()},
        val=(Episodes(many, 300, other_authors=True),),
        test=(Episodes(few, 1000, other_authors=True), Episodes(many, 1000, other_authors=True)),
        pairs=2000,
        seed=2015,
        gallery=tuple(gallery),
        probes=probes,
    )

"""Official Omniglot one-shot task: trained on images_background only, tested on the 400 official trials.

Lake, Salakhutdinov and Tenenbaum, Science 2015. The rule forbids training on any of images_evaluation. `test` holds all
of its 659 characters, so that the check of disjoint splits covers more than the ten alphabets of the trials. Validation
has 400 official-style runs from five background alphabets, which are left out of train: Armenian, Bengali,
Early_Aramaic, Hebrew and Mkhedruli_(Georgian).

The trials are of ten evaluation alphabets and few: 400. `drawn` adds so many tasks posed like them (a task's characters
are of one alphabet, its supports and queries of different drawers) from all twenty, with one and with five supports.
`open_set` adds so many tasks of ten characters, posed alike, with queries of ten more that are to be told from them;
`pairs` are the verification pairs of each kind. For each number in `gallery`, so many images of all characters of a
stage are enrolled, by some of one half of the drawers, and up to `probes` of each by the others are identified.
"""

from collections.abc import Sequence
from dataclasses import replace

from fewshot.data.class_lists.omniglot import VAL
from fewshot.protocols._official import official
from fewshot.protocols._protocol import Protocol, protocol


@protocol(later=["drawn", "open_set", "pairs", "gallery", "probes"])
def lake(
    *, drawn: int = 0, open_set: int = 0, pairs: int = 2000, gallery: Sequence[int] = (), probes: int = 5
) -> Protocol:
    """The official split and trials; 25, 5 and 20 alphabets."""
    found = official("lake", None, VAL, drawn=drawn, open_set=open_set, pairs=pairs)
    return replace(found, gallery=tuple(gallery), probes=probes)

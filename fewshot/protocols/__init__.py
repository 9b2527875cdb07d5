"""Protocols: which classes are learned from and tested on, and on which tasks.

A protocol is complete and fixed: split, test tasks, verification pairs and their seed. `load_protocol` proves its
split disjoint. One file per protocol; nothing here needs torch. Keyword-only parameters are options of a suite.

An `open` protocol names neither data set nor classes: these are the data set's own split, and `with_own_split` fills
them in. A class is `Group/name` or a name alone, or `Group/name/rot090` where quarter turns count as classes of their
own; when lists of classes are compared, all turns are the class that they were made of.
"""

from fewshot.protocols._learned import learned_classes, refuse_learned
from fewshot.protocols._own_split import asked_parts, check_goes_with, named_dataset, with_own_split
from fewshot.protocols._protocol import SPLITS, TRIALS, Episodes, Protocol, load_protocol, protocol

__all__ = [
    "SPLITS",
    "TRIALS",
    "Episodes",
    "Protocol",
    "asked_parts",
    "check_goes_with",
    "learned_classes",
    "load_protocol",
    "named_dataset",
    "protocol",
    "refuse_learned",
    "with_own_split",
]

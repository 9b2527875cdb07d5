"""Protocols: training and test classes, and the tasks on which models are evaluated.

A protocol is complete and fixed: split, test tasks, verification pairs and their seed. `load_protocol` checks that the
split is disjoint. One file per protocol; nothing here needs torch. Keyword-only parameters are options of a suite.

An `open` protocol has no data set or classes of its own: `with_own_split` takes both from a data set's own split. A
class is named `Group/name` or `name`, or `Group/name/rot090` if quarter turns are classes of their own; comparisons of
class lists ignore turns.
"""

from fewshot.protocols._episodes import TRIALS, Episodes
from fewshot.protocols._learned import learned_classes, refuse_learned
from fewshot.protocols._looks import count_looks
from fewshot.protocols._own_split import asked_parts, check_goes_with, named_dataset, protocol_of, with_own_split
from fewshot.protocols._pair_lists import PairLists
from fewshot.protocols._protocol import SPLITS, Protocol, load_protocol, protocol

__all__ = [
    "SPLITS",
    "TRIALS",
    "Episodes",
    "PairLists",
    "Protocol",
    "asked_parts",
    "check_goes_with",
    "count_looks",
    "learned_classes",
    "load_protocol",
    "named_dataset",
    "protocol",
    "protocol_of",
    "refuse_learned",
    "with_own_split",
]

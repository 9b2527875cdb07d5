"""The number of evaluations that met the test classes of a protocol."""

import json
from collections import Counter
from collections.abc import Iterable

from fewshot.core.errors import RequestError
from fewshot.core.spec.evaluation import Evaluation
from fewshot.core.spec.run_spec import Part
from fewshot.data.class_lists.names import unturned
from fewshot.protocols._protocol import load_protocol


def count_looks(at: Iterable[Evaluation], among: Iterable[Evaluation]) -> int:
    """How many evaluations met a test class of one of the evaluations `at`, whichever protocol or stage they are of.

    They are on the same data set. Classes are those that the tasks of a protocol can hold, turns ignored; of an open
    protocol, those that records kept. Where classes are not known, evaluations at stage test met them.
    """
    counts = Counter(among)
    met = {one: _classes(one) for one in counts}
    tests = {one._replace(stage="test", classes=()) for one in at}
    test_classes = {
        test: _classes(test) or frozenset().union(*(met[one] for one in counts if one._replace(classes=()) == test))
        for test in tests
    }
    return sum(
        count
        for one, count in counts.items()
        if any(_meets(one, met[one], some) for test, some in test_classes.items() if test.dataset == one.dataset)
    )


def _meets(one: Evaluation, met: frozenset[str], classes: frozenset[str]) -> bool:
    return bool(met & classes) if met and classes else one.stage == "test"


def _classes(one: Evaluation) -> frozenset[str]:
    """The classes that tasks of an evaluation can hold, without turns; empty if they are not known."""
    _, options, fold, folds = json.loads(one.split)
    try:
        found = load_protocol(Part(one.protocol, options))
    except (RequestError, TypeError):  # a plug-in that is not there now, or an option that it no longer has
        found = None
    if not found or found.open:
        return frozenset(map(unturned, one.classes))
    return frozenset(map(unturned, (found.fold(fold, folds) if folds else found).seen_in(one.stage)))

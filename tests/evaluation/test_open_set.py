"""Open-set tasks measured: as by plain loops over images, by class, and in a record."""

from dataclasses import replace

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.evaluation import scorer as module
from fewshot.evaluation.measure import measure
from fewshot.evaluation.open_set import with_unknown
from fewshot.models.learners.pixels import pixels
from fewshot.models.similarities.euclidean import euclidean
from fewshot.protocols import Episodes, Protocol
from fewshot.records.stored.consistency import check_answers
from fewshot.tasks.fixed import check_tasks, evaluation_tasks

SHAPE = TaskShape(way=3, shot=2, query=4)
NAMES = ["3-way 2-shot, open set: ROC area", "3-way 2-shot, open set: OSCR"]


@pytest.fixture(scope="module")
def bank(glyph_bank):
    return glyph_bank(14, images=6, size=8)


@pytest.fixture
def protocol(bank) -> Protocol:
    closed, open_set = Episodes(SHAPE, 20), Episodes(SHAPE, 25, open_set=True)
    classes = {"train": (), "val": (), "test": bank.classes}
    return Protocol("made-up", "made-up", classes, val=(closed, open_set), test=(open_set, closed), pairs=9, seed=3)


class Coarse(pixels):
    """It sees three pixels, and its scores have few values, so that many tie."""

    def embed(self, images):
        return images.flatten(1)[:, :3]

    def compare(self, support, query):
        return (super().compare(support, query) * 8).round()


def by_loops(scores, way: int, query: int) -> tuple[float, float]:
    """ROC area and OSCR of one task of scores `[way][query + unknown][way]`."""
    known = [
        (max(row), (row[own] == max(row)) / row.count(max(row))) for own in range(way) for row in scores[own][:query]
    ]
    unknown = [max(row) for own in range(way) for row in scores[own][query:]]
    beats = [[(score > other) + (score == other) / 2 for other in unknown] for score, _ in known]
    pairs = len(known) * len(unknown)
    rates = sum(sum(row) * right for row, (_, right) in zip(beats, known, strict=True))
    return sum(map(sum, beats)) / pairs, rates / pairs


@pytest.mark.parametrize("room", [1, 2**24])
def test_both_figures_are_those_of_plain_loops(bank, protocol, monkeypatch, room):
    monkeypatch.setattr(module, "_COMPARISONS", room)
    learner = Coarse(euclidean(bank.shape))
    found = measure(learner, bank, protocol, "test")
    assert list(found.accuracy) == [*NAMES, "3-way 2-shot"]
    drawn = with_unknown(evaluation_tasks(bank, protocol.test[0], protocol))
    seen = learner.embed(bank.pixels / 255)
    scores = learner.compare(seen[drawn.support], seen[drawn.query])
    expected = [by_loops(task, SHAPE.way, SHAPE.query) for task in scores.tolist()]
    for name, values in zip(NAMES, zip(*expected, strict=True), strict=True):
        assert found.accuracy[name] == pytest.approx(values)
        assert 0.5 < sum(values) / len(values) < 1


def test_unknown_queries_are_of_classes_without_a_support(bank, protocol):
    drawn = with_unknown(evaluation_tasks(bank, protocol.test[0], protocol))
    assert (drawn.support.shape, drawn.query.shape) == ((25, 3, 2), (25, 3, 8))
    for support, query, classes in zip(drawn.support, drawn.query, drawn.classes, strict=True):
        assert torch.equal(bank.label[support], classes[:, None].expand(3, 2))
        assert torch.equal(bank.label[query[:, :4]], classes[:, None].expand(3, 4))
        assert not {*bank.label[query[:, 4:]].flatten().tolist()} & {*classes.tolist()}
        assert len({*bank.label[query[:, 4:]].flatten().tolist()}) == 3


def test_a_task_counts_for_each_of_its_classes(bank, protocol):
    found = measure(Coarse(euclidean(bank.shape)), bank, protocol, "test")
    drawn = evaluation_tasks(bank, protocol.test[0], protocol)
    for name in NAMES:
        counts, values = found.answers[name], found.accuracy[name]
        right = [0.0] * len(bank.classes)
        for classes, value in zip(drawn.classes.tolist(), values, strict=True):
            for one in classes:
                right[one] += value
        assert counts.right == pytest.approx(right, rel=1e-5)
        assert (counts.way, counts.confusions) == (6, [])
        check_answers(counts, len(bank.classes), values)


def test_the_other_kinds_of_task_stay_as_they_are(bank, protocol):
    closed = replace(protocol, test=protocol.test[1:])
    learner = Coarse(euclidean(bank.shape))
    found, before = (measure(learner, bank, one, "test") for one in (protocol, closed))
    assert found.accuracy["3-way 2-shot"] == before.accuracy["3-way 2-shot"]
    assert (found.same, found.different) == (before.same, before.different)


def test_wrong_open_sets_are_refused(bank, protocol):
    large = replace(protocol, test=(Episodes(TaskShape(8, 1, 1), 5, open_set=True),))
    with pytest.raises(RequestError, match="16-way 1-shot tasks need 16 classes, but there are 14"):
        check_tasks(bank, large, "test")
    with pytest.raises(RequestError, match=r"expected first tasks on val that select .*, got '3-way 2-shot, open set'"):
        replace(protocol, val=protocol.val[::-1])
    with pytest.raises(RequestError, match="open_set: expected tasks that are drawn, got the trials official"):
        Episodes(SHAPE, 5, trials="official", open_set=True)

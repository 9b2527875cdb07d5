"""Answers counted in bulk are those of plain loops, ties shared."""

from collections import Counter
from fractions import Fraction

import pytest
import torch

from fewshot.evaluation import answers
from fewshot.evaluation.answers import AnswerCounts, accuracy_of, best_of
from fewshot.records.answers import MOST
from fewshot.records.stored.consistency import check_answers

CLASSES = 9


def drawn(seed: int, *, tasks: int = 12, way: int = 4, query: int = 3, values: int = 3) -> tuple[torch.Tensor, ...]:
    """Classes of tasks `[task way]`, and scores of so few values that many tie."""
    draw = torch.Generator().manual_seed(seed)
    classes = torch.stack([torch.randperm(CLASSES, generator=draw)[:way] for _ in range(tasks)])
    return classes, torch.randint(values, (tasks, way, query, way), generator=draw).float()


@pytest.mark.parametrize("dense", [answers._DENSE, CLASSES**2, CLASSES**2 - 1])
@pytest.mark.parametrize("part", [1, 5, 12])
@pytest.mark.parametrize(("seed", "values"), [(0, 3), (1, 1), (2, 1000), (3, 2)])
def test_answers_are_those_of_plain_loops(seed, values, part, dense, monkeypatch):
    monkeypatch.setattr(answers, "_DENSE", dense)
    classes, scores = drawn(seed, values=values)
    asked, right, beside, wrong = [0] * CLASSES, [Fraction()] * CLASSES, [Fraction()] * CLASSES, Counter()
    for own, task in zip(classes.tolist(), scores.tolist(), strict=True):
        for true, rows in zip(own, task, strict=True):
            for row in rows:
                best = [one for one, score in zip(own, row, strict=True) if score == max(row)]
                asked[true] += 1
                for one in best:
                    wrong[true, one] += Fraction(1, len(best))
                credit = wrong.pop((true, true), Fraction())
                right[true] += credit
                for one in own:
                    beside[one] += credit
    counts, accuracy = AnswerCounts(CLASSES, torch.device("cpu")), []
    for some, few in zip(classes.split(part), scores.split(part), strict=True):
        counts.add(some, best := best_of(few))
        accuracy += accuracy_of(best).tolist()
    found = counts.counts(4, one_group=False)
    assert (found.way, found.one_group, found.asked) == (4, False, asked)
    assert found.right == pytest.approx([float(one) for one in right], rel=1e-5)
    assert found.beside == pytest.approx([float(one) for one in beside], rel=1e-5)
    assert {(one, other): times for one, other, times in found.confusions} == pytest.approx(
        {pair: float(times) for pair, times in wrong.items()}, rel=1e-5
    )
    assert found.confusions == sorted(found.confusions, key=lambda one: (-one[2], one[:2]))
    check_answers(found, CLASSES, accuracy)


def test_of_many_confusions_the_commonest_are_kept():
    way = 50  # as many classes, all pairs of which are confused
    classes = torch.arange(way)[None]
    counts = AnswerCounts(way, torch.device("cpu"))
    counts.add(classes, torch.ones(1, way, 1, way, dtype=torch.bool))
    rare, often = torch.eye(way, dtype=torch.bool)[None, :, None].roll(7, -1), counts.counts(way, one_group=True)
    assert len(often.confusions) == MOST < way * (way - 1)
    for _ in range(3):
        counts.add(classes, rare)
    found = counts.counts(way, one_group=True).confusions
    assert {times for *_, times in found[:way]} == {3.02}
    assert {(true, (true + 7) % way) for true in range(way)} == {pair[:2] for pair in found[:way]}
    assert len(found) == MOST

"""Identification: ranks and scores of probes by hand and by plain loops, and galleries in a measurement."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fewshot.core.errors import NotFinite
from fewshot.core.recipe import TaskShape
from fewshot.data.bank import ImageBank, make_bank
from fewshot.evaluation import identification as module
from fewshot.evaluation.identification import identify
from fewshot.evaluation.measure import measure, works
from fewshot.evaluation.reference_rule import RULES
from fewshot.evaluation.scorer import Scorer
from fewshot.models.learners.hausdorff import hausdorff
from fewshot.models.learners.pixels import pixels
from fewshot.models.similarities.euclidean import euclidean
from fewshot.protocols import Episodes, Protocol
from fewshot.tasks.galleries import gallery_of

TASKS = (Episodes(TaskShape(2, 1, 1), 2),)


def protocol(*gallery: int, probes: int = 5) -> Protocol:
    classes = {"train": (), "val": (), "test": ()}
    return Protocol("made-up", "made-up", classes, TASKS, TASKS, pairs=2, seed=3, gallery=gallery, probes=probes)


def bank_of(places: list[list[int]]) -> ImageBank:
    """Classes whose images are one pixel of these values."""
    label = np.repeat(np.arange(len(places)), [*map(len, places)])
    names = {"classes": tuple(f"class{number}" for number in range(len(places))), "groups": ("a",), "authors": ("b",)}
    return make_bank(np.concatenate(places).astype(np.uint8)[:, None, None, None], label, 0 * label, 0 * label, **names)


def scorer_of(bank: ImageBank) -> Scorer:
    return Scorer(pixels(euclidean(bank.shape)), bank)


def test_a_tie_with_another_identity_counts_against_the_probe():
    bank = bank_of([[0, 0], [0, 0], [255, 255], [51]])
    [found] = identify(scorer_of(bank), protocol(1))
    assert (found.references, found.identities, found.probes) == (1, 4, [1, 1, 1, 0])
    assert found.rank == [2, 2, 1]
    assert found.own == [0, 0, 0]
    assert found.other == pytest.approx([0, 0, -0.8], abs=1e-5)


def by_loops(bank: ImageBank, kind: Protocol, references: int, rule: str) -> tuple[list, list, list]:
    drawn, values = gallery_of(bank, kind, references), bank.pixels.double().flatten(1) / 255
    ranks, mine, others = [], [], []
    for probe, own in zip(drawn.probes.tolist(), drawn.own.tolist(), strict=True):
        scores = []
        for images in drawn.references.tolist():
            each = [-(values[probe] - values[image]).norm().item() for image in images]
            of_mean = -(values[probe] - values[images].mean(0)).norm().item()
            scores.append(
                {"mean_score": sum(each) / len(each), "max_score": max(each), "mean_embedding": of_mean}[rule]
            )
        rest = scores[:own] + scores[own + 1 :]
        ranks.append(1 + sum(one >= scores[own] for one in rest))
        mine.append(scores[own])
        others.append(max(rest))
    return ranks, mine, others


@pytest.mark.parametrize("room", [1, 100, 2**24])
@pytest.mark.parametrize("rule", RULES)
def test_ranks_and_scores_are_those_of_plain_loops(glyph_bank, monkeypatch, room, rule):
    monkeypatch.setattr(module, "NUMBERS", room)
    bank, kind = glyph_bank(5, images=[2, 6, 7, 3, 9], size=3, groups=1, authors=1), protocol(1, 3)
    for found in identify(scorer_of(bank), kind, rule):
        ranks, mine, others = by_loops(bank, kind, found.references, rule)
        assert (found.rank, sum(found.probes)) == (ranks, len(ranks))
        assert found.own == pytest.approx(mine, abs=1e-5)
        assert found.other == pytest.approx(others, abs=1e-5)


def test_a_measurement_holds_each_gallery_and_reports_its_work(glyph_bank):
    bank, kind, done = glyph_bank(5, images=4, groups=1, authors=1), protocol(1, 2), []
    learner = pixels(euclidean(bank.shape))
    kind = replace(kind, classes=kind.classes | {"test": bank.classes})
    found = measure(learner, bank, kind, "test", progress=done.append)
    assert [one.references for one in found.identified] == [1, 2]
    assert (done[-1], len(done)) == ("identification", works(learner, kind, "test"))


def test_a_learner_that_does_not_embed_one_by_one_has_no_gallery(glyph_bank):
    assert identify(Scorer(hausdorff(), glyph_bank(3, images=4, groups=1, authors=1)), protocol(1)) == ()


def test_a_score_that_is_not_finite_is_an_error(glyph_bank):
    bank = glyph_bank(3, images=4, groups=1, authors=1)
    scorer = scorer_of(bank)
    scorer.embeddings[0] = torch.nan
    with pytest.raises(NotFinite, match="of 27 scores are not finite"):
        identify(scorer, protocol(1))

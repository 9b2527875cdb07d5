"""Accuracy with ties, and scoring every episode from embeddings made once."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
import torch

from fewshot.core.errors import NotFinite
from fewshot.core.recipe import TaskShape
from fewshot.core.statistics.roc import equal_error_rate, roc_area
from fewshot.core.types import Tasks
from fewshot.data.class_lists.omniglot_trials import official_runs
from fewshot.data.datasets.omniglot import omniglot
from fewshot.evaluation import scorer as module
from fewshot.evaluation.measure import accuracy, best_threshold, measure, selection_accuracy, selection_tasks
from fewshot.evaluation.scorer import Scorer
from fewshot.models.backbones.conv4 import conv4
from fewshot.models.learners.pixels import pixels
from fewshot.models.learners.siamese import siamese
from fewshot.models.similarities.euclidean import euclidean
from fewshot.protocols import Episodes, Protocol, load_protocol
from fewshot.records.stored.consistency import check_answers, check_pairs
from fewshot.tasks.fixed import evaluation_tasks, verification_pairs, verification_tasks

TASK, WAY, QUERY = 3, 5, 4
SHAPE = TaskShape(way=5, shot=2, query=3)


@pytest.fixture(scope="module")
def bank(glyph_bank):
    return glyph_bank(14, images=6, size=8)


@pytest.fixture
def protocol(bank) -> Protocol:
    many, few = Episodes(SHAPE, 40), Episodes(TaskShape(4, 1, 2), 30)
    classes = {"train": (), "val": (), "test": bank.classes}
    return Protocol("made-up", "made-up", classes, val=(many,), test=(few, many), pairs=50, seed=3)


def network(bank) -> siamese:
    torch.manual_seed(0)
    encoder = conv4(bank.shape, widths=(4, 6))
    return siamese(encoder, euclidean(encoder.shape))


# Accuracy


def test_perfect_and_always_wrong():
    own = torch.eye(WAY)[None, :, None].expand(TASK, WAY, QUERY, WAY)
    assert accuracy(own).tolist() == [1.0] * TASK
    assert accuracy(-own).tolist() == [0.0] * TASK


@pytest.mark.parametrize("way", [2, 5, 7, 20])
@pytest.mark.parametrize("value", [0.0, -3.5, 1e30])
def test_a_constant_scorer_is_at_chance(way, value):
    assert accuracy(torch.full((TASK, way, QUERY, way), value)).tolist() == pytest.approx([1 / way] * TASK, abs=1e-15)


def test_a_scorer_that_names_the_first_or_the_last_candidate_is_at_chance():
    index = torch.arange(float(WAY)).expand(TASK, WAY, QUERY, WAY)
    for scores in (index, -index):
        assert accuracy(scores).tolist() == pytest.approx([1 / WAY] * TASK, abs=1e-15)


def test_classes_that_tie_share_the_credit():
    rows = [[[3, 3, 1], [2, 0, 1]], [[0, 1, 1], [5, 4, 5]], [[7, 7, 7], [0, 0, 1]]]
    # Shares of the own class, row by row: 1/2, 1; 1/2, 0; 1/3, 1.
    assert accuracy(torch.tensor([rows]).float()).tolist() == pytest.approx(
        [(1 / 2 + 1 + 1 / 2 + 0 + 1 / 3 + 1) / 6], abs=1e-15
    )


def test_each_task_has_its_own_accuracy():
    own = torch.eye(WAY)[:, None].expand(WAY, QUERY, WAY)
    assert accuracy(torch.stack([own, -own, own])).tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_score_that_is_not_finite_is_an_error(value):
    scores = torch.zeros(TASK, WAY, QUERY, WAY)
    scores[1, 2, 3, 0] = value
    with pytest.raises(NotFinite, match="1 of 300 scores are not finite"):
        accuracy(scores)


# Scoring


def test_every_image_is_embedded_once(bank, protocol):
    learner, seen = network(bank), []
    learner.encoder.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    measure(learner, bank, protocol, "test")
    seen = torch.cat(seen)
    assert len(seen) == len(bank)
    assert torch.equal(seen, bank.pixels / 255)


def test_a_module_is_evaluated_with_the_statistics_of_its_training(bank, protocol):
    learner = network(bank).train()
    before = {name: value.clone() for name, value in learner.state_dict().items()}
    measure(learner, bank, protocol, "test")
    for name, value in learner.state_dict().items():
        assert torch.equal(value, before[name]), name


# A whole evaluation


def test_each_stage_measures_its_tasks_and_pairs(bank, protocol):
    heard = []
    found = measure(pixels(euclidean(bank.shape)), bank, protocol, "test", progress=heard.append)
    assert {name: len(values) for name, values in found.accuracy.items()} == {"4-way 1-shot": 30, "5-way 2-shot": 40}
    assert heard == ["embedding", "4-way 1-shot", "5-way 2-shot", "verification"]
    assert (len(found.same), len(found.different)) == (50, 50)
    assert list(measure(pixels(euclidean(bank.shape)), bank, protocol, "val").accuracy) == ["5-way 2-shot"]


@pytest.mark.parametrize("room", [1, 2**22])
def test_answers_are_those_of_all_scores(bank, protocol, monkeypatch, room):
    """Of a learner that prefers other classes, by few values, so that many tie; and of its variant."""
    monkeypatch.setattr(module, "_SCORES", room)

    class Coarse(pixels):
        def compare(self, support, query):
            return -super().compare(support, query).round()

        def variants(self):
            return {"plain": pixels(self.similarity)}

    found = measure(learner := Coarse(euclidean(bank.shape)), bank, protocol, "test")
    assert found.answers.keys() == found.accuracy.keys() > {"4-way 1-shot", "4-way 1-shot, plain"}
    assert found.classes == bank.classes
    ties = 0
    for name, one in (("", learner), (", plain", learner.variants()["plain"])):
        for episodes in protocol.test:
            drawn, kind = evaluation_tasks(bank, episodes, protocol), f"{episodes.name}{name}"
            with torch.inference_mode():
                scores = Scorer(one, bank).all(drawn)
            right, counts = [0.0] * len(bank.classes), found.answers[kind]
            for classes, task in zip(drawn.classes.tolist(), scores.tolist(), strict=True):
                for own, (true, rows) in enumerate(zip(classes, task, strict=True)):
                    for row in rows:
                        right[true] += (row[own] == max(row)) / row.count(max(row))
                        ties += row.count(max(row)) > 1
            assert counts.right == pytest.approx(right, rel=1e-5)
            assert counts.asked == (torch.bincount(drawn.classes.flatten()) * episodes.shape.query).tolist()
            assert (counts.way, counts.one_group) == (episodes.shape.way, False)
            check_answers(counts, len(bank.classes), found.accuracy[kind])
    assert ties > 20


def test_pairs_have_the_classes_of_their_images(bank, protocol):
    found = measure(pixels(euclidean(bank.shape)), bank, protocol, "test").pair_classes
    drawn = verification_tasks(bank, protocol, "test")
    labels = [bank.label[images[:, way, 0]].tolist() for images, way in ((drawn.query, 2), (drawn.support, 1))]
    assert found.different == [*zip(*labels, strict=True)]
    assert found.same == bank.label[drawn.query[:, 0, 0]].tolist() == bank.label[drawn.support[:, 0, 0]].tolist()
    check_pairs(found, len(bank.classes), protocol.pairs, protocol.pairs)


def test_official_trials_keep_their_scores_and_answers(omniglot_data):
    lake = load_protocol("lake")
    bank = omniglot(lake.classes["test"], 28, omniglot_data)
    found = measure(learner := pixels(euclidean(bank.shape)), bank, lake, "test")
    (kind,) = found.answers
    trials = found.answers[kind]
    assert [[bank.classes[one] for one in run] for run in trials.classes] == [[*run.support] for run in official_runs()]
    with torch.inference_mode():
        scores = Scorer(learner, bank).all(evaluation_tasks(bank, lake.test[0], lake))[:, :, 0]
    torch.testing.assert_close(torch.tensor(trials.scores), scores, rtol=1e-4, atol=0)
    first = torch.tensor(trials.classes).gather(1, scores.argmax(-1))
    assert trials.answered == first.tolist()
    assert trials.accuracy() == pytest.approx(found.accuracy[kind])
    counts = trials.counts(len(bank.classes))
    assert (sum(counts.asked), counts.one_group) == (400, True)
    assert {bank.classes[number] for number, one in enumerate(counts.asked) if one} == {*lake.seen_in("test")}
    check_answers(counts, len(bank.classes), found.accuracy[kind])


def test_variants_of_a_learner_are_measured_on_the_same_episodes_under_their_label(bank, protocol):
    class Varied(pixels):
        """Its variant is always wrong, and embeds too."""

        def variants(self):
            return {"reversed": Reversed(self.similarity)}

    class Reversed(pixels):
        def compare(self, support, query):
            return -super().compare(support, query)

    heard, plain = [], measure(pixels(euclidean(bank.shape)), bank, protocol, "test")
    found = measure(Varied(euclidean(bank.shape)), bank, protocol, "test", progress=heard.append)
    kinds = ["4-way 1-shot", "5-way 2-shot"]
    assert list(found.accuracy) == [*kinds, *(f"{kind}, reversed" for kind in kinds)]
    assert heard == ["embedding", *found.accuracy, "verification"]
    assert {kind: found.accuracy[kind] for kind in kinds} == plain.accuracy
    assert (found.same, found.different) == (plain.same, plain.different)
    for kind in kinds:
        own, other = found.accuracy[kind], found.accuracy[f"{kind}, reversed"]
        assert len(own) == len(other)
        assert sum(own) / len(own) > 0.9
        assert sum(other) / len(other) < 0.1
    drawn = selection_tasks(bank, protocol)
    assert selection_accuracy(Varied(euclidean(bank.shape)), bank, drawn) > 0.9


def test_verification_pairs_are_of_one_class_and_of_two(bank, protocol):
    class Oracle:
        """Knows the patterns by heart."""

        transductive = False

        def scores(self, tasks: Tasks) -> torch.Tensor:
            table = {
                tuple(image.flatten().tolist()): label
                for image, label in zip(bank.pixels / 255, bank.label, strict=True)
            }
            support, query = (
                torch.tensor([[table[tuple(way[0].flatten().tolist())] for way in task] for task in images])
                for images in (tasks.support, tasks.query)
            )
            return (query[:, :, None] == support[:, None]).float()[:, :, None]

    few = Protocol("few", "few", protocol.classes, val=(Episodes(TaskShape(4, 1, 1), 5),), test=(), pairs=50, seed=3)
    found = measure(Oracle(), bank, few, "val")
    assert (set(found.same), set(found.different)) == ({1.0}, {0.0})
    assert (roc_area(found.same, found.different), equal_error_rate(found.same, found.different)) == (1.0, 0.0)


def test_a_learner_gone_wrong_is_an_error(bank, protocol):
    learner = network(bank)
    learner.encoder.blocks[0].weight.data.fill_(torch.nan)
    with pytest.raises(NotFinite):
        measure(learner, bank, protocol, "test")


def test_a_checkpoint_is_chosen_by_the_first_val_tasks(bank, protocol):
    learner = pixels(euclidean(bank.shape))
    drawn = selection_tasks(bank, protocol)
    assert (len(drawn), drawn.query.shape[1:]) == (40, (5, 3))
    measured = measure(learner, bank, protocol, "val").accuracy["5-way 2-shot"]
    assert selection_accuracy(learner, bank, drawn) == pytest.approx(sum(measured) / 40)


# Verification by a threshold


@pytest.mark.parametrize(
    ("same", "different", "threshold"),
    [
        ([3, 2], [0, 1], 1.5),
        ([0, 1], [3, 2], 0.0),  # all the wrong way: all are the same
        ([1, 1], [1, 1], 1.0),
        ([5], [-5], 0.0),
        ([2, 4, 6], [1, 3, 5], 1.5),  # 1.5, 3.5 and 5.5 are equally good
        ([4, 2], [3, 1], 1.5),  # 1.5 and 3.5 are
        ([9, 9, 1], [0, 2, 2, 2, 2], 5.5),
        ([9], [0, 0, 0, 8, 8], 8.5),
    ],
)
def test_the_best_threshold_of_hand_cases(same, different, threshold):
    assert best_threshold(same, different) == threshold


def share_right(threshold: float, same: list[float], different: list[float]) -> Fraction:
    """Mean of the shares of the same-class and of the different-class pairs that are told."""
    shares = Fraction(sum(one >= threshold for one in same), len(same))
    return (shares + Fraction(sum(one < threshold for one in different), len(different))) / 2


def test_the_best_threshold_is_the_lowest_of_the_best_of_all():
    draw = torch.Generator().manual_seed(0)
    for number in range(300):
        counts = torch.randint(1, 30, (2,), generator=draw).tolist() if number % 2 else [49, 49]  # 1/49 is no float
        same, different = (torch.randint(0, 12, (count,), generator=draw).float().tolist() for count in counts)
        scores = sorted({*same, *different})
        every = [scores[0], *((low + high) / 2 for low, high in pairwise(scores))]
        best = max(share_right(one, same, different) for one in every)
        expected = min(one for one in every if share_right(one, same, different) == best)
        assert best_threshold(same, different) == expected


class Shifted:
    """Scores that are right but for a shift, and how many images it was given."""

    transductive = False

    def __init__(self, shift: float) -> None:
        self.shift = shift

    def embed(self, images):
        return images.flatten(1)

    def compare(self, support, query):
        near = -torch.cdist(query.flatten(1, 2), support.mean(2)).unflatten(1, query.shape[1:3])
        return near + self.shift

    def scores(self, tasks): ...


@pytest.fixture
def shifting(bank, glyph_bank):
    """A protocol with a threshold, a val bank, and a learner whose scores are 100 higher on val's images."""
    val = glyph_bank(8, images=6, size=8)
    dim = Episodes(TaskShape(4, 1, 1), 10)
    classes = {"train": (), "val": val.classes, "test": bank.classes}
    protocol = Protocol("few", "few", classes, val=(dim,), test=(dim,), pairs=60, seed=3, verify=True)

    class Shifting(Shifted):
        def embed(self, images):
            self.shift = 100.0 if len(images) == len(val) else 0.0
            return super().embed(images)

    return protocol, val, Shifting


def test_verification_on_test_is_by_the_threshold_of_val(bank, shifting):
    protocol, val, shifts = shifting
    fair = measure(Shifted(0.0), bank, protocol, "test", val=val).accuracy["verification"]
    assert len(fair) == 2 * protocol.pairs
    assert sum(fair) / len(fair) > 0.9
    off = measure(shifts(0.0), bank, protocol, "test", val=val)
    assert off.accuracy["verification"] == [0.0] * 60 + [1.0] * 60  # no test score reaches val's threshold
    assert roc_area(off.same, off.different) > 0.9


def test_the_threshold_comes_from_vals_pairs_and_no_others(bank, shifting):
    protocol, val, _ = shifting
    learner = Shifted(0.0)
    found = measure(learner, bank, protocol, "test", val=val)
    with torch.inference_mode():
        threshold = best_threshold(*Scorer(learner, val).pairs(verification_pairs(val, protocol, "val")))
    right = [one >= threshold for one in found.same] + [one < threshold for one in found.different]
    assert found.accuracy["verification"] == [float(one) for one in right]
    assert list(found.accuracy) == ["4-way 1-shot", "verification"]


def test_on_val_the_threshold_is_that_of_its_own_pairs(shifting):
    protocol, val, shifts = shifting
    alone = measure(shifts(0.0), val, protocol, "val")
    assert measure(shifts(0.0), val, protocol, "val", val=val) == alone
    best = share_right(best_threshold(alone.same, alone.different), alone.same, alone.different)
    assert sum(alone.accuracy["verification"]) / 120 == pytest.approx(float(best))
    assert "verification" not in measure(shifts(0.0), val, replace(protocol, verify=False), "val").accuracy

"""Equal errors with several references: by plain loops, the same for any order of classes, and their spread."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fewshot.core.errors import NotFinite, RequestError
from fewshot.core.recipe import TaskShape
from fewshot.core.spec.names import FORGED, RANDOM
from fewshot.core.statistics.roc import equal_error_rate
from fewshot.evaluation import references as module
from fewshot.evaluation.operating_points import choose_rule
from fewshot.evaluation.reference_rule import RULES
from fewshot.evaluation.references import DRAWS, reference_errors
from fewshot.evaluation.scorer import Scorer
from fewshot.models.learners.siamese import siamese
from fewshot.models.similarities.euclidean import euclidean
from fewshot.protocols import Episodes, PairLists, Protocol
from fewshot.suites.suite import read_suite
from fewshot.tasks.fixed import check_tasks
from fewshot.tasks.images import chooses_on_val

DIM = 3


@pytest.fixture(scope="module")
def bank(glyph_bank):
    """Four classes of five genuine images and three forgeries."""
    bank = glyph_bank(4, images=8, groups=1)
    return replace(bank, forged=torch.arange(len(bank)) % 8 >= 5)


@pytest.fixture(scope="module")
def embeddings(bank):
    draw = torch.Generator().manual_seed(1)
    noise = torch.rand(len(bank), DIM, generator=draw)
    return noise + torch.nn.functional.one_hot(bank.label, 4)[:, :DIM] + 0.3 * bank.forged[:, None]


def protocol(bank, *references: int) -> Protocol:
    kind = (Episodes(TaskShape(2, 1, 1), 10),)
    classes = {"train": (), "val": bank.classes, "test": bank.classes}
    return Protocol("made-up", "made-up", classes, kind, kind, 0, 1, forgeries=True, references=references)


def score(references, probes):
    return -torch.cdist(probes.flatten(1, 2), references[:, :, 0]).unflatten(1, probes.shape[1:3])


class Known(Scorer):
    """A scorer whose embeddings are given."""

    pair_score = staticmethod(score)

    def __init__(self, embeddings, bank):
        self.embeddings, self.bank = embeddings, bank


def errors(embeddings, bank, posed: Protocol):
    return reference_errors(Known(embeddings, bank), posed)


def test_equal_errors_by_plain_loops(bank, embeddings):
    found = errors(embeddings, bank, protocol(bank, 1, 3))
    assert {role: [*rules] for role, rules in found.items()} == {FORGED: [*RULES], RANDOM: [*RULES]}
    one = {rule: numbers["1"] for rule, numbers in found[FORGED].items()}
    assert one["mean_embedding"] == pytest.approx(one["mean_score"])
    assert one["mean_score"] == one["max_score"]
    mated, others = [], {FORGED: [], RANDOM: []}
    for label in range(4):
        references, probes = module._references(bank, protocol(bank), label, 3)
        assert references.shape == (DRAWS, 3)
        assert (torch.cat([references, probes[""]], 1).sort(1).values == torch.arange(8 * label, 8 * label + 5)).all()
        assert len(references.sort(1).values.unique(dim=0)) > 1
        for draw in range(DRAWS):
            for role, kept in {"": mated, **others}.items():
                for probe in probes[role][draw]:
                    apart = (embeddings[references[draw]] - embeddings[probe]).norm(dim=1)
                    kept.append(-apart.min().item())
    for role, scores in others.items():
        by_class = found[role]["max_score"]["3"]
        assert np.mean(by_class) == pytest.approx(equal_error_rate(mated, scores), abs=1e-5)
    assert len(others[FORGED]) == 4 * DRAWS * 3
    assert len(others[RANDOM]) == 4 * DRAWS * 3 * 5


def test_the_draws_of_a_class_do_not_depend_on_other_classes(bank, embeddings):
    found = errors(embeddings, bank, protocol(bank, 2))
    image = torch.cat([torch.arange(8, 32), torch.arange(8)])
    names = bank.classes
    turned = replace(
        bank,
        label=(bank.label[image] - 1) % 4,
        forged=bank.forged[image],
        pixels=bank.pixels[image],
        classes=(*names[1:], names[0]),
    )
    again = errors(embeddings[image], turned, protocol(bank, 2))
    for role, rules in found.items():
        for rule, numbers in rules.items():
            assert again[role][rule]["2"] == pytest.approx(numbers["2"][1:] + numbers["2"][:1])


def test_a_class_with_all_errors_has_all_of_their_spread(bank, embeddings):
    apart = 10.0 * torch.nn.functional.one_hot(bank.label).float() + bank.forged[:, None]
    assert {*np.ravel(errors(apart, bank, protocol(bank, 2))[FORGED]["max_score"]["2"])} == {0}
    apart[bank.label == 2] = 10 * torch.tensor([0, 0, 1.0, 0])  # its forgeries are as its genuine images
    values = errors(apart, bank, protocol(bank, 2))[FORGED]["max_score"]["2"]
    assert max(values) == values[2] > 0.3


def test_a_class_moves_with_its_images_as_probes_of_another_too():
    """An image of the second class is accepted as one of the first."""
    mated = [torch.ones(1, 1)] * 3
    others = [torch.tensor([[2.0, 0.0]]), torch.zeros(1, 2), torch.zeros(1, 2)]
    makers = [torch.tensor([[1, 2]]), torch.tensor([[0, 2]]), torch.tensor([[0, 1]])]
    claimed, maker, neither = module._by_class(mated, others, makers)
    assert claimed == pytest.approx(maker)
    assert claimed > neither


def test_scores_that_are_not_finite_are_an_error(bank, embeddings):
    with pytest.raises(NotFinite):
        errors(embeddings / 0, bank, protocol(bank, 1))


def test_val_with_forgeries_chooses_thresholds(bank):
    (spec,) = read_suite("quickstart").only(["learner=pixels"]).specs
    assert chooses_on_val(spec, protocol(bank, 1))
    assert not chooses_on_val(spec, replace(protocol(bank, 1), forgeries=False, lists=PairLists({})))


def test_a_class_with_too_few_images_is_refused(bank):
    check_tasks(bank, protocol(bank, 1, 4), "val")
    with pytest.raises(
        RequestError, match="references: expected fewer than the 5 genuine images of group0/glyph0, got 5"
    ):
        check_tasks(bank, protocol(bank, 5), "val")
    with pytest.raises(RequestError, match="references: expected a number from 1"):
        protocol(bank, 0)


class Drawn(torch.nn.Module):
    """Embeddings of images by their first pixels."""

    shape = (2,)

    def forward(self, images):
        return images.flatten(1)[:, :2]


def test_forgeries_have_a_say_in_the_rule(bank):
    """Genuine images are of two kinds far apart; forgeries are between them, where the mean is."""
    pixels = torch.zeros(len(bank), 1, 2, 2, dtype=torch.uint8)
    for image in range(len(bank)):
        label, number = divmod(image, 8)
        place = (0, 120)[number % 2] if number < 5 else 60
        pixels[image, 0, 0] = torch.tensor([place + number % 3, 60 * label])
    learner = siamese(Drawn(), euclidean((2,)))
    val = replace(bank, pixels=pixels)
    assert choose_rule(Scorer(learner, val), protocol(bank)) == "max_score"

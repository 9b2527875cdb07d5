"""Raw pixels as embeddings."""

import torch

from fewshot.core.types import Tasks
from fewshot.data.datasets.omniglot import omniglot
from fewshot.evaluation.scorer import Scorer
from fewshot.models.learners.pixels import pixels
from fewshot.models.similarities.cosine import cosine
from fewshot.models.similarities.euclidean import euclidean
from fewshot.protocols import load_protocol
from fewshot.tasks.fixed import official


def test_a_score_is_the_similarity_of_two_images():
    support, query = torch.rand(2, 5, 1, 1, 3, 4), torch.rand(2, 5, 4, 1, 3, 4)
    found = pixels(euclidean((1, 3, 4))).scores(Tasks(support, query, torch.arange(5).expand(2, 5)))
    assert found.shape == (2, 5, 4, 5)
    torch.testing.assert_close(found[1, 2, 3, 4], -(query[1, 2, 3] - support[1, 4, 0]).norm())


def test_the_shot_rules():
    support, query = torch.rand(2, 5, 3, 1, 3, 4), torch.rand(2, 5, 4, 1, 3, 4)
    tasks, similarity = Tasks(support, query, torch.arange(5).expand(2, 5)), euclidean((1, 3, 4))
    apart = [-(query[1, 2, 3] - one).norm() for one in support[1, 4]]
    torch.testing.assert_close(pixels(similarity).scores(tasks)[1, 2, 3, 4], sum(apart) / 3)
    centre = -(query[1, 2, 3] - support[1, 4].mean(0)).norm()
    torch.testing.assert_close(pixels(similarity, "mean_embedding").scores(tasks)[1, 2, 3, 4], centre)


def test_the_official_trials(omniglot_data):
    """87 of 400 right at 105 px by cosine, as counted outside this package."""
    bank = omniglot(load_protocol("lake").classes["test"], 105, omniglot_data)
    trials = official(bank)
    with torch.inference_mode():
        found = Scorer(pixels(cosine(bank.shape)), bank).accuracies(trials)
    assert sum(found) * 20 == 87

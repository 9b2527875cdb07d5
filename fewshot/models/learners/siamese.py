"""One encoder for both images, and a similarity of their embeddings (Bromley et al. 1993, Koch et al. 2015)."""

import torch
from torch import nn

from fewshot.core.affine import affine_matrices, warp
from fewshot.core.checks import between, of_type
from fewshot.core.rng import random_bits, uniform
from fewshot.core.types import Batch, Embeddings, Images, Loss, Query, Scalar, Scores, Similarity, Support, Tasks
from fewshot.models.learners import Network, learner
from fewshot.models.shot_rules import scores_by

MOST = 64  # views


@learner(trained=True, of_pairs=True, of_forgeries=True, later=["views"])
class siamese(Network):
    """A learner that embeds every image alone and scores a query against a class by `shot_rule`.

    Of several `views`, an embedding is the mean of those of the image and of copies of it, each distorted as in Koch et
    al. 2015 by an affine map of its own, the same for all images; training sees no views.
    """

    transductive = False

    def __init__(
        self, encoder: nn.Module, similarity: Similarity, shot_rule: str = "mean_score", *, views: int = 1
    ) -> None:
        super().__init__()
        of_type(int, views=views)
        between(1, MOST, views=views)
        self.encoder, self.similarity, self.shot_rule = encoder, similarity, shot_rule
        drawn = uniform(random_bits(0, "views", torch.arange(views - 1), 14))
        self.register_buffer("maps", affine_matrices(drawn[None], 1.0)[0], persistent=False)

    def objective(self, batch: Batch, loss: Loss) -> Scalar:
        """The loss of tasks or pairs; all images are embedded in one call and compared in float32."""
        embedded = self.encoder(batch.images)
        with torch.autocast(embedded.device.type, enabled=False):
            given = (*batch.split(embedded.float()), self.similarity, batch.classes)
            return loss(*given, forged=batch.forged) if batch.forged else loss(*given)

    def embed(self, images: Images) -> Embeddings:
        """Embeddings of images, each the mean of all views."""
        views = [self.encoder(images), *(self.encoder(warp(images, one[None])) for one in self.maps)]
        return torch.stack(views).mean(0) if len(views) > 1 else views[0]

    def compare(self, support: Support, query: Query) -> Scores:
        """Scores of embedded tasks."""
        return scores_by(self.shot_rule, support, query, self.similarity)

    def verify(self, support: Support, query: Query) -> Scores:
        """Scores of embedded tasks by the similarity alone, so that a pair's score depends on no other class."""
        return scores_by("mean_score", support, query, self.similarity)

    def scores(self, tasks: Tasks) -> Scores:
        """Scores of tasks of images."""
        embedded = [
            self.embed(images.flatten(0, 2)).float().unflatten(0, images.shape[:3])
            for images in (tasks.support, tasks.query)
        ]
        return self.compare(*embedded)

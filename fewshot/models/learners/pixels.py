"""Nearest neighbour among raw pixels, without training."""

from fewshot.core.types import Embeddings, Images, Query, Scores, Similarity, Support, Tasks
from fewshot.models.learners import learner
from fewshot.models.shot_rules import scores_by


@learner(default_similarity="cosine")
class pixels:
    """The similarity of the images themselves."""

    transductive = False

    def __init__(self, similarity: Similarity, shot_rule: str = "mean_score") -> None:
        self.similarity, self.shot_rule = similarity, shot_rule

    def embed(self, images: Images) -> Embeddings:
        """The pixels of images, flat."""
        return images.flatten(1)

    def compare(self, support: Support, query: Query) -> Scores:
        """Scores of tasks of flat images."""
        return scores_by(self.shot_rule, support, query, self.similarity)

    def scores(self, tasks: Tasks) -> Scores:
        """Scores of tasks of images."""
        return self.compare(tasks.support.flatten(3), tasks.query.flatten(3))

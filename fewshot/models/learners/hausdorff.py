"""Modified Hausdorff distance between ink points, without training (Dubuisson and Jain 1994)."""

import torch
from jaxtyping import Float
from torch import Tensor

from fewshot.core.types import Scores, Tasks
from fewshot.models.learners import learner


@learner
class hausdorff:
    """Negative of the larger of the two mean distances from a point to the other image's nearest point; both images
    are centred."""

    transductive = False

    def scores(self, tasks: Tasks) -> Scores:
        """Scores of tasks of images. Pixels above one half are points; an image without any has one at its centre."""
        task, way, shot = tasks.support.shape[:3]
        support, query = (
            [_points(image) for image in images.flatten(0, 2).amax(1)] for images in (tasks.support, tasks.query)
        )
        candidates = [support[way * shot * number : way * shot * (number + 1)] for number in range(task)]
        each = len(query) // task
        distances = [_distance(one, other) for i, one in enumerate(query) for other in candidates[i // each]]
        return -torch.stack(distances).view(task, way, -1, way, shot).mean(-1)


def _points(image: Float[Tensor, "height width"]) -> Float[Tensor, "point axis"]:
    place = (image > 0.5).nonzero().float()
    return place - place.mean(0) if len(place) else place.new_zeros(1, 2)


def _distance(one: Float[Tensor, "point axis"], other: Float[Tensor, "others axis"]) -> Float[Tensor, ""]:
    square = (one[:, :1] - other[:, 0]).square_().add_((one[:, 1:] - other[:, 1]).square_())
    return torch.maximum(square.amin(0).sqrt().mean(), square.amin(1).sqrt().mean())

"""Modified Hausdorff distance between ink points, without training (Dubuisson and Jain 1994)."""

import torch
from jaxtyping import Float
from torch import Tensor

from fewshot.contracts import Scores, Tasks
from fewshot.learners import learner


@learner
class hausdorff:
    """Minus the larger of the two mean distances from a point to the other image's nearest, both images centred."""

    transductive = False

    def scores(self, tasks: Tasks) -> Scores:
        """Scores of tasks of images; ink is where a pixel is above one half."""
        support, query = (_points(images) for images in (tasks.support, tasks.query))
        scores = [
            torch.stack([_distance(image, candidates) for image in images]).neg()
            for candidates, images in zip(support, query, strict=True)
        ]
        task, way, shot = tasks.support.shape[:3]
        return torch.stack(scores).view(task, way, -1, way, shot).mean(-1)


def _points(images: Float[Tensor, "task way shot channel height width"]) -> Float[Tensor, "task image point axis"]:
    ink = images.flatten(0, 2).amax(1) > 0.5
    points = [place - place.mean(0) for place in (image.nonzero().float() for image in ink)]
    padded = torch.nn.utils.rnn.pad_sequence(points, batch_first=True, padding_value=torch.nan)
    return padded.unflatten(0, (len(images), -1))


def _distance(one: Float[Tensor, "point axis"], many: Float[Tensor, "image other axis"]) -> Float[Tensor, " image"]:
    one = one[~one[:, 0].isnan()]
    missing = many[..., 0].isnan()
    apart = torch.cdist(one, many.nan_to_num(), compute_mode="donot_use_mm_for_euclid_dist")
    there = apart.masked_fill(missing[:, None], torch.inf).amin(2).mean(1)
    back = apart.amin(1).masked_fill(missing, 0).sum(1) / (~missing).sum(1)
    return torch.maximum(there, back)

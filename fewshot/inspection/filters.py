"""The filters of a network's first convolution."""

import numpy as np
from jaxtyping import Float
from torch import nn

from fewshot.core.errors import RequestError
from fewshot.core.types import Learner


def first_filters(learner: Learner) -> Float[np.ndarray, "filter channel height width"]:
    """The weights of the first convolution that sees an area. Raises `RequestError` for a network without any."""
    for module in learner.modules() if isinstance(learner, nn.Module) else ():
        if isinstance(module, nn.Conv2d) and max(module.kernel_size) > 1:
            return module.weight.detach().float().numpy()
    raise RequestError("needs a network with a convolution")

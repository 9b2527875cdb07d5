"""The filters of a network's first convolution, on one scale of grey or as colours."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from torch import nn

from fewshot.core.errors import RequestError
from fewshot.core.types import Learner
from fewshot.inspection.figures import thumbnails
from fewshot.inspection.figures.shown import named, shown_network
from fewshot.reporting.figures.given import Given, LeftOut
from fewshot.reporting.figures.page import text_size as words
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import put_remark, sheet
from fewshot.verification.network import learner_of

NEEDS = "needs the kept network of a training"
SHOWN = (1, 3)  # channels of filters that can be seen
MOST, LEAST = 64, 0.26  # filters, and inches of one


def data(given: Given) -> list[dict]:
    """A row with the filters, those with the largest weights first."""
    record, network = shown_network(given)
    try:
        weights = first_filters(learner_of(network))
    except RequestError as reason:
        raise LeftOut(str(reason)) from reason
    many, channels, high, wide = weights.shape
    if channels not in SHOWN:
        raise LeftOut(f"needs a first convolution of grey or of colours, got one of {channels} channels")
    order = np.argsort(-np.abs(weights).sum((1, 2, 3)), kind="stable")[:MOST]
    return [{"run": named(record), "filters": many, "sides": [high, wide], "weights": weights[order],
             "records": [record.id]}]  # fmt: skip


def first_filters(learner: Learner) -> Float[np.ndarray, "filter channel height width"]:
    """The weights of the first convolution that sees an area. Raises `RequestError` for a network without any."""
    for module in learner.modules() if isinstance(learner, nn.Module) else ():
        if isinstance(module, nn.Conv2d) and max(module.kernel_size) > 1:
            return module.weight.detach().float().numpy()
    raise RequestError("needs a network with a convolution")


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Filters side by side; grey is 0, white the largest weight of all, black its negative."""
    (row,) = rows
    many = len(row["weights"])
    lines = -(-many // thumbnails.across(page.wide, thumbnails.MARGIN, LEAST))
    columns = -(-many // lines)
    side = thumbnails.side_of(columns, page.wide, thumbnails.MARGIN, LEAST)
    step, text = side + thumbnails.APART, words.wrap(_words(row), page.wide - 2 * thumbnails.MARGIN, words.SMALL)
    figure = sheet(page, step * lines + words.tall(text, words.SMALL) + 0.2)
    most = float(np.abs(row["weights"]).max()) or 1.0
    for number, weights in enumerate(row["weights"]):
        line, column = divmod(number, columns)
        place = (thumbnails.MARGIN + step * one for one in (column, line))
        thumbnails.put(figure, *place, side, np.rint(127.5 + 127.5 * weights / most).astype(np.uint8))
    put_remark(figure, text)
    return figure


def _words(row: dict) -> str:
    """The filters in words."""
    many = len(row["weights"])
    which = "all" if many == row["filters"] else f"the {many} with the largest weights of all"
    high, wide = row["sides"]
    scale = "grey is 0, white the largest weight, black its negative"
    return f"{which} {row['filters']} filters of {high} × {wide} of the first convolution; {scale} ({row['run']})"

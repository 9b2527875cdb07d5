"""Embeddings in the plane as SVG: a point for each image, whose picture the page's script shows at the pointer."""

from collections.abc import Sequence

import numpy as np

from fewshot.reporting.mistakes.html import escaped
from fewshot.reporting.mistakes.page import Images
from fewshot.reporting.screen.chart import COLOURS
from fewshot.reporting.screen.pictures import Pictures

SIDE, MARGIN = 400, 14


def plane_html(
    points: np.ndarray, numbers: Sequence[int], share: tuple[float, float], images: Images, pictures: Pictures
) -> str:
    """The images with these numbers at their points `[image 2]`, whose axes hold a share of the variance each."""
    places, of_class = _places(points), {}
    for number, (x, y) in zip(numbers, places.tolist(), strict=True):
        picture = pictures.name(images.picture("", number).pixels)
        circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" data-picture="{picture}"/>'
        of_class.setdefault(images.classes[images.label[number]], []).append(circle)
    groups, legend = [], []
    for place, (name, circles) in enumerate(of_class.items()):
        look = f"k{place % COLOURS}{' hollow' if place >= COLOURS else ''}"
        groups.append(f'<g class="{look}" data-name="{escaped(name)}">{"".join(circles)}</g>')
        legend.append(f'<li><i class="dot {look}"></i>{escaped(name)}</li>')
    words = (
        f"{len(numbers)} images of {len(of_class)} classes measured, by the two directions in which their embeddings "
        f"vary most, which hold {100 * share[0]:.0f} % and {100 * share[1]:.0f} % of the variance"
    )
    picture = "\n".join(
        [f'<svg viewBox="0 0 {SIDE} {SIDE}" tabindex="0" role="group" aria-label="{words}">', *groups, "</svg>"]
    )
    how = "Point at one to see its image, or go from one to the next with the arrow keys."
    return (
        f'<h4>Embeddings in the plane</h4>\n<p class="note">{words}. <span class="script">{how}</span></p>\n'
        f'<div class="plane">{picture}<ul class="legend">{"".join(legend)}</ul></div>'
    )


def _places(points: np.ndarray) -> np.ndarray:
    """The points as places in the picture, on one scale for both axes."""
    low, high = points.min(0), points.max(0)
    scale = (SIDE - 2 * MARGIN) / max(*(high - low), 1e-9)
    return SIDE / 2 + (points - (low + high) / 2) * scale * (1, -1)

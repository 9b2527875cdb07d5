"""Test classes in the plane: each image where the first two principal components of the embeddings put it."""

from collections.abc import Sequence

import numpy as np

from fewshot.core.errors import RequestError
from fewshot.inspection.figures import thumbnails
from fewshot.inspection.figures.shown import named, shown_subject
from fewshot.inspection.plane import embedded_in_plane, evenly
from fewshot.reporting.figures.given import Given, LeftOut
from fewshot.reporting.figures.page import text_size as words
from fewshot.reporting.figures.page.look import COLOURS, FAINT
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import panel, put_remark, sheet
from fewshot.reporting.mistakes.figure import for_matplotlib

NEEDS = "needs the kept network of a training, with its images"
CLASSES, IMAGES = 7, 20  # as many as there are colours
SIDE = 0.17  # inches: an image


def data(given: Given) -> list[dict]:
    """A row for each class: places, images and the share of the variance that the plane holds."""
    subject = shown_subject(given)
    try:
        found = embedded_in_plane(subject, evenly(len(subject.images.classes), CLASSES), IMAGES)
    except RequestError as reason:
        raise LeftOut(str(reason)) from reason
    images, rows = subject.images, {}
    for image, point in zip(found.images, found.points.tolist(), strict=True):
        row = rows.setdefault(images.label[image], {
            "class": images.classes[images.label[image]], "run": named(subject.record), "ink": images.ink,
            "stage": subject.record.spec.stage,
            "share": [round(share, 4) for share in found.share], "places": [], "images": [],
            "records": [subject.record.id],
        })  # fmt: skip
        row["places"].append([round(value, 4) for value in point])
        row["images"].append(images.pixels[image])
    return [*rows.values()]


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """A plane of small images in their class's colour."""
    from matplotlib.offsetbox import AnnotationBbox, OffsetImage

    text = words.wrap(_words(rows), page.wide - 2 * thumbnails.MARGIN, words.SMALL)
    wide = page.wide - 2 * thumbnails.MARGIN
    high = min(0.72 * wide, page.high - 1.0)
    figure = sheet(page, high + words.tall(text, words.SMALL) + 0.25)
    axes = panel(figure, 0.08, 0.08, wide, high)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=FAINT)
    places = np.array([place for row in rows for place in row["places"]])
    middle, reach = (places.max(0) + places.min(0)) / 2, max(np.ptp(places, 0).max() / 2, 1e-9)
    scale = max(np.ptp(places[:, 0]) / (wide - 2 * SIDE), np.ptp(places[:, 1]) / (high - 2 * SIDE), 1e-9 * reach)
    axes.set(xlim=(middle[0] - scale * wide / 2, middle[0] + scale * wide / 2),
             ylim=(middle[1] - scale * high / 2, middle[1] + scale * high / 2))  # fmt: skip
    order = [(number, place, pixels) for number, row in enumerate(rows)
             for place, pixels in zip(row["places"], row["images"], strict=True)]  # fmt: skip
    for number, place, pixels in sorted(order, key=lambda one: one[1]):  # so that no class lies on all others
        colour = COLOURS[number % len(COLOURS)]
        zoom = 72 * SIDE / max(pixels.shape[1:])
        ink = rows[number]["ink"]
        image = OffsetImage(_tinted(pixels, colour) if ink else for_matplotlib(pixels), zoom=zoom,
                            cmap="gray", interpolation="none", resample=False)  # fmt: skip
        frame = {"edgecolor": colour, "linewidth": 1.0, "facecolor": "none"}
        axes.add_artist(AnnotationBbox(image, place, frameon=not ink, pad=0, bboxprops=frame))
    put_remark(figure, text)
    return figure


def _tinted(pixels: np.ndarray, colour: str) -> np.ndarray:
    """A drawing in a colour, as transparent as its paper."""
    from matplotlib.colors import to_rgb

    ink = pixels[0].astype(np.float32) / 255
    return np.concatenate([np.broadcast_to(to_rgb(colour), (*ink.shape, 3)), ink[..., None]], -1)


def _words(rows: Sequence[dict]) -> str:
    """The plane in words."""
    images, shares = sum(len(row["places"]) for row in rows), rows[0]["share"]
    held = f"the plane of the first two principal components, {100 * sum(shares):.0f} % of their variance"
    return f"{images} images of {len(rows)} {rows[0]['stage']} classes, a colour each, by {held} ({rows[0]['run']})"

"""Images as a training sees them: each beside versions by the distortions of its recipe."""

from collections.abc import Sequence

import numpy as np

from fewshot.core.errors import RequestError
from fewshot.data.locations import data_folders
from fewshot.inspection.figures import thumbnails
from fewshot.inspection.figures.shown import named, shown_record
from fewshot.inspection.images import is_ink
from fewshot.inspection.training_images import training_images
from fewshot.reporting.figures.given import Given, LeftOut
from fewshot.reporting.figures.page import text_size as words
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import put_remark, sheet, write

NEEDS = "needs a training that distorts its images"
WORDS = {
    "affine": "affine, each component of probability",
    "class_affine": "affine of a class in its task, each component of probability",
    "crop": "crops, share of the area at least",
    "flip": "mirrored by probability",
    "jitter": "colours changed by at most",
}
IMAGES, VERSIONS = 4, 12


def data(given: Given) -> list[dict]:
    """A row for each image: the image itself, and its versions."""
    record = shown_record(given)
    try:
        found = training_images(record.spec, data_folders(given.data), IMAGES, VERSIONS)
    except RequestError as reason:
        raise LeftOut(str(reason)) from reason
    recipe, ink = record.spec.training, is_ink(record.spec)
    set_by = {name: getattr(recipe, name) for name in WORDS if getattr(recipe, name)}
    each = zip(found.classes, found.files, found.originals, found.versions, strict=True)
    return [
        {"class": name, "file": file, "run": named(record), "turn": recipe.turn, **set_by,
         "image": 255 - original if ink else original, "versions": 1 - some if ink else some, "records": [record.id]}
        for name, file, original, some in each
    ]  # fmt: skip


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """A line for each image: the image, and its versions on the right."""
    begin = thumbnails.MARGIN + thumbnails.LEAST + 0.2
    count = min(thumbnails.across(page.wide, begin), len(rows[0]["versions"]))
    side = thumbnails.side_of(count, page.wide, begin)
    text = words.wrap(_words(rows[0], count), page.wide - 2 * thumbnails.MARGIN, words.SMALL)
    step, head = side + thumbnails.APART, words.tall("") + 0.1
    figure = sheet(page, head + step * len(rows) + words.tall(text, words.SMALL) + 0.14)
    write(figure, thumbnails.MARGIN, 0.06, "image", va="top")
    write(figure, begin, 0.06, "as training sees it", va="top")
    for line, row in enumerate(rows):
        top = head + step * line
        thumbnails.put(figure, thumbnails.MARGIN, top, side, row["image"], "black")
        for place, pixels in enumerate(row["versions"][:count]):
            thumbnails.put(figure, begin + step * place, top, side, np.rint(255 * pixels).astype(np.uint8))
    put_remark(figure, text)
    return figure


def _words(row: dict, count: int) -> str:
    """The distortions in words."""
    found = [f"{name} {row[key]:g}" for key, name in WORDS.items() if key in row]
    found += [f"quarter turns of every {row['turn']}"] if row["turn"] != "none" else []
    return f"{count} versions each, drawn for as many tasks: {'; '.join(found)} ({row['run']})"

"""A photograph of handwriting, made a drawing like those of a data set of ink: dark on light, square, of one stroke.

The light of the paper is that of the image with its strokes closed over, which takes soft shadows out; then Otsu's
threshold parts ink from paper. Other shadows, and folds, have blurred edges or reach across: they are no ink.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

LONGEST = 1024  # pixels a side of a photograph, which is made smaller first
COARSE = 128  # pixels a side in which the light of the paper is found
SIDE = 420  # pixels a side of the drawing
PLAIN = 0.5  # share of a drawing's pixels that are pure paper
CONTRAST = 0.15  # of ink and paper, as a share of the paper's light, at least
NOISE = 6.0  # of it in deviations of the paper, at least
DIRT = 0.015  # of the largest stroke's area: smaller spots are left out
BLUR = 6, 0.016  # of an edge of ink: pixels from paper to ink, at most, or this share of the image's longer side
WIDE = 0.25  # share of the image's longer side: a stroke that is wider and reaches the border is a shadow
TOUCH = 0.25  # of the stroke's width: a smaller difference from the data's stays


class Ink(NamedTuple):
    """Lengths in pixels of the median drawing: its side, the box around its ink, and the width of its strokes."""

    side: float
    box: float
    stroke: float


class NoInk(ValueError):
    """An image without ink on paper; the message is the reason."""


def as_drawing(image: "PIL.Image.Image", like: Ink) -> tuple["PIL.Image.Image", str]:
    """The drawing in an image of mode L, dark on light, and a sentence on the changes, "" if there are none.

    An image of the data's own side on pure paper is a drawing already. Raises `NoInk` if there is no ink to be found.
    """
    from PIL import Image

    grey = np.asarray(image)
    if grey.min() == grey.max():
        raise NoInk(f"all of its pixels are {grey.flat[0]}: there is no ink")
    if image.size == (like.side, like.side):
        white, black = (grey == 255).mean(), (grey == 0).mean()
        if white >= PLAIN and grey.min() < 128:
            return image, ""
        if black >= PLAIN and grey.max() > 128:
            return Image.fromarray(255 - grey), "light on dark, turned round"
    if max(image.size) > LONGEST:
        image.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    ink, turned = find_ink(np.asarray(image) / 255)
    drawing, change = in_square(ink, like)
    size = f"{grey.shape[1]} × {grey.shape[0]} pixels, {'light on dark, turned round' if turned else 'dark on light'}"
    return Image.fromarray(~drawing * np.uint8(255)), f"{size}: parted from the paper, cut to the ink{change}"


def find_ink(grey: Float[np.ndarray, "height width"]) -> tuple[Bool[np.ndarray, "height width"], bool]:
    """The ink of a photograph, and whether it is light on a dark ground."""
    lit, turned = _even_light(grey)
    threshold = otsu(lit)
    ink = lit < threshold
    if not (0 < ink.mean() < PLAIN and _contrast(lit, ink) >= max(CONTRAST, NOISE * lit[~ink].std())):
        raise NoInk("there is no ink that stands out from a plain paper")
    ink = _without_dirt(ink)
    if max((grey == 0).mean(), (grey == 1).mean()) >= PLAIN:
        return ink, turned  # pure paper has no shadows
    if max(ink.shape) >= COARSE and blur(lit, ink) > max(BLUR[0], BLUR[1] * max(ink.shape)):
        raise NoInk("there is no ink with sharp edges: what is dark there may be a shadow, a fold, or out of focus")
    if _from_border(ink):
        raise NoInk(
            "there is no ink apart from the image's borders: what is dark reaches across, as a fold or a shadow; "
            "leave paper around the writing"
        )
    return ink, turned


def blur(lit: Float[np.ndarray, "height width"], ink: Bool[np.ndarray, "height width"]) -> float:
    """The pixels from paper to ink at the ink's edges, of which three quarters are at least as sharp."""
    from scipy.ndimage import binary_erosion, gaussian_gradient_magnitude

    edge = ink & ~binary_erosion(ink, border_value=1)
    return float(_contrast(lit, ink) / max(np.quantile(gaussian_gradient_magnitude(lit, 1)[edge], 0.25), 1e-6))


def _contrast(lit: Float[np.ndarray, "height width"], ink: Bool[np.ndarray, "height width"]) -> float:
    return float(lit[~ink].mean() - lit[ink].mean())


def _from_border(ink: Bool[np.ndarray, "height width"]) -> bool:
    """Whether a part of the ink reaches from one border to its opposite, or ink at a border is wider than strokes."""
    from scipy.ndimage import label

    parts, _ = label(ink, np.ones((3, 3)))
    top, bottom, left, right = ({*parts[side]} - {0} for side in np.s_[0, -1, (slice(None), 0), (slice(None), -1)])
    if (top & bottom) | (left & right):
        return True
    return bool(top | bottom | left | right) and stroke_width(ink) > WIDE * max(ink.shape)


def in_square(
    ink: Bool[np.ndarray, "height width"], like: Ink, side: int = SIDE
) -> tuple[Bool[np.ndarray, "side side"], str]:
    """The ink in the middle of a square, its box and strokes as wide as in the data; and a clause on the strokes."""
    from PIL import Image
    from scipy.ndimage import distance_transform_edt

    rows, columns = (np.flatnonzero(ink.any(axis)) for axis in (1, 0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    width, longer = stroke_width(box), max(box.shape)
    wanted, outer = (side * length / like.side for length in (like.stroke, like.box))
    scale = (outer - wanted) / max(longer - width, longer / 4)  # of the strokes' middle lines; a dot is all stroke
    wide, high = (min(side, max(1, round(length * scale))) for length in box.shape[::-1])
    shrunk = np.asarray(Image.fromarray(box * np.uint8(255)).resize((wide, high), Image.Resampling.BILINEAR))
    inner = shrunk > min(127, 127 * width * scale)  # of a stroke less than a pixel wide no pixel is half ink
    square = np.zeros((side, side), bool)
    top, left = (side - high) // 2, (side - wide) // 2
    square[top : top + high, left : left + wide] = inner
    change = (wanted - width * scale) / 2
    if abs(change) <= TOUCH * wanted / 2:
        return square, ""
    if change > 0:
        return distance_transform_edt(~square) <= change, ", its strokes widened"
    return distance_transform_edt(square) > -change, ", its strokes narrowed"


def stroke_width(ink: Bool[np.ndarray, "height width"]) -> float:
    """The median width of the strokes in pixels: twice the distance from their middle to the paper."""
    from scipy.ndimage import distance_transform_edt, maximum_filter

    depth = distance_transform_edt(np.pad(ink, 1))
    middle = depth[(depth == maximum_filter(depth, 3)) & (depth > 0)]
    return float(2 * np.median(middle) - 1)


def _even_light(grey: Float[np.ndarray, "height width"]) -> tuple[Float[np.ndarray, "height width"], bool]:
    """The grey values as shares of the paper's light at each place, and whether the ink is light on a dark ground.

    Of light ink they are 1 less what it adds to the ground.
    """
    from PIL import Image
    from scipy.ndimage import gaussian_filter, grey_closing

    whole = Image.fromarray(grey.astype(np.float32))
    small = whole.resize([max(1, length * COARSE // max(whole.size)) for length in whole.size], Image.Resampling.BOX)
    coarse = np.asarray(small)
    turned = bool(((coarse - gaussian_filter(coarse, COARSE / 8)) ** 3).mean() > 0)  # ink is little and differs much
    reach = (COARSE // 4, COARSE // 4)  # wider than a stroke
    paper = gaussian_filter(grey_closing(1 - coarse if turned else coarse, reach), COARSE / 32)
    light = np.asarray(Image.fromarray(paper).resize(whole.size, Image.Resampling.BILINEAR))
    return (2 - light - grey if turned else grey / light.clip(1 / 255)).clip(max=1), turned


def otsu(values: Float[np.ndarray, "height width"]) -> float:
    """The threshold with the largest variance between the two classes (Otsu 1979), of 256 values."""
    count, edges = np.histogram(values, 256)
    middle = (edges[1:] + edges[:-1]) / 2
    below, mass = count.cumsum()[:-1], (count * middle).cumsum()
    above = count.sum() - below
    difference = mass[:-1] / below.clip(1) - (mass[-1] - mass[:-1]) / above.clip(1)
    return float(edges[1:-1][(below * above * difference**2).argmax()])


def _without_dirt(ink: Bool[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"]:
    """The ink without spots far smaller than its largest stroke."""
    from scipy.ndimage import label

    number, _ = label(ink, np.ones((3, 3)))
    area = np.bincount(number.flat)
    area[0] = 0
    return (area >= DIRT * area.max())[number]

"""Distortions: one address one distortion, and quarter turns of tasks and of classes."""

import math

import pytest
import torch
from scipy.stats import chisquare

from fewshot.core.affine import affine_matrices
from fewshot.core.checks import Oblong
from fewshot.core.recipe import Recipe
from fewshot.core.rng import random_bits, uniform
from fewshot.core.types import Tasks
from fewshot.tasks.augment import augment, chained, distortions
from fewshot.tasks.crop import cropped, windows

UNLIKELY = 1e-4  # with fixed seeds a test either passes always or never
TASK, WAY, SHOT, QUERY = 3, 4, 2, 5


def drawn(seed: int, number: torch.Tensor, each: int, values: int, name: str = "affine") -> torch.Tensor:
    """The uniform random numbers of every image of these tasks."""
    return uniform(random_bits(seed, name, number, each * values)).unflatten(1, (each, values))


def copies(image: torch.Tensor, task: int = TASK) -> Tasks:
    """Tasks that hold one image everywhere, so that only distortions make a difference."""
    sizes = [(task, WAY, count, 1, *image.shape) for count in (SHOT, QUERY)]
    return Tasks(*(image.expand(size).contiguous() for size in sizes), torch.arange(WAY).repeat(task, 1))


def noise(size: int = 12) -> torch.Tensor:
    return torch.rand(size, size, generator=torch.Generator().manual_seed(0))


def both(tasks: Tasks) -> torch.Tensor:
    """All images, [task way image height width]."""
    return torch.cat([tasks.support, tasks.query], 2)[:, :, :, 0]


def test_without_distortion_images_stay_as_they_are():
    tasks = copies(noise())
    found = augment(tasks, 0, torch.arange(TASK), affine=0.0, turn="none")
    assert torch.equal(both(found), both(tasks))


@pytest.mark.parametrize(
    "kind",
    [
        {"affine": 1.0, "turn": "none"},
        {"affine": 0.5, "turn": "class"},
        {"affine": 0.5, "class_affine": 1.0},
        {"crop": 0.3, "size": 9},
        {"flip": 0.5},
        {"jitter": 0.4},
        {"affine": 0.5, "turn": "task", "crop": 0.5, "flip": 0.5, "jitter": 0.4},
    ],
)
def test_a_task_is_distorted_the_same_alone_and_in_any_batch(kind):
    batch = augment(copies(noise()), 3, torch.tensor([416, 417, 418]), **kind)
    alone = augment(copies(noise(), task=1), 3, torch.tensor([417]), **kind)
    torch.testing.assert_close(both(alone)[0], both(batch)[1])
    assert not torch.allclose(both(batch)[0], both(batch)[1])
    other = augment(copies(noise(), task=1), 4, torch.tensor([417]), **kind)
    assert not torch.allclose(both(alone), both(other))


def test_every_image_is_distorted_on_its_own():
    images = both(augment(copies(noise()), 0, torch.arange(TASK), affine=1.0, turn="none")).flatten(0, 2)
    apart = torch.cdist(images.flatten(1), images.flatten(1))
    assert apart[~torch.eye(len(images), dtype=torch.bool)].min() > 0.1


def test_a_class_is_distorted_as_one_in_its_task():
    images = both(augment(copies(noise()), 0, torch.arange(TASK), class_affine=1.0))
    assert torch.equal(images, images[:, :, :1].expand_as(images))
    classes = images[:, :, 0].flatten(0, 1).flatten(1)
    assert torch.cdist(classes, classes)[~torch.eye(len(classes), dtype=torch.bool)].min() > 0.1


def test_a_class_is_distorted_before_its_images():
    given = drawn(1, torch.arange(TASK), 1, 14)
    first, second = affine_matrices(given, 1.0).flatten(0, 1), affine_matrices(given.flip(-1), 1.0).flatten(0, 1)
    there = torch.tensor([0.3, -0.2, 1.0])  # of the output: what the second map takes it from, the first does
    inner = torch.cat([second @ there, torch.ones(TASK, 1)], -1)
    torch.testing.assert_close(chained(first, second) @ there, (first @ inner[..., None])[..., 0])


def test_so_it_is_in_an_image_that_is_no_square():
    given, aspect = drawn(1, torch.arange(TASK), 1, 14), 96 / 144
    first, second = affine_matrices(given, 1.0).flatten(0, 1), affine_matrices(given.flip(-1), 1.0).flatten(0, 1)

    def laid_out(matrix: torch.Tensor) -> torch.Tensor:  # as `warp` gives it to the grid
        return matrix * torch.tensor([[1.0, aspect, 1.0], [1 / aspect, 1.0, 1.0]])

    there = torch.tensor([0.3, -0.2, 1.0])
    inner = torch.cat([laid_out(second) @ there, torch.ones(TASK, 1)], -1)
    expected = (laid_out(first) @ inner[..., None])[..., 0]
    torch.testing.assert_close(laid_out(chained(first, second, aspect)) @ there, expected)
    made = augment(Tasks(*(torch.rand(1, 2, 1, 1, 8, 12) for _ in "sq"), torch.arange(2)[None]), 0, torch.arange(1),
                   affine=1.0, class_affine=1.0)  # fmt: skip
    assert made.support.shape == (1, 2, 1, 1, 8, 12)


def test_ink_stays_in_zero_to_one_and_comes_from_nowhere_else():
    ring = torch.zeros(28, 28)
    ring[6:22, 6:22] = 1
    for image in (ring, torch.ones(28, 28)):
        images = both(augment(copies(image, task=20), 0, torch.arange(20), affine=1.0, turn="task"))
        assert 0 <= images.min() <= images.max() <= 1 + 1e-6
        assert images.mean((-2, -1)).min() > 0.1
    # What lies outside an image is background: a full one that shrinks or turns shows it.
    corners = images[..., [0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.min() == 0


def test_corners_stay_empty():
    blot = torch.zeros(28, 28)
    blot[8:20, 8:20] = 1
    images = both(augment(copies(blot, task=20), 0, torch.arange(20), affine=1.0, turn="class"))
    assert images[..., [0, 0, -1, -1], [0, -1, 0, -1]].max() == 0


def moments(image: torch.Tensor) -> tuple[float, float, float]:
    """Centre of the ink (x, y; half an image is 1) and the angle of its long axis."""
    place = (torch.arange(len(image)) + 0.5) / len(image) * 2 - 1
    share = (image / image.sum()).double()
    x, y = float(share.sum(0) @ place.double()), float(share.sum(1) @ place.double())
    dx, dy = place.double() - x, place.double() - y
    xx, yy, xy = share.sum(0) @ dx**2, share.sum(1) @ dy**2, dy @ share @ dx
    return x, y, float(torch.atan2(2 * xy, xx - yy)) / 2


def test_images_move_and_turn_as_the_matrices_say():
    """A matrix leads from a place in the new image to one in the old: the ink moves by its inverse."""
    place = (torch.arange(105) + 0.5) / 105 * 2 - 1
    bar = torch.exp(-((place / 0.25) ** 2) / 2) * torch.exp(-((place[:, None] / 0.05) ** 2) / 2)
    found = both(augment(copies(bar, task=2), 5, torch.tensor([8, 9]), affine=1.0, turn="none"))
    expected = []
    for (a, b, x), (c, d, y) in (
        affine_matrices(drawn(5, torch.tensor([8, 9]), WAY * (SHOT + QUERY), 14), 1.0).flatten(0, 1).tolist()
    ):
        scale = a * d - b * c
        right, down = (d / scale, -b / scale), (-c / scale, a / scale)  # the inverse's rows
        long, short = (right[0] * 0.25, down[0] * 0.25), (right[1] * 0.05, down[1] * 0.05)
        xx, yy = long[0] ** 2 + short[0] ** 2, long[1] ** 2 + short[1] ** 2
        angle = math.atan2(2 * (long[0] * long[1] + short[0] * short[1]), xx - yy) / 2
        expected.append((-(right[0] * x + right[1] * y), -(down[0] * x + down[1] * y), angle))
    measured = torch.tensor([moments(image) for image in found.flatten(0, 2)])
    apart, which = (measured[:, None] - torch.tensor(expected)).abs().amax(-1).min(1)
    assert apart.max() < 2e-3
    assert which.unique().numel() == len(expected)


def quarter_turns(tasks: Tasks, image: torch.Tensor) -> torch.Tensor:
    """By how many quarters each image of `copies(image)` was turned, [task way image]."""
    turned = torch.stack([image.rot90(quarters) for quarters in range(4)])
    fits = (both(tasks)[..., None, :, :] == turned).all((-1, -2))
    assert (fits.sum(-1) == 1).all()
    return fits.long().argmax(-1)


def test_a_task_turns_as_a_whole():
    quarters = quarter_turns(augment(copies(noise(), 400), 0, torch.arange(400), affine=0.0, turn="task"), noise())
    assert (quarters == quarters[:, :1, :1]).all()
    assert chisquare(torch.bincount(quarters[:, 0, 0], minlength=4)).pvalue > UNLIKELY


def test_classes_turn_independently_and_all_their_images_with_them():
    quarters = quarter_turns(augment(copies(noise(), 400), 0, torch.arange(400), affine=0.0, turn="class"), noise())
    assert (quarters == quarters[:, :, :1]).all()
    one, two = quarters[:, 0, 0], quarters[:, 1, 0]
    assert chisquare(torch.bincount(one * 4 + two, minlength=16)).pvalue > UNLIKELY


def test_classes_keep_their_numbers_where_nothing_turns():
    found = augment(copies(noise()), 0, torch.arange(TASK), affine=1.0, turn="none")
    assert torch.equal(found.classes, copies(noise()).classes)


@pytest.mark.parametrize("turn", ["task", "class"])
def test_a_turned_class_is_a_class_of_its_own(turn):
    found = augment(copies(noise()), 0, torch.arange(TASK), affine=0.0, turn=turn)
    assert torch.equal(found.classes // 4, copies(noise()).classes)
    for image, turns in zip(found.support[:, :, 0, 0].flatten(0, 1), (found.classes % 4).flatten(), strict=True):
        assert torch.equal(image, noise().rot90(int(turns)))
    assert len((found.classes % 4).unique()) > 1


def test_crops_have_the_given_size_and_differ_between_images():
    found = augment(copies(noise()), 0, torch.arange(TASK), crop=0.4, size=9)
    images = both(found)
    assert images.shape == (TASK, WAY, SHOT + QUERY, 9, 9)
    apart = torch.cdist(images.flatten(0, 2).flatten(1), images.flatten(0, 2).flatten(1))
    assert apart[~torch.eye(len(apart), dtype=torch.bool)].min() > 0.01
    assert both(augment(copies(noise()), 0, torch.arange(TASK), crop=0.4)).shape[-1] == 12
    assert noise().min() - 1e-6 <= images.min() <= images.max() <= noise().max() + 1e-6


def test_an_oblong_image_is_turned_as_part_of_a_square():
    """Distances in pixels are those of the square: a wide image is not sheared by its own shape."""
    square = torch.zeros(12, 12)
    square[4:8] = noise()[4:8]
    wide = square[3:9]
    how = {"affine": 1.0, "seed": 0, "number": torch.arange(TASK)}
    still = {name: augment(copies(image), **how) for name, image in (("square", square), ("wide", wide))}
    shift = 2 * 2 / 105  # of the height, which is the one share that differs
    apart = (both(still["square"])[..., 3:9, :] - both(still["wide"])).abs()
    assert float(apart.mean()) < 0.1 * float(both(still["square"]).mean()) + shift


def test_crops_may_be_oblong():
    whole = torch.tensor([[0.0, 0.0, 1.0, 1.0]])
    assert torch.allclose(cropped(noise()[None, None, 2:8], whole, Oblong(6, 12)), noise()[None, None, 2:8], atol=1e-6)
    assert both(augment(copies(noise()), 0, torch.arange(TASK), crop=0.4, size=Oblong(5, 9))).shape[-2:] == (5, 9)


def test_an_image_is_mirrored_or_stays():
    images = both(augment(copies(noise(), 50), 0, torch.arange(50), flip=0.5)).flatten(0, 2)
    stays, mirrored = ((images == one).flatten(1).all(1) for one in (noise(), noise().flip(-1)))
    assert (stays ^ mirrored).all()
    assert float(mirrored.double().mean()) == pytest.approx(0.5, abs=0.05)


def test_supports_and_queries_have_windows_of_their_own():
    """The first `shot` windows of a class are its supports', as with affine distortions."""
    window = windows(drawn(0, torch.arange(TASK), WAY * (SHOT + QUERY), 4, "crop"), 0.4).unflatten(1, (WAY, -1))
    found = both(augment(copies(noise()), 0, torch.arange(TASK), crop=0.4))
    for task, way, image in ((0, 0, 0), (1, 2, SHOT), (2, 3, SHOT + QUERY - 1)):
        expected = cropped(noise()[None, None], window[task, way, image][None], 12)
        torch.testing.assert_close(found[task, way, image], expected[0, 0])


def test_affine_distortions_and_turns_are_of_the_crop():
    how = {"crop": 0.4, "size": 9}
    crops = augment(copies(noise()), 0, torch.arange(TASK), **how)
    after = augment(crops, 0, torch.arange(TASK), affine=1.0, turn="class")
    at_once = augment(copies(noise()), 0, torch.arange(TASK), affine=1.0, turn="class", **how)
    torch.testing.assert_close(both(at_once), both(after))
    assert torch.equal(at_once.classes, after.classes)


def test_distortions_of_a_recipe():
    given = {"affine": 0.5, "class_affine": 0.3, "crop": 0.4, "flip": 0.25, "jitter": 0.1}
    assert distortions(Recipe(**given, turn="task")) == given

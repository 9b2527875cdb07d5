"""Images of any kind as a network takes them: equal pixels for equal images, and refusals."""

import numpy as np
import pytest
import torch
from PIL import Image

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import Part
from fewshot.verification.images import Unusable
from fewshot.verification.preparation import Preparation


class Batch(Preparation):
    """A preparation that returns all pixels in one tensor, and raises `Unusable`."""

    def batch(self, images) -> torch.Tensor:
        found = [*self(images)]
        for one in found:
            if one.pixels is None:
                raise Unusable(f"{one.name}: {one.change}")
        return torch.stack([one.pixels for one in found])

    def changes(self, images) -> list[str]:
        return [one.change for one in self(images)]


PHOTOS = Batch(Part("folder:x", {"path": "x", "channels": 3, "resize": 10, "fit": "crop"}), (3, 8, 8))
INK = Batch(Part("typefaces"), (1, 28, 28))


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (12, 14, 3), dtype=np.uint8)


@pytest.fixture
def letter(glyph_bank) -> torch.Tensor:
    """A letter as a network takes it, its ink 1."""
    from fewshot.data.datasets.typefaces import typefaces

    return typefaces(("Latin/A",), 28, []).pixels[0].float() / 255


def test_the_same_photograph_in_any_form_has_the_same_pixels(tmp_path, picture):
    file = tmp_path / "ä photo.png"
    Image.fromarray(picture).save(file)
    tensor = torch.from_numpy(picture).permute(2, 0, 1)
    forms = [file, str(file), Image.fromarray(picture), picture, picture / 255, tensor, tensor.double() / 255]
    one = PHOTOS.batch(file)
    assert one.shape == (1, 3, 8, 8)
    assert all(torch.equal(PHOTOS.batch(form), one) for form in forms)
    assert torch.equal(PHOTOS.batch(forms), one.expand(7, 3, 8, 8))
    for batch in (np.stack([picture] * 2), torch.stack([tensor] * 2), [picture, tensor]):
        assert torch.equal(PHOTOS.batch(batch), one.expand(2, 3, 8, 8))
    assert [one.name for one in PHOTOS([str(file), picture])] == [str(file), "image 2"]


def test_the_centre_of_a_stored_photograph_is_used(picture):
    whole = PHOTOS.dataset.options | {"resize": 0}
    stored = Batch(Part("folder:x", whole), (3, 10, 10)).batch(picture)
    assert torch.equal(PHOTOS.batch(picture), stored[..., 1:9, 1:9])


def test_images_as_the_network_takes_them_stay(letter, picture):
    own = torch.rand(2, 3, 8, 8)
    assert torch.equal(PHOTOS.batch(own), own)
    assert PHOTOS.changes(own) == ["", ""]
    assert torch.equal(INK.batch(letter)[0], letter)


def test_a_letter_in_any_form_and_either_way_round_has_the_pixels_of_the_bank(letter):
    grey = (letter[0].numpy() * 255).round().astype(np.uint8)
    for form in (grey, 255 - grey, Image.fromarray(grey), Image.fromarray(255 - grey).convert("RGB"), 1 - letter):
        torch.testing.assert_close(INK.batch(form)[0], letter)
    turned = ["", "dark on light, turned round", "light on dark, turned round", "", "dark on light, turned round"]
    forms = [grey, 255 - grey, Image.fromarray(grey), Image.fromarray(255 - grey), 1 - letter]
    assert INK.changes(forms) == turned


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.full((9, 9), 1.5), "floats from 0 to 1, got 1.5 to 1.5"),
        (torch.tensor([[0.0, torch.nan]]), "expected finite values, got 1"),
        (np.zeros((5, 9, 9)), "of 1, 3 or 4 channels, got \\[5, 9, 9\\]"),
        (np.zeros((2, 1, 9, 9), np.int64), "image 1: expected uint8, or floats from 0 to 1, got int64"),
        (np.zeros((1, 2, 3, 9, 9)), "got \\[1, 2, 3, 9, 9\\]"),
        (np.zeros((0, 9)), "got \\[0, 9\\]"),
        (7, "expected an image or several, got int 7"),
        ([[1]], "expected a list of images, got list"),
        (Image.fromarray(np.random.default_rng(0).random((9, 9), np.float32)), "floating-point"),
        ("nothing.png", "nothing.png: expected an image, got: No such file"),
    ],
)
def test_what_is_no_image_is_refused(image, message):
    with pytest.raises(RequestError, match=message):
        PHOTOS.batch(image)


def test_files_that_are_no_image_and_images_that_are_damaged(tmp_path, picture):
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(RequestError, match=r"text\.png: expected an image, got a file that starts with") as refused:
        PHOTOS.batch(tmp_path / "text.png")
    assert not isinstance(refused.value, Unusable)
    with pytest.raises(RequestError, match="a folder"):
        PHOTOS.batch(tmp_path)
    Image.fromarray(picture).save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:300])
    with pytest.raises(Unusable, match=r"cut\.png: cannot be read"):
        PHOTOS.batch(tmp_path / "cut.png")


@pytest.mark.parametrize("preparation", [PHOTOS, INK], ids=["photographs", "ink"])
@pytest.mark.parametrize("side", [8, 28, 60])
def test_a_blank_image_cannot_be_used(preparation, side):
    for blank in (np.full((side, side), 255, np.uint8), np.zeros((side, side))):
        with pytest.raises(Unusable, match="blank"):
            preparation.batch(blank)


def test_without_a_hook_only_arrays_of_the_networks_shape_are_taken(monkeypatch, picture, letter):
    from fewshot.data.datasets.typefaces import typefaces

    monkeypatch.setattr(typefaces, "prepare", None)
    assert torch.equal(INK.batch(letter)[0], letter)
    lacking = r"expected an array \[1 28 28\], as data set typefaces has no prepare"
    with pytest.raises(RequestError, match=lacking):
        INK.batch(picture)
    with pytest.raises(RequestError, match=lacking):
        next(INK(["a.png"], found=True))  # one refusal for a folder, not one for each of its files

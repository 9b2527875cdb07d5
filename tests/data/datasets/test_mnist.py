"""MNIST's test images, read from made-up idx files; whole ones where the real data is there."""

import gzip

import numpy as np
import pytest
from mnist_files import LABELS, made_up, write
from PIL import Image

from fewshot.core.errors import RequestError
from fewshot.data.datasets.mnist import CLASSES, idx, mnist
from fewshot.data.datasets.omniglot import omniglot
from fewshot.data.handwriting import stroke_width


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(idx, "ADDRESS", "http://127.0.0.1:9")  # nobody answers


@pytest.mark.parametrize(("below", "packed"), [("mnist", True), ("MNIST/raw", False), (".", False)])
def test_each_digit_has_its_images_in_their_order(tmp_path, monkeypatch, below, packed):
    write(tmp_path / below, monkeypatch, packed=packed)
    bank = mnist(("MNIST/3", "MNIST/1"), None, [tmp_path])
    assert bank.classes == ("MNIST/3", "MNIST/1")
    np.testing.assert_array_equal(bank.pixels[:4, 0], made_up()[LABELS == 3])
    np.testing.assert_array_equal(bank.pixels[4:, 0], made_up()[LABELS == 1])
    assert bank.names[:2] == ("MNIST/3/3.png", "MNIST/3/13.png")


def test_ink_stays_ink_at_another_side(tmp_path, monkeypatch):
    write(tmp_path, monkeypatch)
    own, large, small = (mnist(CLASSES, size, [tmp_path]).pixels.float() / 255 for size in (28, 105, 14))
    assert large.shape[1:] == (1, 105, 105)
    for other in (large, small):
        np.testing.assert_allclose(other.mean((1, 2, 3)), own.mean((1, 2, 3)), rtol=0.05)


def test_a_digit_drawn_anew_has_the_box_and_strokes_of_omniglot(tmp_path, monkeypatch):
    write(tmp_path, monkeypatch)
    side, box, stroke = omniglot.marks.ink
    ink = mnist(CLASSES, 140, [tmp_path], strokes="omniglot").pixels[:, 0].numpy() > 127
    heights = ink.any(2).sum(1) / 140
    np.testing.assert_allclose(heights, box / side, rtol=0.1)
    np.testing.assert_allclose([stroke_width(one) / 140 for one in ink], stroke / side, rtol=0.4)


@pytest.mark.parametrize("strokes", ["own", "omniglot"])
def test_one_image_is_prepared_as_the_bank_holds_it(tmp_path, monkeypatch, strokes):
    write(tmp_path, monkeypatch)
    bank = mnist(("MNIST/5",), 20, [tmp_path], strokes=strokes)
    image = Image.fromarray(255 - made_up()[5])
    np.testing.assert_array_equal(mnist.prepare(image, 20, strokes=strokes), bank.pixels[0])


def test_other_strokes_and_classes_are_other_banks(tmp_path, monkeypatch):
    write(tmp_path, monkeypatch)
    own, drawn = (mnist(CLASSES[:3], 28, [tmp_path], strokes=one) for one in ("own", "omniglot"))
    assert own.digest != drawn.digest
    assert mnist(CLASSES[3:5], 28, [tmp_path]).classes == CLASSES[3:5]


def test_other_content_is_refused_with_its_file(tmp_path, monkeypatch):
    write(tmp_path, monkeypatch)
    file = tmp_path / "t10k-labels-idx1-ubyte.gz"
    for content in (gzip.compress(b"\0" * 48), b"\x1f\x8b\0\0", gzip.compress(b"\0" * 5000)[:20]):
        file.write_bytes(content)
        for ask in (lambda: mnist(CLASSES, 28, [tmp_path]), lambda: mnist.verify([tmp_path])):
            with pytest.raises(RequestError, match=r"t10k-labels-idx1-ubyte\.gz: expected MNIST's t10k-labels"):
                ask()


def test_wrong_requests_are_refused(tmp_path, monkeypatch):
    with pytest.raises(RequestError, match=r"unknown strokes 'thin'.*own"):
        mnist(CLASSES, 28, [tmp_path], strokes="thin")
    with pytest.raises(RequestError, match="unknown class of mnist 'MNIST/10'"):
        mnist(("MNIST/10",), 28, [tmp_path])
    with pytest.raises(RequestError, match=r"expected t10k-images-idx3-ubyte\.gz in .* found none, and the download"):
        mnist(CLASSES, 28, [tmp_path])


def test_the_real_files_are_verified(omniglot_data):
    if not (omniglot_data[0] / "mnist").is_dir():
        pytest.skip("needs the real MNIST")
    assert len(mnist.verify(omniglot_data)) == 2
    bank = mnist(CLASSES, 28, omniglot_data)
    assert (len(bank), bank.count.tolist()[:3]) == (10_000, [980, 1135, 1032])

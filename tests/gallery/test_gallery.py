"""A gallery in use: candidates in order, probabilities at its size, nobody, and refusals."""

import math
from dataclasses import replace

import numpy as np
import pytest

import fewshot
from fewshot.core.errors import RequestError
from fewshot.gallery.gallery import Gallery
from fewshot.gallery.identification import best_of, probabilities
from fewshot.verification.verifier import Verifier

NAMES = ("alpha", "beta", "gamma")


@pytest.fixture(scope="module")
def letters():
    return fewshot.load_split("typefaces", "scripts", "val", size=28).pixels


@pytest.fixture
def gallery(small_network, letters, tmp_path) -> Gallery:
    """Two images of each of three letters."""
    verifier = Verifier(replace(small_network, calibration=(2.0, 1.0)))
    gallery = Gallery(tmp_path / "g", verifier)
    for number, name in enumerate(NAMES):
        gallery.enrol(name, verifier.templates(letters[16 * number : 16 * number + 2]))
    return gallery


def test_candidates_are_those_that_pass_the_best_first(gallery, letters):
    verifier = gallery.verifier
    probe = letters[3]
    scores = {
        name: float(verifier.against(verifier.embed(letters[16 * place : 16 * place + 2]), verifier.embed(probe)))
        for place, name in enumerate(NAMES)
    }
    order = sorted(NAMES, key=scores.get, reverse=True)
    (all_of_them,) = gallery.identify(verifier.templates(probe), threshold=-1e9)
    assert [one.identity for one in all_of_them.candidates] == order
    assert [one.score for one in all_of_them.candidates] == pytest.approx([scores[name] for name in order])
    (two,) = gallery.identify(verifier.templates(probe), threshold=scores[order[1]] - 1e-4)
    (one,) = gallery.identify(verifier.templates(probe), threshold=scores[order[1]] - 1e-4, top=1)
    assert (two.candidates[:1], len(two.candidates)) == (one.candidates, 2)
    (none,) = gallery.identify(verifier.templates(probe), threshold=scores[order[0]] + 1e-3)
    assert (none.outcome, none.candidates, none.best) == ("nobody", (), pytest.approx(scores[order[0]]))
    (equal,) = gallery.identify(verifier.templates(probe), threshold=all_of_them.candidates[0].score)
    assert equal.outcome == "candidate"


def test_probabilities_are_those_of_bayes_at_the_gallerys_size(gallery, letters):
    (found,) = gallery.identify(gallery.verifier.templates(letters[3]), threshold=-1e9, prior=0.2)
    odds = [0.2 / 3 * math.exp(2 * one.score + 1) for one in found.candidates]
    expected = [one / (sum(odds) + 0.8) for one in odds]
    assert [one.probability for one in found.candidates] == pytest.approx(expected)
    assert found.nobody == pytest.approx(0.8 / (sum(odds) + 0.8))
    assert (found.identities, found.prior) == (3, 0.2)
    few, many = (probabilities(np.append([4.0], np.full(count, -4.0)), 0.5)[0][0] for count in (9, 999))
    assert few > 0.8 > 0.1 > many


def test_of_equals_those_first_by_name_are_shown():
    names = [*"abcdefgh"]
    assert best_of(names, np.zeros(8), 3) == [0, 1, 2]
    assert best_of(names, np.arange(8.0), 20) == [7, 6, 5, 4, 3, 2, 1, 0]


def test_an_image_that_cannot_be_used_is_a_failure_to_enrol_and_the_others_go_in(gallery, letters):
    blank = np.full((28, 28), 255, np.uint8)
    templates = [*gallery.verifier.templates([letters[70], blank, letters[70]])]
    done = gallery.enrol("delta", templates)
    assert (done.added, done.there, [one.name for one in done.failed]) == (1, 1, ["image 2"])
    with pytest.raises(RequestError, match=r"delta: expected images that can be used, got none: image 2: blank"):
        gallery.enrol("delta", templates[1:2])
    (found,) = gallery.identify(templates[1:2])
    assert (found.outcome, found.best) == ("undetermined", None)
    assert found.reason.startswith("image 2: blank")


def test_one_image_in_two_files_is_one(gallery, letters, tmp_path):
    from PIL import Image

    image = Image.fromarray(255 - letters[90, 0].numpy())
    for name in ("x.png", "x.bmp"):
        image.save(tmp_path / name)
    files = [tmp_path / name for name in ("x.png", "x.bmp")]
    assert gallery.enrol("delta", gallery.verifier.templates(files)).added == 1


def test_a_gallery_of_another_network_is_refused(gallery, letters, small_network):
    other = Verifier(replace(small_network, tensors={name: one + 0 for name, one in small_network.tensors.items()}))
    templates = [*other.templates(letters[3])]
    assert [*Gallery(gallery.store.file, other).identify(templates)]
    tensors = {name: one * 1.5 if one.is_floating_point() else one for name, one in small_network.tensors.items()}
    other = Verifier(replace(small_network, tensors=tensors))
    for call in (
        lambda: [*Gallery(gallery.store.file, other).identify(templates)],
        lambda: Gallery(gallery.store.file, other).enrol("delta", templates),
    ):
        with pytest.raises(RequestError, match=f"expected a gallery of the network {other.id}, got one of "):
            call()


def test_a_gallery_without_anybody_is_refused(gallery, letters):
    for name in NAMES:
        gallery.store.remove(name)
    with pytest.raises(RequestError, match="expected somebody enrolled, got an empty gallery"):
        [*gallery.identify(gallery.verifier.templates(letters[3]))]

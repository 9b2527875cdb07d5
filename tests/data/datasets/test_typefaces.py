import unicodedata
from collections import Counter

import numpy as np
import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.data.class_lists.typefaces import class_names
from fewshot.data.datasets import typefaces as module
from fewshot.data.datasets.typefaces import typefaces
from fewshot.data.datasets.typefaces.glyphs import EM, FACES, FAMILIES, characters, draw
from fewshot.data.datasets.typefaces.make_class_list import ENOUGH_FACES, as_toml, script, without_look_alikes

SOME = ("Latin/A", "Latin/ß", "Greek/Ω", "Armenian/Ֆ", "Georgian/ლ")
ALIKE = (
    "AΑА",
    "BΒВ",
    "EΕЕ",
    "HΗН",
    "MΜМ",
    "OΟОՕ",
    "PΡР",
    "TΤТ",
    "XΧХ",
    "CС",
    "SЅ",
    "UՍ",
    "cϲс",
    "oοоօ",
    "pр",
    "xх",
    "aа",
    "eе",
    "jϳј",
    "hһհ",
    "nո",
    "ÐĐƉ",
    "ΓГ",
    "ΠП",
    "ФՓ",
    "κк",
)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path))


@pytest.fixture(scope="module")
def letters() -> list[str]:
    return [name.split("/")[1] for name in class_names()]


def test_the_list_has_about_1250_letters_each_once(letters):
    assert 1200 <= len(letters) <= 1300
    assert len(set(letters)) == len(letters)
    assert list(letters) == list(unicodedata.normalize("NFC", "".join(letters)))


def test_a_class_is_named_after_its_script():
    assert all(script(name.split("/")[1]) == name.split("/")[0] for name in class_names())
    assert min(Counter(name.split("/")[0] for name in class_names()).values()) >= 40


def test_every_letter_stands_in_enough_faces_of_at_least_three_families(letters):
    has = {family: [characters(face) for face in faces] for family, faces in FAMILIES.items()}
    for letter in letters:
        faces = [sum(letter in face for face in own) for own in has.values()]
        assert sum(faces) >= ENOUGH_FACES, letter
        assert sum(count > 0 for count in faces) >= 3, letter


@pytest.mark.parametrize("group", ALIKE)
def test_letters_that_look_alike_are_one_class(letters, group):
    assert sum(letter in letters for letter in group) <= 1


def test_letters_that_differ_by_a_mark_are_two_classes(letters):
    assert set("dđoöOØcçIiuúωώИЙ") <= set(letters)


def test_the_first_of_two_look_alikes_stays():
    assert "".join(without_look_alikes(list("AdoΑΓđАГö"))) == "AdoΓđö"


def test_the_list_is_written_as_it_is_read():
    text = as_toml(["A", "Ω"])
    assert 'Latin = [  # 1\n  "A",\n]\n\nGreek = [  # 1\n  "Ω",\n]' in text


def test_nothing_is_cut(letters):
    for face in FACES:
        pixels, _ = draw(face, letters, 28)
        rim = np.concatenate([pixels[:, 0], pixels[:, -1], pixels[:, :, 0], pixels[:, :, -1]], axis=1)
        assert not rim.any(), face


def test_a_bank_holds_the_styles_of_each_family_class_by_class():
    bank = typefaces(SOME, None, [])
    assert bank.pixels.shape == (16 * 3 + 12 * 2, 1, 28, 28)
    assert bank.pixels.dtype == torch.uint8
    assert bank.pixels.amax() == 255
    assert bank.classes == SOME
    assert bank.groups == ("Latin", "Greek", "Armenian", "Georgian")
    assert bank.authors == tuple(FAMILIES)
    assert bank.count.tolist() == [16, 16, 16, 12, 12]
    assert bank.author[:16].tolist() == sorted([0, 1, 2, 3] * 4)
    assert bank.class_group.tolist() == [0, 0, 1, 2, 3]
    assert bank.names[17] == f"{SOME[1]}/DejaVuSans-Bold"
    assert typefaces(SOME, None, []).digest == bank.digest


def test_images_of_a_letter_differ_in_every_face():
    bank = typefaces(["Latin/g"], None, [])
    assert len(bank.pixels.unique(dim=0)) == len(FACES)


def test_ink_grows_with_the_size():
    small, large = (typefaces(SOME, size, []).pixels.float() for size in (28, 84))
    assert large.shape[-2:] == (84, 84)
    assert large.sum() / small.sum() == pytest.approx(9, rel=0.1)
    assert EM * 28 == 18


def test_ink_is_centred():
    image = typefaces(["Latin/p"], None, []).pixels[0, 0].numpy()
    for axis in (0, 1):
        inked = image.any(axis=axis).nonzero()[0]
        assert abs(inked[0] - (27 - inked[-1])) <= 1


@pytest.mark.parametrize("name", ["Latin/Ω", "Cyrillic/А", "A", "Latin/AB"])
def test_a_class_that_is_not_in_the_list_is_refused(name):
    with pytest.raises(RequestError, match=f"expected one of its .* got '{name}'"):
        typefaces(["Latin/A", name], None, [])


def test_a_letter_that_the_fonts_lack_is_named(monkeypatch):
    monkeypatch.setattr(module, "class_names", lambda: ("Latin/A", "Han/中"))
    with pytest.raises(RequestError, match="Han/中"):
        typefaces(["Latin/A", "Han/中"], None, [])

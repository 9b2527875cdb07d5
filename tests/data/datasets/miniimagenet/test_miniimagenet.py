"""miniImageNet in each form that it circulates in, all of it or refused: made up, as the real one is not free."""

import os
import pickle
import shutil

import numpy as np
import pytest

from fewshot.core.errors import RequestError
from fewshot.data.class_lists.miniimagenet import classes
from fewshot.data.datasets.miniimagenet import miniimagenet
from fewshot.data.datasets.miniimagenet.verify import locate_images, verify_images

EACH = 4  # images of a class, where 600 take long
SPLIT = classes()
FIRST = SPLIT["val"][0]
WORDS = {
    "images": "images and Ravi's lists",
    "folders": "class folders by split",
    "pickles": "cached pickles",
    "ilsvrc": "ILSVRC-2012 folders and Ravi's lists",
}
NAMES = {  # of the second image
    "images": f"images/{FIRST}00000002.jpg",
    "folders": f"val/{FIRST}/{FIRST}00000002.jpg",
    "pickles": f"{FIRST}/2",
    "ilsvrc": f"train/{FIRST}/{FIRST}_17.JPEG",  # the second of the sorted files
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def made(making, tmp_path_factory):
    """One with few images of each class, by form: never changed."""
    folder = tmp_path_factory.mktemp("made")
    return {form: making.make(folder / form / "mini", form, side=8, images=EACH) for form in WORDS}


@pytest.fixture
def few(monkeypatch):
    """`EACH` images of a class are all."""
    for module in ("miniimagenet.forms", "miniimagenet.pickles"):
        monkeypatch.setattr(f"fewshot.data.datasets.{module}.IMAGES", EACH)


@pytest.fixture
def copy(made, few, tmp_path):
    """A copy of one to break, as `miniimagenet` in the data folder."""
    return lambda form, name="miniimagenet": shutil.copytree(made[form], tmp_path / "data" / name)


def load(folder, names=SPLIT["val"], size=8, **options):
    return miniimagenet(names, size, [folder], **options)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_in_a_data_folder_is_no_list(tmp_path):
    os.mkfifo(tmp_path / "train.csv")
    assert "not here" in locate_images([tmp_path])


@pytest.mark.slow
def test_it_has_its_full_shape(making, tmp_path):
    """All 60,000 images, as the pickles have them."""
    making.make(tmp_path / "mini-imagenet", "pickles", side=4)
    for split, names in SPLIT.items():
        bank = load(tmp_path, names, 4)
        assert (bank.classes, bank.count.tolist()) == (names, [600] * len(names))
        first = np.concatenate([making.made_pixels(4, number=number)[:1] for number in _numbers(split)])
        assert np.array_equal(bank.pixels[bank.first].numpy(), first.transpose(0, 3, 1, 2))
    assert verify_images([tmp_path])[1:] == [
        f"{split}: {len(names)} classes of 600 images, 4 × 4 pixels: mini-imagenet-cache-{split}.pkl"
        for split, names in SPLIT.items()
    ]


def _numbers(split):
    """Of the classes of a split, as they were made."""
    before = sum(len(names) for names in list(SPLIT.values())[: list(SPLIT).index(split)])
    return range(before, before + len(SPLIT[split]))


@pytest.mark.parametrize("form", WORDS)
@pytest.mark.parametrize("zipped", [False, True])
def test_every_form_is_found_and_named(copy, making, tmp_path, form, zipped):
    place = copy(form)
    if zipped:
        place = making.zipped(place)
    assert locate_images([tmp_path / "data"]) == f"{WORDS[form]}: {place}"
    assert f"{WORDS[form]}: {place}" in verify_images([tmp_path / "data"])[0]
    bank = load(tmp_path / "data")
    assert (bank.shape, bank.classes, bank.count.tolist()) == ((3, 8, 8), SPLIT["val"], [EACH] * 16)
    expected = np.concatenate([making.made_pixels(8, EACH, number) for number in _numbers("val")])
    near = np.abs(bank.pixels.numpy().astype(int) - expected.transpose(0, 3, 1, 2)).mean()
    assert bank.names[1] == NAMES[form]
    assert near < 30 * (form != "pickles") + 1e-9  # what JPEG loses; of another image it would be 60


def test_forms_of_the_same_files_are_the_same_data(copy, tmp_path):
    copy("images")
    digest = load(tmp_path / "data").digest
    shutil.rmtree(tmp_path / "data")
    copy("folders")
    assert load(tmp_path / "data").digest == digest


@pytest.mark.parametrize("name", ["mini-imagenet", "miniImageNet", "mini_imagenet", "MiniImagenet", "."])
def test_its_folder_may_be_spelt_in_any_way_or_be_the_data_folder(copy, photos, tmp_path, name):
    if name == ".":
        shutil.move(copy("images"), tmp_path / "all")
        shutil.copytree(tmp_path / "all", tmp_path / "data", dirs_exist_ok=True)
        photos.write(tmp_path / "data", {"omniglot/a.png": b"", "other.csv": b"x", "n02/a.png": b""})
    else:
        copy("images", name)
    assert len(load(tmp_path / "data")) == 16 * EACH


def test_images_may_be_zipped_beside_the_lists(copy, making, tmp_path):
    making.zipped(copy("images") / "images")
    assert locate_images([tmp_path / "data"]).startswith(WORDS["images"])
    assert len(load(tmp_path / "data")) == 16 * EACH


def test_a_listed_number_is_a_place_in_the_sorted_list_of_ilsvrc(copy, making, tmp_path):
    place, name = copy("ilsvrc"), SPLIT["val"][0]
    files = sorted(path.name for path in (place / "train" / name).iterdir())
    lines = (place / "val.csv").read_text().replace(f"{name}00000001.jpg", f"{name}{EACH + 1:08d}.jpg")
    (place / "val.csv").write_text(lines)
    (place / "train" / name / files[EACH]).write_bytes(making.jpeg(np.full((8, 8, 3), 250, np.uint8)))
    found = load(tmp_path / "data", [name])
    assert (found.pixels[EACH - 1] > 240).all()
    assert (found.pixels[: EACH - 1].float().mean((1, 2, 3)) < 200).all()


def test_ilsvrc_has_other_classes_and_splits_that_are_not_looked_at(copy, photos, tmp_path):
    place = copy("ilsvrc")
    photos.write(
        place, {"train/n99999999/n99999999_1.JPEG": b"", f"val/{SPLIT['val'][0]}/x.JPEG": b"", "val/a.JPEG": b""}
    )
    assert len(load(tmp_path / "data")) == 16 * EACH


def rewrite(place, split, change):
    """Change the value in a pickle."""
    file = place / f"mini-imagenet-cache-{split}.pkl"
    value = pickle.loads(file.read_bytes())
    file.write_bytes(pickle.dumps(change(value) or value, 2))


def test_pickles_may_have_bytes_for_names_any_order_and_another_name(copy, tmp_path):
    place = copy("pickles")
    before = load(tmp_path / "data").digest
    rewrite(place, "val", lambda value: {
        b"class_dict": {name.encode(): np.array(own[::-1]) for name, own in reversed(value["class_dict"].items())},
        b"image_data": value["image_data"],
    })  # fmt: skip
    (place / "mini-imagenet-cache-val.pkl").rename(place / "mini-imagenet-cache-validation.pkl")
    assert load(tmp_path / "data").digest == before


def test_pickles_called_category_split_are_the_same(copy, tmp_path):
    place = copy("pickles")
    before = load(tmp_path / "data").digest
    for split, names in SPLIT.items():
        rewrite(place, split, lambda value, names=names: {
            "data": value["image_data"],
            "catname2label": {name: 60 + number for number, name in enumerate(names)},
            "label2catname": {60 + number: name for number, name in enumerate(names)},
            "labels": [60 + names.index(name) for _, name in
                       sorted((one, name) for name, own in value["class_dict"].items() for one in own)],
        })  # fmt: skip
        other = "train_phase_train" if split == "train" else split
        (place / f"mini-imagenet-cache-{split}.pkl").rename(place / f"miniImageNet_category_split_{other}.pickle")
    assert load(tmp_path / "data").digest == before


def test_only_the_needed_split_is_loaded(copy, tmp_path):
    (copy("pickles") / "mini-imagenet-cache-test.pkl").write_bytes(b"broken")
    assert len(load(tmp_path / "data")) == 16 * EACH
    with pytest.raises(RequestError, match=r"cache-test\.pkl: expected a whole pickle"):
        load(tmp_path / "data", SPLIT["test"])


def drop_line(file, start):
    lines = file.read_text().splitlines()
    file.write_text("\n".join(line for line in lines if not line.startswith(start)))


FAULTS = {
    "an image too few": (
        "images",
        lambda place: (place / f"images/{FIRST}00000002.jpg").unlink(),
        rf"images that its lists name, .* 1 \({FIRST}00000002\.jpg\)",
    ),
    "a line too few": (
        "images",
        lambda place: drop_line(place / "val.csv", f"{FIRST}00000002.jpg"),
        rf"in val expected 16 classes × 4 images; classes without 4 images: 1 \({FIRST}: 3\)",
    ),
    "a file too few": (
        "folders",
        lambda place: (place / f"val/{FIRST}/{FIRST}00000002.jpg").unlink(),
        rf"classes without 4 images: 1 \({FIRST}: 3\)",
    ),
    "a class too few": (
        "folders",
        lambda place: shutil.rmtree(place / "val" / FIRST),
        rf"missing classes: 1 \({FIRST}\)",
    ),
    "another split": (
        "folders",
        lambda place: (place / "val" / FIRST).rename(place / "train" / FIRST),
        rf"in train .* not expected: 1 \({FIRST}\)",
    ),
    "another class": (
        "folders",
        lambda place: shutil.copytree(place / "val" / FIRST, place / "val" / "n99999999"),
        r"not expected: 1 \(val/n99999999\)",
    ),
    "a split too few": ("folders", lambda place: shutil.rmtree(place / "val"), "expected miniImageNet as images/ with"),
    "a list too few": ("images", lambda place: (place / "val.csv").unlink(), r"one each of train\.csv, val\.csv"),
    "a short class of ILSVRC": (
        "ilsvrc",
        lambda place: [path.unlink() for path in sorted((place / "train" / FIRST).iterdir())[:4]],
        rf"images that its lists name, .* 1 \({FIRST}00000004\.jpg\)",
    ),
    "a class of ILSVRC twice": (
        "ilsvrc",
        lambda place: shutil.copytree(place / "train" / FIRST, place / "more" / FIRST),
        f"one folder of ILSVRC-2012 for {FIRST}, got more/{FIRST}, train/{FIRST}",
    ),
    "a pickle too few": (
        "pickles",
        lambda place: (place / "mini-imagenet-cache-test.pkl").unlink(),
        r"pickles of three splits; missing: mini-imagenet-cache-test\.pkl",
    ),
    "pickles exchanged": (
        "pickles",
        lambda place: (place / "mini-imagenet-cache-test.pkl").replace(place / "mini-imagenet-cache-val.pkl") and (
            place / "mini-imagenet-cache-test.pkl").touch(),
        "in val expected 16 classes × 4 images; missing classes: 16 .* not expected: 20 ",
    ),
    "a pickle of a list": ("pickles", lambda place: rewrite(place, "val", lambda value: [1]), "class_dict, got list"),
    "a pickle of others": (
        "pickles",
        lambda place: rewrite(place, "val", lambda value: {"data": 1, "labels": 2}),
        "a dict with image_data and class_dict, got one with 'data', 'labels'",
    ),
    "a number for a class": (
        "pickles",
        lambda place: rewrite(place, "val", lambda value: value["class_dict"].update({7: 0, FIRST: []})),
        rf"classes without 4 images: 1 \({FIRST}: 0\)",
    ),
    "pixels of float": (
        "pickles",
        lambda place: rewrite(place, "val", lambda value: value | {"image_data": value["image_data"] / 255}),
        r"image_data as uint8 \[image side side 3\], got float64 \[64, 8, 8, 3\]",
    ),
    "a number twice": (
        "pickles",
        lambda place: rewrite(place, "val", lambda value: value["class_dict"].update({FIRST: [0, 0, 1, 2]})),
        "to number each of the 64 images once",
    ),
    "a number outside": (
        "pickles",
        lambda place: rewrite(place, "val", lambda value: value["class_dict"].update({FIRST: [0, 1, 2, 64]})),
        "to number each of the 64 images once",
    ),
    "no numbers": (
        "pickles",
        lambda place: rewrite(place, "val", lambda value: value["class_dict"].update({FIRST: "abcd"})),
        rf"classes without 4 images: 1 \({FIRST}: 0\)",
    ),
    "a page": (
        "pickles",
        lambda place: (place / "mini-imagenet-cache-val.pkl").write_bytes(b"<!DOCTYPE html>"),
        "expected a whole pickle, got: an HTML page",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_an_incomplete_data_set_is_named_and_refused(copy, tmp_path, fault):
    form, damage, message = FAULTS[fault]
    place = copy(form)
    damage(place)
    with pytest.raises(RequestError, match=message) as caught:
        load(tmp_path / "data")
    said = str(caught.value)
    assert str(place) in said
    assert len(said) < 600
    if "expected 16 classes" in said:
        assert f"So this is not miniImageNet; folder:{place} reads any images" in said


def test_a_whole_one_of_too_few_images_is_not_it(made, tmp_path):
    shutil.copytree(made["folders"], tmp_path / "data" / "miniimagenet")
    with pytest.raises(RequestError, match=r"× 600 images; classes without 600 images: 64 \(n01532829: 4, "):
        load(tmp_path / "data")


def test_damaged_images_are_named_or_left_out(copy, tmp_path):
    place = copy("folders")
    (place / f"val/{FIRST}/{FIRST}00000002.jpg").write_bytes(b"")
    with pytest.raises(RequestError, match=rf"damaged: 1 \(val/{FIRST}/{FIRST}00000002\.jpg: an empty file\)"):
        load(tmp_path / "data")
    found = load(tmp_path / "data", skip_damaged=True)
    assert (found.skipped, len(found)) == (1, 16 * EACH - 1)
    (place / f"val/{FIRST}/{FIRST}00000002.jpg").unlink()
    with pytest.raises(RequestError, match=f"{FIRST}: 3"):
        load(tmp_path / "data", skip_damaged=True)  # absent is not damaged


@pytest.mark.parametrize("form", ["images", "pickles"])
def test_images_are_stored_by_the_options(copy, tmp_path, form):
    copy(form)
    assert load(tmp_path / "data", size=5).shape == (3, 5, 5)
    assert load(tmp_path / "data", size=5, resize=7, channels=1).shape == (1, 7, 7)
    assert load(tmp_path / "data", size=None).shape == (3, 8, 8)


def test_a_class_that_it_has_not_is_refused(tmp_path):
    with pytest.raises(
        RequestError, match="unknown class of miniimagenet 'n01532828', one of 100: did you mean n01532829"
    ):
        load(tmp_path, ["n01532828"])


def test_a_missing_data_set_is_a_message_with_the_command_that_fetches_it(tmp_path):
    with pytest.raises(RequestError, match="found none; fewshot data fetch miniimagenet fetches it"):
        load(tmp_path)
    assert locate_images([tmp_path]) == "not here; fewshot data fetch miniimagenet fetches it (3 GB)"

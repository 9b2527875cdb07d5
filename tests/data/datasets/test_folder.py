"""Any user's images: every layout, every option, and what is said of what does not fit."""

import io
import os
import re
import shutil
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from fewshot.cli.data.status import status
from fewshot.cli.data.verify import verify
from fewshot.core.errors import RequestError
from fewshot.data.datasets.folder import check, folder, prepare, splits
from fewshot.data.readers.image_file import ORIENTATION
from fewshot.registry.lookup import make_part

DIVIDE = {"split": "0.4/0.3/0.3"}
CLASSES = ("ant", "bee", "cat", "dog", "elk")
SPLIT = {"train": ("ant", "bee"), "val": ("cat",), "test": ("dog", "elk")}
SIDE = 8


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def files(photos) -> dict[str, bytes]:
    """Three images of each class, by `class/file`."""
    names = [f"{name}/{number}.png" for name in CLASSES for number in (1, 2, 10)]
    return {name: photos.photo(number) for number, name in enumerate(names)}


def by_split(files: dict) -> dict:
    split_of = {name: split for split, names in SPLIT.items() for name in names}
    return {f"{split_of[name.split('/')[0]]}/{name}": content for name, content in files.items()}


def with_lists(files: dict, top: str = "images/") -> dict:
    """All images in one folder, and the lists."""
    flat = {name.replace("/", "-"): content for name, content in files.items()}
    lists = {
        f"{split}.csv": "\n".join(
            ["filename,label", *(f"{name},{name.split('-')[0]}" for name in flat if name.split("-")[0] in names)]
        ).encode()
        for split, names in SPLIT.items()
    }
    return {f"{top}{name}": content for name, content in flat.items()} | lists


def load(where, classes=CLASSES, size=SIDE, path="set", **options):
    return folder(classes, size, [where], path=path, **options)


# Layouts

LAYOUTS = {
    "split folders": by_split,
    "lists": with_lists,
    "lists beside images": lambda files: with_lists(files, ""),
    "a folder around split folders": lambda files: {f"data/{name}": one for name, one in by_split(files).items()},
    "a folder around lists": lambda files: {f"data/{name}": one for name, one in with_lists(files).items()},
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("zipped", [False, True])
def test_every_layout_is_the_same_data(photos, files, tmp_path, layout, zipped):
    plain = load(photos.write(tmp_path / "plain" / "set", files).parent, **DIVIDE)
    made, junk = LAYOUTS[layout](files), {"readme.txt": b"hello", "__MACOSX/._x.png": b"", ".git/config": b""}
    if zipped:
        photos.write_zip(tmp_path / "set.zip", made | junk)
    else:
        photos.write(tmp_path / "set", made | junk)
    assert splits([tmp_path], path="set") == SPLIT
    bank = load(tmp_path)
    assert bank.digest == plain.digest
    assert (bank.classes, bank.groups, bank.count.tolist()) == (CLASSES, (".",), [3] * 5)


def test_files_of_a_class_stand_sorted_by_name(photos, files, tmp_path):
    photos.write(tmp_path / "set", by_split(files))
    bank = load(tmp_path, ("bee",), 10)
    places = [tmp_path / f"set/train/bee/{name}.png" for name in (1, 10, 2)]
    expected = [np.asarray(Image.open(place).crop((1, 0, 11, 10))) for place in places]
    assert np.array_equal(bank.pixels.numpy(), np.stack(expected).transpose(0, 3, 1, 2))


def test_lists_lie_beside_a_folder_of_its_name(photos, files, tmp_path):
    made = {name if name.endswith(".csv") else f"set/{name}": one for name, one in with_lists(files).items()}
    photos.write(tmp_path / "set", made)
    assert splits([tmp_path], path="set") == SPLIT
    assert len(load(tmp_path)) == 15


@pytest.mark.parametrize("named", ["images.zip", "train.zip"])
@pytest.mark.parametrize("place", ["set", "set/set"])
def test_a_zip_file_stands_for_a_folder_of_its_name(photos, files, tmp_path, named, place):
    made = with_lists(files) if named == "images.zip" else by_split(files)
    top = f"{named.removesuffix('.zip')}/"
    inside = {name: one for name, one in made.items() if name.startswith(top)}
    photos.write_zip(tmp_path / place / named, inside)
    photos.write(tmp_path / place, {name: one for name, one in made.items() if name not in inside})
    assert splits([tmp_path], path="set") == SPLIT
    assert len(load(tmp_path)) == 15


def test_one_zip_file_in_a_folder_is_looked_into_and_several_are_not(photos, files, tmp_path):
    photos.write_zip(tmp_path / "set" / "faces.zip", files | {"README": b""})
    assert sorted(sum(splits([tmp_path], path="set", **DIVIDE).values(), ())) == list(CLASSES)
    photos.write_zip(tmp_path / "set" / "more.zip", files)
    with pytest.raises(RequestError, match=r"one zip file with all images, got 2 \(faces\.zip, more\.zip\)"):
        load(tmp_path, **DIVIDE)


def test_folders_in_folders_are_classes_in_groups(photos, files, tmp_path):
    nested = {f"{'small' if name < 'c' else 'large'}/{name}": one for name, one in files.items()}
    photos.write(tmp_path / "set", nested)
    names = sorted(sum(splits([tmp_path], path="set", **DIVIDE).values(), ()))
    assert names == ["large/cat", "large/dog", "large/elk", "small/ant", "small/bee"]
    bank = load(tmp_path, names, **DIVIDE)
    assert bank.groups == ("large", "small")
    assert bank.class_group.tolist() == [0, 0, 0, 1, 1]


def test_a_class_may_be_called_like_a_split(photos, files, tmp_path):
    vehicles = {name.replace("ant/", "train/"): one for name, one in files.items()}
    photos.write(tmp_path / "set", vehicles)
    assert "train" in sum(splits([tmp_path], path="set", **DIVIDE).values(), ())


SPELLINGS = (("Train", "VAL", "Test"), ("training", "validation", "testing"), ("base", "val", "novel"),
             ("meta-train", "meta_val", "Test Set"), ("trainset", "dev", "images_test"))  # fmt: skip


@pytest.mark.parametrize("names", SPELLINGS)
@pytest.mark.parametrize("layout", [by_split, with_lists])
def test_splits_in_other_spellings_are_splits(photos, files, tmp_path, names, layout):
    renamed = dict(zip(SPLIT, names, strict=True))
    made = layout(files)
    for split, name in renamed.items():
        made = {re.sub(f"^{split}(?=[/.])", name, file): one for file, one in made.items()}
    photos.write(tmp_path / "set", made | {"notes/x.png": b""} if layout is by_split else made)
    assert splits([tmp_path], path="set") == SPLIT
    with pytest.raises(RequestError, match=r"split: expected none, as .* has its own split"):
        splits([tmp_path], path="set", **DIVIDE)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("Train", None, "Test"), "one each of train, val, test, got Test, Train;"),
        (("Training", None, "holdout"), r"got Training beside 1 \(holdout\); other spellings count too, so rename"),
        (("base", None, "novel"), "got base, novel"),
        (("data/Training", None, None), "got Training"),
    ],
)
def test_half_a_split_is_not_divided(photos, files, tmp_path, names, message):
    renamed = dict(zip(SPLIT, names, strict=True))
    made = {f"{renamed[name.split('/')[0]]}/{name.split('/', 1)[1]}": one for name, one in by_split(files).items()
            if renamed[name.split("/")[0]]}  # fmt: skip
    photos.write(tmp_path / "set", made)
    with pytest.raises(RequestError, match=message):
        splits([tmp_path], path="set", **DIVIDE)


def test_splits_inside_of_classes_are_refused(photos, files, tmp_path):
    made = {file.replace("/", "/train/" if "1.png" in file else "/Test/"): one for file, one in files.items()}
    photos.write(tmp_path / "set", made)
    with pytest.raises(RequestError, match=r"below train, val and test, .* folders of splits inside 5 \(ant, bee, cat"):
        splits([tmp_path], path="set", **DIVIDE)


def test_groups_can_be_kept_in_one_split(photos, files, tmp_path):
    photos.write(tmp_path / "set", {f"{person}/{file}": one for person in "pqrs" for file, one in files.items()})
    found = splits([tmp_path], path="set", split="0.5/0.25/0.25", groups="keep")
    people = [{name.split("/")[0] for name in names} for names in found.values()]
    assert [len(own) for own in people] == [2, 1, 1]
    assert set.union(*people) == set("pqrs")
    bank = load(tmp_path, found["val"], split="0.5/0.25/0.25", groups="keep")
    assert (len(bank.groups), len(bank.classes)) == (1, 5)
    assert "groups" not in make_part("datasets", "folder:set").options
    photos.write(tmp_path / "own", by_split(files))
    with pytest.raises(RequestError, match=r"groups: expected none, as .* has its own split .*, got 'keep'"):
        splits([tmp_path], path="own", groups="keep")


def test_a_listed_name_with_folders_is_no_bare_name(photos, files, tmp_path):
    """Two classes number their images alike, and one image of the first is gone: not the other's is learned from."""
    lists = {
        f"{split}.csv": "\n".join(
            ["filename,label", *(f"{name},{name.split('/')[0]}" for name in files if name.split("/")[0] in names)]
        ).encode()
        for split, names in SPLIT.items()
    }
    photos.write(tmp_path / "set", {f"all/jpg/{file}": one for file, one in files.items()} | lists)
    assert splits([tmp_path], path="set") == SPLIT
    assert load(tmp_path, ("ant",)).names == ("all/jpg/ant/1.png", "all/jpg/ant/10.png", "all/jpg/ant/2.png")
    kept = {file: one for file, one in files.items() if file == "elk/3.png" or file != "ant/2.png"}
    kept["elk/3.png"] = kept["elk/1.png"]
    lists["train.csv"] += b"\nant\\3.png,ant"
    photos.write(tmp_path / "more", {f"all/jpg/{file}": one for file, one in kept.items()} | lists)
    with pytest.raises(RequestError, match=r"not found so: 2 \(ant/2\.png, ant\\3\.png\)"):
        splits([tmp_path], path="more")


def test_a_path_is_looked_for_below_the_data_folders_and_then_as_it_stands(photos, files, tmp_path, monkeypatch):
    photos.write(tmp_path / "here" / "set", files)
    monkeypatch.chdir(tmp_path / "here")
    here = load(tmp_path / "nowhere", ("ant",), **DIVIDE)
    photos.write(tmp_path / "data" / "set", {name: photos.photo(99) for name in files})
    assert load(tmp_path / "data", ("ant",), **DIVIDE).digest != here.digest
    whole = load(tmp_path, ("ant",), path=str(tmp_path / "here" / "set"), **DIVIDE)
    assert whole.digest == here.digest


def test_a_path_from_here_or_home_is_no_path_below_the_data_folders(photos, files, tmp_path, monkeypatch):
    other = {name: photos.photo(99) for name in files}
    for place, content in (("data/set", other), ("here/set", files), ("home/set", files), ("here/~old", files)):
        photos.write(tmp_path / place, content)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here" / "set")
    here = load(tmp_path / "data" / "set", ("ant",), path=".", **DIVIDE)
    monkeypatch.chdir(tmp_path / "here")
    for path in ("./set", "~/set", "../here/set", "~old"):
        assert load(tmp_path / "data", ("ant",), path=path, **DIVIDE).digest == here.digest


def test_a_list_by_another_program_is_the_same_list(photos, files, tmp_path):
    """A mark of UTF-8, spaces after commas, lines of Windows, backslashes, and names in Unicode's other form."""
    plain = {name.replace("cat-", "c\xe4t-"): one for name, one in with_lists(files).items()}
    plain["val.csv"] = plain["val.csv"].replace(b"cat-", "c\xe4t-".encode())
    photos.write(tmp_path / "plain", plain)
    other = {name: b"\xef\xbb\xbf" + one.replace(b"filename,", b" filename , ").replace(b"\n", b"\r\n") for name, one
             in plain.items() if name.endswith(".csv")}  # fmt: skip
    other["val.csv"] = other["val.csv"].replace("c\xe4t-".encode(), "images\\ca\u0308t-".encode())
    photos.write(tmp_path / "other", plain | other)
    assert splits([tmp_path], path="other") == SPLIT
    assert load(tmp_path, path="plain").digest == load(tmp_path, path="other").digest


# Faults


def drop(name):
    return lambda made: {key: one for key, one in made.items() if not key.startswith(name)}


def add(**changes):
    return lambda made: made | {key.replace("__", "/").replace("_", "."): one for key, one in changes.items()}


FAULTS = {
    "no image": (lambda files: {"a/readme.txt": b""}, r"expected images, got none below it; there is 1 \(a/\)"),
    "nothing": (lambda files: {"a": None}, "there is nothing"),
    "no split": (lambda files: files, r'train, val and test, .* its 5 classes, such as split = "0\.6/0\.2/0\.2"'),
    "no val": (lambda files: drop("val")(by_split(files)), "one each of train, val, test, got test, train"),
    "two vals": (lambda files: by_split(files) | {"valid/x/1.png": b""}, "one each of .*, got test, train, val, valid"),
    "no list": (
        lambda files: drop("test.csv")(with_lists(files)),
        r"each of train\.csv, .*, got train\.csv, val\.csv",
    ),
    "class twice": (
        lambda files: by_split(files) | {"test/ant/1.png": files["ant/1.png"]},
        r"each class in one split, .*in train and in test: 1 \(ant\)",
    ),
    "empty class": (lambda files: by_split(files) | {"val/fox": None}, r"folder of every class; none in 1 \(fox\)"),
    "class of text": (lambda files: by_split(files) | {"val/fox/a.txt": b""}, r"none in 1 \(fox\)"),
    "no class": (
        lambda files: by_split(files) | {"val/1.png": b""},
        r"folder of its class, got 1 \(val/1\.png\)",
    ),
    "in two folders": (
        lambda files: with_lists(files, "one/") | {"two/cat-1.png": files["ant/1.png"]},
        r"not found so: 1 \(cat-1\.png\)",
    ),
    "columns": (
        lambda files: with_lists(files) | {"val.csv": b"a,b\n1,2\n"},
        "val.csv: .*and label, got a, b",
    ),
    "no header": (lambda files: with_lists(files) | {"val.csv": b""}, "columns filename and label, got none"),
    "columns twice": (
        lambda files: with_lists(files) | {"val.csv": b"filename,label,label\ncat-1.png,cat,dog\n"},
        "columns filename and label, got filename, label, label",
    ),
    "a comma in a class": (
        lambda files: with_lists(files) | {"val.csv": b"filename,label\ncat-1.png,cat, big\n"},
        "1 lines with a gap",
    ),
    "classes that look alike": (
        lambda files: by_split(files) | {"val/e\u0301/1.png": b"", "test/\xe9/1.png": b""},
        r"each class once, got 'e\\u0301' and '\\xe9', which look alike",
    ),
    "only a header": (lambda files: with_lists(files) | {"val.csv": b"filename,label\n"}, "got 0 lines"),
    "gap": (lambda files: with_lists(files) | {"val.csv": b"filename,label\ncat-1.png\n"}, "1 lines with a gap"),
    "listed twice": (
        lambda files: with_lists(files) | {"val.csv": b"filename,label\ncat-1.png,cat\ncat-1.png,dog\n"},
        "2 lines, 1 files",
    ),
    "in two lists": (
        lambda files: with_lists(files) | {"val.csv": b"filename,label\nant-1.png,fox\n"},
        r"each image once in its lists, got more of 1 \(images/ant-1\.png\)",
    ),
    "not text": (lambda files: with_lists(files) | {"val.csv": b"\xff\xfe\x00"}, "a list with commas in UTF-8, got: "),
    "listed and gone": (
        lambda files: drop("images/cat-1.png")(with_lists(files)),
        r"the images that its lists name, .*: 1 \(cat-1\.png\)",
    ),
}


@pytest.mark.parametrize("tops", [("train", "test", "extra", "more"), ("train", "extra", "more")])
def test_a_split_among_other_folders_is_not_divided(photos, files, tmp_path, tops):
    photos.write(tmp_path / "set", {f"{top}/{name}": one for top in tops for name, one in files.items()})
    with pytest.raises(RequestError, match=r"train beside 2 \(extra, more\)"):
        splits([tmp_path], path="set", **DIVIDE)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_folder_in_no_known_form_is_named(photos, files, tmp_path, fault):
    make, message = FAULTS[fault]
    place = photos.write(tmp_path / "set", make(files))
    for call in (load, lambda where: splits([where], path="set")):
        with pytest.raises(RequestError, match=message) as caught:
            call(tmp_path)
        assert str(place) in str(caught.value)
        assert len(str(caught.value)) < 500


def test_a_damaged_image_of_a_later_chunk_shifts_no_other(photos, tmp_path):
    files = {
        f"{name}/{one:02d}.png": photos.photo(20 * place + one)
        for place, name in enumerate(CLASSES)
        for one in range(20)
    }
    photos.write(tmp_path / "whole", files)
    photos.write(tmp_path / "set", files | {"dog/15.png": b""})  # number 75
    whole, found = (load(tmp_path, path=path, skip_damaged=True, **DIVIDE) for path in ("whole", "set"))
    left = [place for place, name in enumerate(whole.names) if name != "dog/15.png"]
    assert found.damaged == {"dog/15.png": "an empty file"}
    assert found.names == tuple(whole.names[place] for place in left)
    assert np.array_equal(found.label, whole.label[left])
    assert np.array_equal(found.pixels, whole.pixels[left])


def test_a_split_of_what_has_its_own_is_refused(photos, files, tmp_path):
    photos.write(tmp_path / "set", by_split(files))
    with pytest.raises(RequestError, match=r"split: expected none, as .* has its own split \(class folders by split\)"):
        load(tmp_path, **DIVIDE)


@pytest.mark.parametrize(
    ("path", "message"),
    [("sett", r"folder or zip file sett in .* or here, found none; did you mean set\?$"),
     ("notes.txt", "expected a folder or a zip file, got something else that starts with b'hello'"),
     ("page.zip", "expected a zip archive, got an HTML page")],
)  # fmt: skip
def test_a_path_that_is_no_data_is_refused(photos, tmp_path, path, message):
    photos.write(tmp_path, {"set/a/1.png": b"", "notes.txt": b"hello", "page.zip": b"<html>"})
    with pytest.raises(RequestError, match=message):
        load(tmp_path, path=path)


def test_a_class_that_is_not_there_is_named(photos, files, tmp_path):
    photos.write(tmp_path / "set", by_split(files))
    with pytest.raises(RequestError, match="unknown class of folder:set 'eel': did you mean elk"):
        load(tmp_path, ("ant", "eel"))


# Options


@pytest.mark.parametrize(
    ("options", "message"),
    [({"channels": 2}, r"channels of folder:set: expected 1 \(grey\) or 3 \(colour\), got 2"),
     ({"resize": 7}, r"resize of folder:set: expected 0 \(the size itself\) or at least 8 px, the size, got 7"),
     ({"resize": -1}, "got -1"),
     ({"fit": "crp"}, "unknown fit of folder:set .*did you mean crop"),
     ({"resize": 10_000}, r"resize of folder:set: expected at most 8,192 pixels, got 10000"),
     ({"size": 0}, "from 1 to 8192, got 0"), ({"size": 10_000}, "from 1 to 8192, got 10000")],
)  # fmt: skip
def test_options_that_cannot_be_are_refused(tmp_path, options, message):
    for call in (lambda: load(tmp_path, **options), lambda: folder.check(**{"size": SIDE, "path": "set"} | options)):
        with pytest.raises(RequestError, match=message):
            call()


@pytest.mark.parametrize(
    ("options", "key"), [({"split": "abc"}, "split"), ({"groups": "kept"}, "groups"), ({"fit": "crp"}, "fit"),
                         ({"channels": 2}, "channels"), ({"resize": -1}, "resize")],
)  # fmt: skip
def test_options_are_checked_before_a_file_is_looked_for(options, key):
    folder.check(SIDE, path="nowhere", split_seed=3, **DIVIDE)
    with pytest.raises(RequestError) as caught:
        folder.check(SIDE, path="nowhere", **options)
    assert caught.value.where == (key,)


SHAPES = [({}, (3, 8, 8)), ({"channels": 1}, (1, 8, 8)), ({"resize": 11}, (3, 11, 11))]


@pytest.mark.parametrize(("options", "shape"), SHAPES)
def test_the_side_is_resize_or_the_size(photos, files, tmp_path, options, shape):
    photos.write(tmp_path / "set", files)
    assert load(tmp_path, **options, **DIVIDE).shape == shape


def test_every_option_of_the_images_makes_other_ones(photos, files, tmp_path):
    photos.write(tmp_path / "set", files)
    chosen = [{}, {"channels": 1}, {"resize": 9}, {"fit": "stretch"}, {"fit": "pad"}]
    assert len({load(tmp_path, **one, **DIVIDE).digest for one in chosen}) == len(chosen)


def test_without_a_size_images_keep_theirs_if_they_share_one(photos, tmp_path):
    square = photos.encoded(photos.picture(0, (9, 9)))
    photos.write(tmp_path / "set", {f"{name}/1.png": square for name in CLASSES})
    assert load(tmp_path, size=None, **DIVIDE).shape == (3, 9, 9)
    photos.write(tmp_path / "set", {"ant/2.png": photos.photo()})
    with pytest.raises(RequestError, match=r"size: expected a number of pixels, .* 2 \(9 × 9, 12 × 10\)"):
        load(tmp_path, size=None, **DIVIDE)


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_without_a_size_photographs_keep_the_one_that_they_have_upright(photos, tmp_path, form):
    turned = Image.Exif()
    turned[ORIENTATION] = 6
    image = io.BytesIO()
    Image.new("RGB", (12, 8)).save(image, form, exif=turned)
    photos.write(tmp_path / "set", {f"{name}/1.{form.lower()}": image.getvalue() for name in CLASSES})
    assert load(tmp_path, size=None, **DIVIDE).shape == (3, 12, 8)


def colours(most: int) -> bytes:
    """A PNG of 16-bit colour, which Pillow does not write."""
    rows = np.linspace(0, most, 8 * 8 * 3).astype(">u2").reshape(8, -1)
    parts = {b"IHDR": struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0),
             b"IDAT": zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows)), b"IEND": b""}  # fmt: skip
    packed = (struct.pack(">I", len(one)) + name + one + struct.pack(">I", zlib.crc32(name + one))
              for name, one in parts.items())  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def test_sixteen_bits_of_colour_are_read_or_refused_if_they_would_be_black(photos, tmp_path):
    photos.write(tmp_path / "set", {f"{name}/1.png": colours(0xFFFF if name == "elk" else 4095) for name in CLASSES})
    assert load(tmp_path, **DIVIDE).pixels.max() == 255
    photos.write(tmp_path / "dark", {f"{name}/1.png": colours(4095) for name in CLASSES})
    with pytest.raises(RequestError, match=r"uses all 16 bits, .* up to 4,095 in all images, which would be nearly bl"):
        load(tmp_path, path="dark", **DIVIDE)


# Damage


@pytest.fixture
def damaged(photos, files, tmp_path):
    made = by_split(files) | {"train/bee/2.png": b"", "train/bee/10.png": files["bee/10.png"][:99]}
    return photos.write(tmp_path / "set", made).parent


def test_damaged_images_are_named(damaged):
    with pytest.raises(
        RequestError, match=r"damaged: 2 \(train/bee/10\.png: .*train/bee/2\.png: an empty file\)"
    ) as caught:
        load(damaged)
    assert "skip_damaged = true leaves them out" in str(caught.value)
    assert len(load(damaged, SPLIT["test"])) == 6  # others are not looked at


def test_damaged_images_are_left_out_counted_and_change_the_digest(damaged, photos, files):
    found = load(damaged, skip_damaged=True)
    assert (found.count.tolist(), found.skipped) == ([3, 1, 3, 3, 3], 2)
    assert load(damaged, skip_damaged=True).skipped == 2  # from the cache
    assert found.damaged["train/bee/2.png"] == "an empty file"
    assert found.names[:5] == (
        *(f"train/ant/{number}.png" for number in (1, 10, 2)),
        "train/bee/1.png",
        "val/cat/1.png",
    )
    photos.write(damaged / "set", by_split(files))
    whole = load(damaged, skip_damaged=True)
    assert (len(whole), whole.skipped) == (15, 0)
    assert whole.digest != found.digest


def test_pipes_and_broken_links_are_damaged_images(damaged):
    os.mkfifo(damaged / "set/train/ant/3.png")
    (damaged / "set/val/cat/3.png").symlink_to(damaged / "nothing")
    with pytest.raises(RequestError, match=r"damaged: 4 \(train/ant/3\.png: a named pipe, no file, .*"):
        load(damaged)
    found = load(damaged, skip_damaged=True)
    assert (found.count.tolist(), found.skipped) == ([3, 1, 3, 3, 3], 4)


def test_a_class_of_which_no_image_is_left_is_refused(damaged):
    (damaged / "set/train/bee/1.png").write_bytes(b"")
    with pytest.raises(RequestError, match=r"images of every class, got none of 1 \(bee\)"):
        load(damaged, skip_damaged=True)


# Small classes


@pytest.fixture
def uneven(photos, files, tmp_path):
    """`cat` has one image, `dog` two and `fox` none."""
    few = ("cat/1.png", "cat/2.png", "dog/1.png")
    return photos.write(tmp_path / "set", {name: one for name, one in files.items() if name not in few} | {"fox": None})


def test_classes_under_min_images_are_left_out_before_the_others_are_divided(uneven):
    found = splits([uneven.parent], path="set", min_images=3, **DIVIDE)
    assert sorted(sum(found.values(), ())) == ["ant", "bee", "elk"]
    assert [len(names) for names in found.values()] == [1, 1, 1]
    bank = load(uneven.parent, ("ant",), min_images=3, **DIVIDE)
    assert bank.left_out == {"classes": 3, "images": 3}
    assert load(uneven.parent, ("ant",), min_images=3, **DIVIDE).left_out == bank.left_out  # from the cache
    assert load(uneven.parent, ("ant",), min_images=1, **DIVIDE).left_out == {"classes": 1, "images": 0}
    with pytest.raises(RequestError, match="unknown class of folder:set 'cat'"):
        load(uneven.parent, ("cat",), min_images=3, **DIVIDE)


@pytest.mark.parametrize("layout", [by_split, with_lists])
def test_small_classes_of_a_split_are_left_out_of_it(photos, files, tmp_path, layout):
    photos.write(tmp_path / "set", layout({name: one for name, one in files.items() if name != "cat/1.png"}))
    with pytest.raises(RequestError, match=r"min_images: .* at least 3 images in val, got .*cat, has 2"):
        splits([tmp_path], path="set", min_images=3)
    photos.write(tmp_path / "more", layout({name: one for name, one in files.items() if name != "bee/1.png"}))
    assert splits([tmp_path], path="more", min_images=3) == SPLIT | {"train": ("ant",)}


def test_a_class_without_images_is_refused_with_the_way_out(uneven):
    with pytest.raises(RequestError, match=r"none in 1 \(fox\); min_images = 1 leaves such classes out"):
        splits([uneven.parent], path="set", **DIVIDE)
    with pytest.raises(RequestError, match="min_images: expected a number of at least 0, got -1"):
        splits([uneven.parent], path="set", min_images=-1, **DIVIDE)


def test_the_report_names_the_smallest_classes(uneven):
    found = verify("folder:set", [uneven.parent])
    assert found[2:4] == ["fewest images: 2 (cat: 1, dog: 2) of 5 classes", "no images: 1 (fox)"]


def test_a_spec_without_min_images_has_the_id_that_it_had():
    plain = make_part("datasets", "folder:set").options
    assert "min_images" not in plain
    assert make_part("datasets", "folder:set", {"min_images": 3}).options == plain | {"min_images": 3}


# The cache


def test_images_are_decoded_once_and_again_when_a_file_changes(photos, files, tmp_path, monkeypatch):
    photos.write(tmp_path / "set", by_split(files))
    first = load(tmp_path)
    monkeypatch.setattr("fewshot.data.readers.photo_bank.loaded", None)
    assert load(tmp_path).digest == first.digest
    monkeypatch.undo()
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "set/test/dog/1.png").write_bytes(photos.photo(99))
    os.utime(tmp_path / "set/test/dog/1.png", (0, 0))
    assert load(tmp_path).digest != first.digest


def test_suites_results_and_hidden_files_among_the_images_change_nothing(photos, files, tmp_path, monkeypatch):
    photos.write(tmp_path / "set", files)
    first = load(tmp_path, **DIVIDE)
    more = {"results/runs/mine/conv4/a.json": b"{}", "results/tables/mine.md": b"", "mine.toml": b"", ".git/index": b""}
    photos.write(tmp_path / "set", more)
    monkeypatch.setattr("fewshot.data.readers.photo_bank.loaded", None)
    assert load(tmp_path, **DIVIDE).digest == first.digest
    assert set(sum(splits([tmp_path], path="set", **DIVIDE).values(), ())) == {*CLASSES}


# What is said of it


def test_verifying_counts_and_names(damaged, photos, monkeypatch):
    photos.write(damaged / "set", {"val/cat/5.jpg": photos.encoded(photos.picture(0, (5, 5), "L"), "JPEG"),
                                   "more/x.png": b""})  # fmt: skip
    found = verify("folder:set", [damaged])
    assert found[0] == f"folder:set: class folders by split: {damaged / 'set'}"
    assert found[1:4] == [
        "train: 2 classes of 3 images, 6 in all: ant, bee",
        "val: 1 classes of 4 images, 4 in all: cat",
        "test: 2 classes of 3 images, 6 in all: dog, elk",
    ]
    assert found[4] == "fewest images: 4 (ant: 3, bee: 3, dog: 3, elk: 3) of 5 classes"
    assert found[5] == "images: 13 colour, 1 grey; 13 12 × 10, 1 5 × 5 pixels"
    assert re.match(r"damaged: 2 \(train/bee/10\.png: ", found[6])
    assert found[7:] == ["not used: 1 (more/x.png)"]


def test_it_has_no_place_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "folder:PATH: any folder or zip file of images, below the data folders or anywhere" in status([tmp_path])


def test_files_that_are_not_read_are_counted_by_kind(photos, files, tmp_path):
    made = by_split(files) | {"train/ant/4": photos.photo(50), "train/ant/notes": b"ants", "val/cat/4.DNG": b"raw",
                              "test/dog/4.heic": b"\0\0\0\x18ftypmif2", "test/dog/5.dng": b"raw"}  # fmt: skip
    found = verify("folder:set", [photos.write(tmp_path / "set", made).parent])
    assert "train: 2 classes of 3 to 4 images, 7 in all: ant, bee" in found
    assert found[-2].startswith("damaged: 1 (test/dog/4.heic: none of PNG, ")
    assert found[-1] == "not read: 2 .dng, 1 without ending"
    assert load(tmp_path, ("ant",)).names[-1] == "train/ant/4"


@pytest.mark.parametrize("top", ["", "data/"])
def test_images_without_endings_are_in_their_splits(photos, files, tmp_path, top):
    bare = {f"{top}{name.removesuffix('.png')}": one for name, one in by_split(files).items()} | {"README": b"hello"}
    photos.write(tmp_path / "set", bare)
    assert splits([tmp_path], path="set") == SPLIT
    photos.write(tmp_path / "plain", by_split(files))
    assert load(tmp_path, ("ant",)).digest == load(tmp_path, ("ant",), path="plain").digest


def test_twelve_bits_in_sixteen_are_scaled_for_all_images_of_a_folder_alike(photos, tmp_path):
    light, dark = np.full((SIDE, SIDE), 4000, np.uint16), np.full((SIDE, SIDE), 400, np.uint16)
    made = {name: photos.encoded(Image.fromarray(dark if name < "c" else light)) for name in "abcde"}
    photos.write(tmp_path / "set", {f"{name}/1.png": one for name, one in made.items()})
    bank = load(tmp_path, tuple("abcde"), channels=1, **DIVIDE)
    assert bank.pixels[:, 0, 0, 0].tolist() == [25, 25, 250, 250, 250]
    assert load(tmp_path, ("a",), channels=1, **DIVIDE).pixels[0, 0, 0, 0] == 25  # whichever classes are read
    shown = verify("folder:set", [tmp_path])
    assert "16 bits of grey: values up to 4,000, of which the upper 8 of 12 bits are used" in shown


def test_bits_are_those_of_the_content_whatever_a_file_is_called(photos, tmp_path):
    made = photos.encoded(Image.fromarray(np.full((SIDE, SIDE), 4000, np.uint16)))
    photos.write(tmp_path / "set", {f"{name}/1.jpg": made for name in "abcde"})
    assert load(tmp_path, ("a",), channels=1, **DIVIDE).pixels[0, 0, 0, 0] == 250


def test_one_image_of_twelve_bits_is_prepared_as_the_folder_s_or_refused(photos, tmp_path):
    values = [400, 400, 4000, 4000, 4000]
    made = [Image.fromarray(np.full((SIDE, SIDE), value, np.uint16)) for value in values]
    files = {f"{name}/1.png": photos.encoded(one) for name, one in zip("abcde", made, strict=True)}
    photos.write(tmp_path / "set", files)
    given = {"channels": 1, "bits": 12}
    bank = load(tmp_path, tuple("abcde"), **given, **DIVIDE)
    assert bank.digest == load(tmp_path, tuple("abcde"), channels=1, **DIVIDE).digest
    for image, pixels in zip(made, bank.pixels, strict=True):
        np.testing.assert_array_equal(prepare(image, SIDE, **given), pixels)
    with pytest.raises(ValueError, match="16 bits of grey, of which the network's data set does not say how many"):
        prepare(made[0], SIDE, channels=1)
    with pytest.raises(RequestError, match=r"bits of folder:set: expected at least 12 for values up to 4,000, got 10"):
        load(tmp_path, tuple("abcde"), channels=1, bits=10, **DIVIDE)
    with pytest.raises(RequestError, match=r"bits of folder:set: expected one of 8, 10, 12, 14, 16, got 9"):
        check(SIDE, path="set", bits=9)


# Real photographs


def test_tiny_imagenet_is_read_as_it_lies(real_data):
    if not any((folder / "tiny-imagenet-100x150").exists() for folder in real_data):
        pytest.skip("needs tiny-imagenet-100x150 in $FEWSHOT_DATA")
    found = splits(real_data, path="tiny-imagenet-100x150")
    assert {split: len(names) for split, names in found.items()} == {"train": 64, "val": 16, "test": 20}
    bank = folder(found["val"], 64, real_data, path="tiny-imagenet-100x150")
    assert (bank.shape, bank.count.tolist()) == ((3, 64, 64), [150] * 16)
    assert 100 < bank.pixels.float().mean() < 130


def test_faces_are_divided_by_person(real_data):
    found = splits(real_data, path="orl-faces", split="0.6/0.2/0.2")
    assert {split: len(names) for split, names in found.items()} == {"train": 24, "val": 8, "test": 8}
    assert sorted(sum(found.values(), ())) == sorted(f"s{number}" for number in range(1, 41))
    bank = folder(found["test"], 48, real_data, path="orl-faces", split="0.6/0.2/0.2", channels=1)
    assert (bank.shape, bank.count.tolist()) == ((1, 48, 48), [10] * 8)


def test_a_folder_that_is_unzipped_is_the_same_data(real_data, tmp_path):
    shutil.unpack_archive(real_data[0] / "orl-faces" / "orl_faces.zip", tmp_path / "orl-faces")
    given = {"path": "orl-faces", "split": "0.6/0.2/0.2"}
    assert splits([tmp_path], **given) == splits(real_data, **given)
    banks = [folder(("s1", "s40"), 32, where, **given) for where in ([tmp_path], real_data)]
    assert banks[0].digest == banks[1].digest

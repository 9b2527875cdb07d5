"""The data set `omniglot` on small made-up archives, and on the real ones where they are."""

import io
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fewshot.core.errors import RequestError
from fewshot.data.class_lists.names import TURNS
from fewshot.data.datasets.omniglot import omniglot
from fewshot.data.datasets.omniglot.verify import verify_archives
from fewshot.data.locations import data_folders
from fewshot.protocols import load_protocol

real = pytest.mark.skipif(not os.environ.get("FEWSHOT_DATA"), reason="needs the real Omniglot: set $FEWSHOT_DATA")


def test_order_ink_groups_and_authors(world):
    bank = world.load(["Ce/character01", "Be/character01", "Ah/character02"])
    assert bank.classes == ("Ce/character01", "Be/character01", "Ah/character02")
    assert bank.groups == ("Ce", "Be", "Ah")
    assert bank.group.tolist() == [0] * 20 + [1] * 20 + [2] * 20
    assert bank.author.tolist() == [*range(20)] * 3
    assert (bank.authors[0], bank.authors[-1]) == ("01", "20")
    assert bank.names[0].startswith("images_evaluation/Ce/character01/")
    assert bank.names[41] == "images_background/Ah/character02/0001_02.png"
    expected = np.stack([world.ink[f"Ah/character02/0001_{drawer:02d}.png"] for drawer in range(1, 21)])
    assert torch.equal(bank.pixels[40:, 0], torch.from_numpy(expected * np.uint8(255)))


@pytest.mark.parametrize("size", [1, 28, 105, 130])
def test_any_size_keeps_the_ink(world, size):
    bank, native = world.load(size=size), world.load()
    assert bank.shape == (1, size, size)
    assert bank.pixels.float().mean() == pytest.approx(native.pixels.float().mean(), abs=0.5)


def test_only_the_archives_that_hold_the_classes_are_looked_at(world):
    world.zip("images_evaluation").unlink()
    assert len(world.load()) == 60
    with pytest.raises(
        RequestError, match=r"expected images_evaluation\.zip or images_evaluation/ in .*refused.*--data"
    ):
        world.load(["Ce/character01"])


def unpacked(world):
    world.unpack("omniglot", "images_background")


def unpacked_twice(world):
    world.unpack("images_background", "images_background")


def torchvision_layout(world):
    (world.folder / "omniglot").rename(world.folder / "omniglot-py")


def no_top_folder(world):
    world.write_zip({"__MACOSX/Ah/._x.png": b"", ".DS_Store": b"", "Ah/Thumbs.db": b""}, top="")


def other_png_mode(world):
    files = {}
    for name, content in world.files["images_background"].items():
        file = io.BytesIO()
        Image.open(io.BytesIO(content)).convert("RGB").save(file, "PNG")
        files[name] = file.getvalue()
    world.write_zip(files)


@pytest.mark.parametrize("layout", [unpacked, unpacked_twice, torchvision_layout, no_top_folder, other_png_mode])
def test_layouts_give_the_same_bank(world, layout):
    before = world.load()
    layout(world)
    assert world.load().digest == before.digest


@pytest.mark.parametrize(
    ("classes", "size", "message"),
    [
        (["Ah/character1"], 28, "such as Ah/character01.*got 'Ah/character1'"),
        (["Ah/character01/rot45"], 28, r"such as Ah/character01.*/rot090.*got 'Ah/character01/rot45'"),
        (["Ah/character09/rot090"], 28, "such as Ah/character0.*got 'Ah/character09/rot090'"),
        (["Ah/rot090"], 28, "got 'Ah/rot090'"),
        (["Ah/character01/rot090"] * 2, 28, "each class once, got 2, 1 different"),
        (["Ah/character01"] * 2, 28, "each class once, got 2, 1 different"),
        ([], 28, "each class once, got 0"),
        (["Ah/character01"], 0, "at least 1 pixel, got 0"),
        (["Ah/character01"], 2.5, "at least 1 pixel, got 2.5"),
    ],
)
def test_requests_that_cannot_be_met(world, classes, size, message):
    with pytest.raises(RequestError, match=message):
        world.load(classes, size)


def test_turned_classes_keep_their_order_and_the_group_and_drawers_of_their_character(world):
    names = ("Be/character01/rot270", "Ah/character02/rot090", "Be/character01", "Ah/character02/rot000")
    bank = world.load(names, size=30)
    assert (bank.classes, bank.groups, len(bank)) == (names, ("Be", "Ah"), 80)
    assert bank.group.tolist() == [0] * 20 + [1] * 20 + [0] * 20 + [1] * 20
    assert bank.author.tolist() == [*range(20)] * 4
    assert bank.names[23] == bank.names[63] == "images_background/Ah/character02/0001_04.png"
    plain = world.load(["Be/character01", "Ah/character02"], size=30).pixels.view(2, 20, 1, 30, 30)
    for found, (character, quarters) in zip(
        bank.pixels.view(4, 20, 1, 30, 30), ((0, 3), (1, 1), (0, 0), (1, 0)), strict=True
    ):
        assert torch.equal(found, plain[character].rot90(quarters, (2, 3)))


def test_a_turned_class_needs_no_unturned_one_beside_it(world):
    alone = world.load(["Ah/character01/rot180"])
    both = world.load(["Ah/character01/rot000", "Ah/character01/rot180"])
    assert torch.equal(alone.pixels, both.pixels[20:])
    assert torch.equal(both.pixels[20:].flip(2, 3), both.pixels[:20])
    assert len({alone.digest, both.digest, world.load(["Ah/character01"]).digest}) == 3


def test_a_turned_class_is_looked_for_where_its_character_is(world):
    world.zip("images_evaluation").unlink()
    assert len(world.load(["Ah/character01/rot090"])) == 20
    with pytest.raises(RequestError, match=r"expected images_evaluation\.zip"):
        world.load(["Ce/character01/rot090"])


@pytest.fixture(scope="module")
def module_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FEWSHOT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@real
def test_the_real_data_start_fast_the_second_time(module_cache):
    classes = load_protocol("lake").classes["test"]
    bank = omniglot(classes, 28, data_folders())
    assert (len(bank), len(bank.groups)) == (13180, 20)
    assert len(bank.pixels[:2000].unique()) > 50
    start = time.perf_counter()
    again = omniglot(classes, 28, data_folders())
    assert time.perf_counter() - start < 1
    assert again.digest == bank.digest


@real
@pytest.mark.slow
def test_verifying_reads_all_images_and_the_official_trials(module_cache):
    background, evaluation, whole, trials = verify_archives(data_folders())
    assert background.startswith("images_background: 19,280 images of 964 characters, content verified")
    assert evaluation.startswith("images_evaluation: 13,180 images of 659 characters, content verified")
    assert whole.startswith("omniglot: 32,460 images")
    assert "agrees with" in trials or "no all_runs.zip here" in trials


@real
def test_a_real_archive_cut_short_is_named(module_cache, tmp_path):
    source = next(Path(os.environ["FEWSHOT_DATA"]).rglob("images_evaluation.zip"), None)
    if source is None:
        pytest.skip("needs images_evaluation.zip in $FEWSHOT_DATA")
    cut = tmp_path / "images_evaluation.zip"
    shutil.copy(source, cut)
    cut.chmod(0o644)
    with cut.open("r+b") as file:
        file.truncate(1_000_000)
    with pytest.raises(RequestError, match=r"images_evaluation\.zip: expected a zip archive, got a truncated"):
        omniglot(["Angelic/character01"], 28, [tmp_path])


@real
def test_a_turn_of_the_real_images_is_counter_clockwise(module_cache):
    name = "Tibetan/character42"
    bank = omniglot([name, *(f"{name}/{turn}" for turn in TURNS)], None, data_folders())
    plain, *turned = bank.pixels.view(5, 20, 105, 105).numpy()
    for drawer in (0, 19):
        image = Image.fromarray(plain[drawer])
        for found, degrees in zip(turned, (0, 90, 180, 270), strict=True):
            assert np.array_equal(found[drawer], np.asarray(image.rotate(degrees)))
    assert len({found.tobytes() for found in turned}) == 4

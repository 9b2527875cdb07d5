"""Made-up scans of signatures, raw or binarised, as CEDAR and SigComp2011 lay them out, and what is refused."""

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from fewshot.core.checks import Oblong
from fewshot.core.errors import RequestError
from fewshot.core.statistics.roc import roc_area
from fewshot.data.datasets.cedar import SCANS, cedar
from fewshot.data.datasets.cedar import parse as parse_cedar
from fewshot.data.datasets.sigcomp2011_dutch import parse, sigcomp2011_dutch
from fewshot.data.handwriting import NoInk
from fewshot.data.signatures import prepare, verify_scans
from fewshot.evaluation.shortcuts import shortcuts

SIZE = Oblong(22, 31)


def scan(number: int, *, paper: int = 240, wide: int = 300, high: int = 120) -> Image.Image:
    """A zigzag of ink somewhere on noisy paper."""
    draw = np.random.default_rng(number)
    noise = draw.integers(-6, 6, (high, wide))
    image = Image.fromarray((np.full((high, wide), paper) + noise).astype(np.uint8))
    points = [(int(x), int(draw.integers(high // 4, 3 * high // 4))) for x in np.linspace(40, wide - 60, 9)]
    ImageDraw.Draw(image).line(points, fill=70, width=4)
    return image


def encoded(image: Image.Image) -> bytes:
    image.save(file := io.BytesIO(), "PNG")
    return file.getvalue()


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """Two writers of CEDAR, raw: the paper of forgeries is lighter, which gives them away."""
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    files = {}
    for writer in (1, 12):
        for number in range(1, 11):
            own = 100 * writer + number
            files[f"full_org/original_{writer}_{number}.png"] = encoded(scan(own))
            files[f"full_forg/forgeries_{writer}_{number}.png"] = encoded(scan(own + 50, paper=249))
    return files


def packed(folder, files, name="cedar.zip", top="signatures/"):
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as archive:
        for file, content in files.items():
            archive.writestr(top + file, content)
    return folder


def test_ink_is_parted_from_the_paper_cropped_and_fitted_whole():
    wide = prepare(scan(3), SIZE)
    assert (wide.shape, wide.dtype) == ((1, 22, 31), np.uint8)
    assert wide[0].max(0).min() > 0  # ink reaches from side to side
    assert wide[0].max(1)[[0, -1]].max() == 0  # in its proportions
    assert np.array_equal(prepare(scan(3).convert("RGB"), SIZE), wide)
    lighter = Image.fromarray((np.asarray(scan(3)) * 0.9).astype(np.uint8))
    assert np.abs(prepare(lighter, SIZE).astype(int) - wide).mean() < 2
    light = Image.fromarray(255 - np.asarray(scan(3)))
    assert np.abs(prepare(light, SIZE).astype(int) - wide).mean() < 2
    with pytest.raises(NoInk, match="there is no ink"):
        prepare(Image.new("L", (30, 20), 255), SIZE)
    grain = np.random.default_rng(0).normal(235, 5, (200, 300)).clip(0, 255).astype(np.uint8)
    with pytest.raises(NoInk, match="no ink that stands out"):
        prepare(Image.fromarray(grain), SIZE)


def test_a_prepared_signature_stays_nearly_as_it_is():
    once = prepare(scan(3), Oblong(220, 310))
    rows = np.flatnonzero(once[0].any(1))
    again = prepare(Image.fromarray(255 - once[0, rows[0] : rows[-1] + 1]), SIZE)
    assert np.abs(again.astype(int) - prepare(scan(3), SIZE)).mean() < 8


def test_a_signature_that_is_there_twice_is_refused(raw, tmp_path):
    copies = {f"prepared/{name}": content for name, content in raw.items()}
    with pytest.raises(RequestError, match=r"expected each signature once, got .*full_.*png and .*full_.*png"):
        cedar(("12",), SIZE, [packed(tmp_path, raw | copies)])


def test_writers_with_signatures_missing_are_not_verified(raw, tmp_path, monkeypatch):
    packed(tmp_path, raw)
    scans = SCANS._replace(writers=("01", "12"))
    with pytest.raises(RequestError, match=r"cedar: expected 24 genuine and 24 forged .*, got 10 and 10 of 01"):
        verify_scans(scans, [tmp_path])
    assert "2 writers, 20 genuine signatures, 20 forged" in verify_scans(scans._replace(each=(10, 10)), [tmp_path])[0]


def test_a_folder_and_an_archive_are_the_same_bank(raw, tmp_path):
    bank = cedar(("12", "01"), SIZE, [packed(tmp_path / "packed", raw)])
    assert (bank.classes, bank.shape) == (("12", "01"), (1, 22, 31))
    assert (bank.count.tolist(), bank.forgeries.tolist()) == ([10, 10], [10, 10])
    assert all(("forgeries" in name) == bool(forged) for name, forged in zip(bank.names, bank.forged, strict=True))
    for name, content in raw.items():
        file = tmp_path / "loose" / "signatures" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    assert cedar(("12", "01"), SIZE, [tmp_path / "loose"]).digest == bank.digest
    image = bank.names.index("full_org/original_12_3.png")
    prepared = cedar.prepare(Image.open(io.BytesIO(raw[bank.names[image]])), SIZE)
    assert np.array_equal(bank.pixels[image].numpy(), prepared)


def test_the_papers_grey_no_longer_tells_forgeries(raw, tmp_path):
    mean = {name: np.asarray(Image.open(io.BytesIO(content))).mean() for name, content in raw.items()}
    greys = ([mean[name] for name in mean if ("forg" in name.split("/")[0]) == forged] for forged in (True, False))
    assert roc_area(*map(np.array, greys)) == 1
    bank = cedar(("01", "12"), SIZE, [packed(tmp_path / "packed", raw)])
    ink = bank.pixels.float().mean((1, 2, 3))
    assert 0.1 < roc_area(ink[bank.forged].numpy(), ink[~bank.forged].numpy()) < 0.9


def test_the_look_for_shortcuts_finds_the_paper_of_raw_scans_and_none_in_prepared_ones(raw, tmp_path):
    bank = cedar(("01", "12"), SIZE, [packed(tmp_path / "packed", raw)])
    grey = [255 - np.asarray(Image.open(io.BytesIO(raw[name])).resize(SIZE[::-1])) for name in bank.names]
    as_scanned = replace(bank, pixels=torch.from_numpy(np.stack(grey)[:, None]))
    areas, left = (
        {one.statistic: one for one in shortcuts("test", some) if one.kind == "forgeries"}
        for some in (as_scanned, bank)
    )
    assert areas["commonest value"].area > 0.95
    assert areas["mean value"].finding
    assert [one.finding for one in left.values() if one.finding] == []


def test_names_of_both_competitions_sets():
    found = {name: parse(f"SigComp/Dutch/any folder/{name}.PNG") for name in (
        "001_01", "0119001_01", "01_013", "01_0113013", "NFI-00101001")}  # fmt: skip
    assert [one and tuple(one) for one in found.values()] == [
        ("001", False), ("001", True), ("013", False), ("013", True), None]  # fmt: skip
    assert parse("Chinese/001_01.PNG") is None
    assert parse_cedar("full_forg/forgeries_7_24.png") == ("07", True)
    assert parse_cedar("full_org/Thumbs.png") is None


def test_sigcomp_is_read_from_folders_at_any_depth(tmp_path, monkeypatch):
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "sigcomp2011-dutch" / "trainingSet" / "OfflineSignatures" / "Dutch"
    for number, name in enumerate(("Offline Genuine/001_1", "Offline Genuine/001_2", "Offline Forgeries/0119001_01")):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        scan(number).save(place / f"{name}.png")
    bank = sigcomp2011_dutch(("001",), SIZE, [tmp_path])
    assert (bank.count.tolist(), bank.forgeries.tolist()) == ([2], [1])
    with pytest.raises(RequestError, match=r"expected genuine signatures of every writer, got none of 1 \(002\)"):
        sigcomp2011_dutch(("001", "002"), SIZE, [tmp_path])


def test_missing_scans_and_packed_ones_are_refused(tmp_path, raw):
    with pytest.raises(RequestError, match=r"cedar: expected a folder or zip file cedar or signatures in .* got none"):
        cedar(("01",), SIZE, [tmp_path / "nowhere"])
    (tmp_path / "signatures.rar").write_bytes(b"Rar!")
    assert cedar.locate([tmp_path]).startswith("not here")
    with pytest.raises(RequestError, match=r"signatures.rar, which is to be unpacked"):
        cedar(("01",), SIZE, [tmp_path])
    with pytest.raises(RequestError, match="unknown writer of cedar '56'"):
        cedar(("56",), SIZE, [tmp_path])
    place = packed(tmp_path / "packed", raw | {"full_org/original_1_1.png": b"\x89PNG broken"})
    with pytest.raises(RequestError, match=r"damaged: 1 .*original_1_1.png[^;]*$"):
        cedar(("01",), SIZE, [place])
    other = packed(tmp_path / "other", {"a/b.png": encoded(scan(1))})
    with pytest.raises(RequestError, match="expected the scans of CEDAR"):
        cedar(("01",), SIZE, [other])


def test_other_sizes_and_scans_are_other_banks(raw, tmp_path):
    place = packed(tmp_path / "packed", raw)
    first = cedar(("01",), SIZE, [place])
    assert cedar(("01",), Oblong(11, 31), [place]).shape == (1, 11, 31)
    packed(place, raw | {"full_org/original_1_1.png": encoded(scan(999))})
    assert cedar(("01",), SIZE, [place]).digest != first.digest

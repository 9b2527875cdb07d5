"""Single numbers that tell forgeries or classes apart: found where they were put, and nowhere else."""

import zlib
from dataclasses import replace

import numpy as np
import pytest
import torch

from fewshot.data.bank import make_bank
from fewshot.evaluation.shortcuts import shortcut_fact, shortcuts, statistics

CLASSES, IMAGES, SIDE = 12, 8, 12


def scans(*, paper_of_forgeries: int = 0, paper_of_classes: int = 0):
    """Made-up scans: strokes on paper whose grey differs a little on each, by role or by class."""
    draw = np.random.default_rng(0)
    label = np.repeat(np.arange(CLASSES), IMAGES)
    forged = np.tile(np.arange(IMAGES) >= IMAGES // 2, CLASSES)
    paper = 20 + draw.integers(0, 8, len(label)) + paper_of_forgeries * forged + paper_of_classes * label
    pixels = np.where(draw.random((len(label), 1, SIDE, SIDE)) < 0.2, 200, paper[:, None, None, None])
    names = tuple(f"person/{one}" for one in range(CLASSES))
    return make_bank(
        pixels.astype(np.uint8), label, 0 * label, 0 * label, classes=names, groups=("person",), authors=("a",),
        forged=forged,
    )  # fmt: skip


def findings(bank) -> set[tuple[str, str]]:
    return {(one.kind, one.statistic) for one in shortcuts("test", bank) if one.finding}


def test_the_paper_of_forgeries_is_found():
    bank = scans(paper_of_forgeries=30)
    greys = {(kind, f"{one} value") for kind in ("forgeries",) for one in ("mean", "commonest", "smallest")}
    assert findings(bank) == greys
    by_name = {(one.kind, one.statistic): one.area for one in shortcuts("test", bank)}
    assert by_name["forgeries", "commonest value"] > 0.99
    assert by_name["forgeries", "share of ink"] == pytest.approx(0.5, abs=0.1)
    sentence = "the commonest value alone tells forgeries of test apart: ROC area 1.00"
    assert sentence in shortcut_fact("test", bank)["shortcuts"]


def test_the_paper_of_classes_is_found():
    assert {kind for kind, _ in findings(scans(paper_of_classes=12))} == {"classes"}


def test_scans_on_one_paper_have_none():
    assert findings(scans()) == set()
    assert shortcut_fact("test", scans()) == {}


def test_statistics_are_those_of_numpy():
    bank = scans(paper_of_classes=3)
    rows = bank.pixels.flatten(1).numpy()
    commonest = [np.bincount(row).argmax() for row in rows]
    expected = [rows.mean(1), commonest, rows.min(1), rows.max(1), (rows > 127).mean(1)]
    found = statistics(bank)
    np.testing.assert_allclose(found[:, :-1], np.stack(expected, 1))
    assert found[0, -1] == len(zlib.compress(rows[0].tobytes(), 1))


def test_the_noise_of_forgeries_is_found():
    bank = scans()
    noisy = np.random.default_rng(1).integers(0, 2, bank.pixels.shape) * bank.forged.numpy()[:, None, None, None]
    loud = replace(bank, pixels=bank.pixels ^ torch.from_numpy(noisy.astype(np.uint8)))
    assert ("forgeries", "compressed size") in findings(loud)

"""What all tests share: run-time checks of shapes, a cache folder, made-up glyphs and the real Omniglot."""

import atexit
import gc
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if sys.dont_write_bytecode:  # then each of the tests' processes would compile torch anew, which takes it seconds
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

import numpy as np
import pytest
from jaxtyping import install_import_hook

# Every shape in a signature is checked, in the modules that have any; plain types are not, so that tests can hand in a
# wrong one and see it refused.
ROOT = Path(__file__).parents[1]
SHAPED = [one for one in ROOT.glob("fewshot/*/**/*.py") if re.search(r"jaxtyping|core\.types", one.read_text("utf-8"))]
LENIENT = "beartype.FrozenDict({int: object, float: object, str: object})"
install_import_hook(
    [".".join(one.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for one in SHAPED],
    f"beartype.beartype(conf=beartype.BeartypeConf(hint_overrides={LENIENT}))",
)

if TYPE_CHECKING:  # the process that only hands out the tests needs no torch
    from fewshot.core.spec.run_spec import RunSpec
    from fewshot.data.bank import ImageBank
    from fewshot.records.record import RunRecord
    from fewshot.verification.network import Network


def pytest_collection() -> None:
    """Collecting imports everything and throws away little: nobody looks for cycles in it, then or later."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
    atexit.register(gc.unfreeze)  # or libraries report at the end that their objects are still there


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked slow are skipped unless they are wanted."""
    if os.environ.get("FEWSHOT_SLOW"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="takes long: set $FEWSHOT_SLOW to run it"))


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Pytest's processes share the cores, so that torch computes with one thread in each."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Path:
    """A temporary folder of all of pytest's processes."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(shared) -> Iterator[Path]:
    """$FEWSHOT_CACHE is a temporary folder: a data set is decoded once."""
    with pytest.MonkeyPatch.context() as patch:
        folder = shared / "cache"
        folder.mkdir(exist_ok=True)
        patch.setenv("FEWSHOT_CACHE", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def no_plugin_stays() -> Iterator[None]:
    """No test knows the plug-ins of another."""
    yield
    if lookup := sys.modules.get("fewshot.registry.lookup"):
        lookup.forget_plugins()


@pytest.fixture(scope="session")
def once(shared) -> "Callable[[str, Callable[[Path], None]], Path]":
    """Fills a folder of a name by a function of it, once for all of pytest's processes."""
    from filelock import FileLock

    def fill(name: str, make: Callable[[Path], None]) -> Path:
        folder = shared / name
        with FileLock(shared / f"{name}.lock"):
            if not folder.exists():
                folder.mkdir()
                make(folder)
        return folder

    return fill


@pytest.fixture(scope="session")
def omniglot_data() -> list[Path]:
    """The folders to look for the real Omniglot in."""
    if not (folder := os.environ.get("FEWSHOT_DATA")):
        pytest.skip("needs the real Omniglot: set $FEWSHOT_DATA")
    return [Path(folder)]


@pytest.fixture(scope="session")
def glyph_bank() -> "Callable[..., ImageBank]":
    """Makes a bank of made-up glyphs: `glyph_bank(12, images=6, groups=(5, 4, 3), authors=6, size=8)`."""
    return _glyphs


def _glyphs(
    classes: int = 12,
    *,
    images: int | Sequence[int] = 6,
    groups: int | Sequence[int] = 3,
    authors: int | None = None,
    size: int = 8,
) -> "ImageBank":
    """A pattern for each class, and noise of its own on each image.

    `images` is of each class and `groups` the classes of each group, where one number stands for as even a cut as can
    be. The images of a class go round the `authors` (by default one each).
    """
    from fewshot.data.bank import make_bank

    draw = np.random.default_rng(classes)
    images = [images] * classes if isinstance(images, int) else list(images)
    groups = [len(part) for part in np.array_split(range(classes), groups)] if isinstance(groups, int) else list(groups)
    authors = max(images) if authors is None else authors
    label = np.repeat(np.arange(classes), images)
    group = np.repeat(np.arange(len(groups)), groups)
    ink = np.where(draw.random((classes, 1, size, size)) < 0.3, 200, 0)[label]
    return make_bank(
        (ink + draw.integers(0, 56, ink.shape)).astype(np.uint8),
        label,
        group[label],
        np.concatenate([np.arange(count) % authors for count in images]),
        classes=tuple(f"group{group[number]}/glyph{number}" for number in range(classes)),
        groups=tuple(f"group{number}" for number in range(len(groups))),
        authors=tuple(f"author{number}" for number in range(authors)),
    )


@pytest.fixture(scope="session")
def photographs(tmp_path_factory) -> Path:
    """A data folder with `people`: twelve classes of five colour images each, 14 x 12 pixels, below no split."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("data")
    draw = np.random.default_rng(0)
    for person in range(12):
        (folder / "people" / f"p{person:02d}").mkdir(parents=True)
        face = draw.integers(0, 200, (12, 14, 3))
        for number in range(5):
            pixels = (face + draw.integers(0, 56, face.shape)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / "people" / f"p{person:02d}" / f"{number}.png")
    return folder


@pytest.fixture(scope="session")
def make_record() -> "Callable[..., RunRecord]":
    """Makes the record that a spec might have: `make_record(spec, seed=0)`."""
    return _record


def _record(spec: "RunSpec", seed: int = 0, episodes: int = 40) -> "RunRecord":
    from fewshot.records.record import RunRecord

    draw = np.random.default_rng(seed)
    return RunRecord(
        spec,
        {
            "5-way 1-shot": (draw.integers(10, 16, episodes) / 15).round(6).tolist(),
            "20-way 1-shot": (draw.integers(40, 61, episodes) / 60).round(6).tolist(),
        },
        same=draw.normal(1, 1, 50).round(3).tolist(),
        different=draw.normal(-1, 1, 50).round(3).tolist(),
        curve=[(10, 0.5, 0.25), (20, 0.25, None)],
        kept=10,
        digests={spec.stage: "0" * 64},
        facts={"commit": "abc", "device": "cpu", "seconds": 1.0},
    )


@pytest.fixture(scope="session")
def small_network() -> "Network":
    """A network of letters, trained for a few steps, with thresholds and calibration from its pairs on val."""
    import fewshot

    return fewshot.Verifier.trained(*fewshot.train("triplet", steps=5, progress=False)).network

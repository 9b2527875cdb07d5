"""Cells on a Ray cluster: the records of one process, whoever dies."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from fewshot.device import threads
from fewshot.dispatch import run_on_ray
from fewshot.harness import run_suite
from fewshot.registry import add_plugin
from fewshot.suites import read_suite

pytest.importorskip("ray")

TINY = ["training.steps=4", "training.val_every=2", "training.warmup=0", "size=16", "options.conv4.widths=[8, 8, 8, 8]"]


def quickstart(*changes: str, wanted=("loss=triplet", "loss=contrastive")):
    return read_suite("quickstart", changes=[*TINY, *changes], stage="val").only(wanted)


def at_a_cell() -> list[int]:
    """The processes that compute a cell, as Ray calls them."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if b"ray::fewshot" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
        except OSError:
            continue
    return found


def test_two_tasks_give_the_records_of_one_process_though_one_is_killed(tmp_path):
    suite, heard = quickstart(), []

    def progress(spec, what, step):
        if what == "training" and not heard:
            os.kill(at_a_cell()[0], signal.SIGKILL)
        heard.append(spec.id)

    with threads(1):
        alone = run_suite(suite, tmp_path / "alone", device="cpu")
    together = run_on_ray(suite, tmp_path / "together", "local", device="cpu", progress=progress)
    assert set(heard) == {spec.id for spec in suite.specs}
    for one, other in zip(alone.records, together.records, strict=True):
        assert one.plain() | {"facts": None} == other.plain() | {"facts": None}
        assert other.facts["threads"] == 1
    assert not list((tmp_path / "together" / "unfinished").iterdir())

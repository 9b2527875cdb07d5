"""Figures with images: drawn at the widths of papers with every word whole, and never of people in the repository."""

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import matplotlib.style
import numpy as np
import pytest
from matplotlib.text import Text

from fewshot.core.spec.run_spec import Part
from fewshot.inspection.figures import PICTURES, PUBLIC, drawable, keep_out_of_git
from fewshot.records.kept import weights_file
from fewshot.reporting.figures.draw import draw_figures, figure_module, source
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.page.look import LOOK
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.side_files import difference
from fewshot.suites.suite import read_suite
from fewshot.verification.network_file import to_bytes
from fewshot.verification.verifier import Verifier

COMMITTED = Path(__file__).parents[3] / "paper_figures"
LACK = "needs the record's network: fewshot run SUITE --weights trains a recorded one again"


@pytest.fixture(scope="module")
def given(subject, tmp_path_factory) -> Given:
    results = tmp_path_factory.mktemp("results")
    file = weights_file(results, subject.record.id)
    file.parent.mkdir()
    file.write_bytes(to_bytes(subject.network))
    return Given(replace(read_suite("quickstart"), name="letters"), [subject.record], results=results)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "wide"), [*((name, 3.25) for name in PICTURES), ("tasks", 6.875)])
def test_it_fits_its_page_and_no_word_is_cut_small_or_on_another(name, wide, given, monkeypatch):
    shown: list[tuple[str, float, np.ndarray]] = []

    def note(self: Text, renderer: object) -> None:
        if self.get_visible() and self.get_text().strip():
            shown.append((self.get_text(), self.get_size(), self.get_window_extent(renderer).extents))

    with matplotlib.style.context(["default", LOOK]):
        figure = figure_module(name, PICTURES).draw(source(name, given, PICTURES)["rows"], Page(wide))
        monkeypatch.setattr(Text, "draw", note)
        figure.draw_without_rendering()
    across, high = figure.get_size_inches()
    assert across == wide
    assert high <= Page().high
    assert shown[-1][0].endswith(("seed 0)", "seed\n0)"))
    for text, size, (left, low, right, top) in shown:
        assert size >= 7, text
        assert 0 <= left < right <= across * figure.dpi, text
        assert 0 <= low < top <= high * figure.dpi, text
    for (one, _, a), (other, _, b) in combinations(shown, 2):
        assert max(a[0], b[0]) + 1 > min(a[2], b[2]) or max(a[1], b[1]) + 1 > min(a[3], b[3]), (one, other)


def test_a_task_has_the_records_share_of_right_answers(given, subject):
    rows = source("tasks", given, PICTURES)["rows"]
    (accuracies,) = subject.record.accuracy.values()
    row = rows[0]
    assert row["share"] == pytest.approx(accuracies[row["number"] - 1], abs=1e-6)
    assert (row["way"], len(rows)) == (20, 20)
    for row in rows:
        assert row["right"] == [answer == row["class"] for answer in row["answer"]]
        assert all(name.startswith(row["class"]) for name in row["support"] + row["query"])


def test_the_worst_mistakes_lead_by_the_most(given):
    rows = source("mistakes", given, PICTURES)["rows"]
    leads = [answered - true for answered, true in (row["scores"] for row in rows)]
    assert leads == sorted(leads, reverse=True)
    for row in rows:
        assert row["true"] != row["answered"]
        classes = [file.rpartition("/")[0] for file in row["files"]]
        assert classes == [row["true"], row["answered"], row["true"]]


def test_what_lacks_a_network_or_a_training_says_so(given, subject, tmp_path):
    without = replace(given, results=tmp_path / "none")
    found = draw_figures(without, tmp_path, kinds=PICTURES)
    assert found[:3] == [f"{name}: {LACK}" for name in ("tasks", "mistakes", "embedding")]
    assert found[-1] == f"filters: {LACK}"
    file = weights_file(tmp_path, subject.record.id)
    file.parent.mkdir()
    file.write_bytes(b"no network")
    damaged = draw_figures(replace(given, results=tmp_path), tmp_path, ["tasks", "filters"], kinds=PICTURES)
    assert all("expected a file of the format safetensors" in line for line in damaged)
    assert {file.stem for file in (tmp_path / "letters").iterdir()} == {"augmentations"}
    untrained = replace(subject.record, spec=replace(subject.record.spec, training=None))
    reasons = draw_figures(replace(given, records=[untrained]), tmp_path, kinds=PICTURES)
    assert {one.partition(": ")[2] for one in reasons} == {
        "needs a record of a training with its answers; letters has none"
    }


def test_a_side_file_is_compared_within_what_machines_differ_by(given, tmp_path):
    *_, side = draw_figures(given, tmp_path, ["embedding"], kinds=PICTURES)
    fresh = source("embedding", given, PICTURES)
    fresh["rows"][0]["places"][0][0] += 1e-4
    assert difference(side, fresh).startswith(f"{side}: row 1 differs in places[0]")
    assert difference(side, fresh, 1e-3) is None
    fresh["rows"][0]["places"][0][0] += 0.1
    assert difference(side, fresh, 1e-3).startswith(f"{side}: row 1 differs in places[0]")


def test_images_of_people_go_to_a_folder_of_the_users_own_where_git_ignores_them(given, subject, tmp_path):
    faces = replace(subject.record, spec=replace(subject.record.spec, dataset=Part("lfw")))
    private = replace(given, records=[subject.record, faces])
    assert drawable(given, tmp_path / "paper_figures") == (PICTURES, "")
    assert drawable(private, tmp_path / "mine") == (PICTURES, "")
    for out in ("paper_figures", "paper_figures/mine", "x/../paper_figures"):
        kinds, reason = drawable(private, tmp_path / out)
        assert not kinds
        assert reason == "would show images of lfw: expected --out, a folder of your own outside paper_figures"
    keep_out_of_git(given, tmp_path)
    assert not list(tmp_path.iterdir())
    (tmp_path / ".gitignore").write_text("mine\n/tasks.*\n")
    for _ in range(2):
        keep_out_of_git(private, tmp_path)
        lines = (tmp_path / ".gitignore").read_text().split()
        assert lines[:2] == ["mine", "/tasks.*"]
        assert sorted(lines) == sorted(["mine", *(f"/{name}.*" for name in PICTURES)])


def test_the_repository_holds_images_of_public_data_alone():
    sides = [file for file in COMMITTED.glob("*/*.*") if file.stem in PICTURES]
    assert len(sides) == 3 * len(PICTURES)
    for suite in {file.parent.name for file in sides}:
        assert {spec.dataset.name for spec in read_suite(suite).specs} <= {*PUBLIC}
    shown = [json.loads(file.read_text())["records"] for file in sides if file.suffix == ".json"]
    assert shown == [[Verifier.load().network.spec.id]] * len(PICTURES)

"""Figures: source data is what plain loops find, side files rebuild, and pictures are whole and readable."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import matplotlib.style
import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.text import Text

from fewshot.core.recipe import Recipe
from fewshot.core.spec import Part, RunSpec
from fewshot.core.statistics.intervals import t_interval
from fewshot.core.statistics.roc import equal_error_rate, fnmr_at, roc_area
from fewshot.records.answers import Identified, PairList
from fewshot.records.record import RunRecord
from fewshot.reporting.figures import FIGURES
from fewshot.reporting.figures import draw as figures
from fewshot.reporting.figures.compare import compared
from fewshot.reporting.figures.compare.critical_difference import joined
from fewshot.reporting.figures.draw import draw_figures, rebuilt
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.page.page import PLAIN, Page
from fewshot.reporting.figures.page.style import LOOK, MARKS
from fewshot.suites.suite import Suite, read_suite

LONG = {"alpha": 2.0, "beta": 50.0, "base": 0.5, "mining": "semihard"}
PUBLISHED = (
    {"method": "Matching networks with full context embeddings", "task": "20-way 1-shot", "accuracy": 93.8,
     "half_width": 0.4, "source": "Vinyals et al. 2016, table 1", "note": "another split, " * 8, "trust": "quoted"},
    {"method": "people", "task": "20-way 1-shot", "accuracy": 95.5, "source": "Lake et al. 2015"},
    {"method": "others", "task": "3-way 7-shot", "accuracy": 99.0, "source": "nobody"},
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def short():
    """Three methods are enough to be compared in pairs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compared, "FEW", 3)
        yield


@pytest.fixture(scope="module")
def suite():
    return replace(read_suite("quickstart"), name="made-up", title="A made-up suite", published=PUBLISHED)


def with_gallery(record: RunRecord, references: int = 1, size: int = 40) -> RunRecord:
    """The record with probes of a gallery, of which those that are not found first score below another."""
    draw = np.random.default_rng(record.spec.seed)
    own, other = draw.normal(1, 1, 2 * size), draw.normal(0, 1, 2 * size)
    rank = np.where(own > other, 1, draw.integers(2, size, 2 * size))
    found = Identified(references, size, [2] * size, rank.tolist(), own.tolist(), other.tolist())
    return replace(record, classes=tuple(f"class{number}" for number in range(size)), identified=(found,))


@pytest.fixture(scope="module")
def records(make_record):
    """Two networks × three losses × two seeds, and a training-free method."""
    losses = (("verification", "weighted_l1", {}), ("triplet", "euclidean", {}), ("multi_similarity", "cosine", LONG))
    networks = (Part("conv4"), Part("conv4", {"widths": [64, 128, 128, 256], "pooling": "max"}))
    specs = [
        RunSpec(Part("omniglot"), Part("lake"), "test", 28, Part("siamese"), Part(similarity), network,
                Part(loss, options), training=Recipe(), seed=seed)
        for network in networks for loss, similarity, options in losses for seed in (0, 1)
    ]  # fmt: skip
    specs.append(RunSpec(Part("omniglot"), Part("lake"), "test", 105, Part("pixels"), Part("cosine")))
    found = [with_gallery(make_record(spec, seed=number)) for number, spec in enumerate(specs)]
    return [*found[:-1], replace(found[-1], curve=[])]


@pytest.fixture(scope="module")
def drawn(suite, records, short, tmp_path_factory):
    """A folder with every figure of the made-up suite."""
    folder = tmp_path_factory.mktemp("figures")
    return folder / "made-up", draw_figures(Given(suite, records), folder)


def source(name: str, suite: Suite, records: Sequence[RunRecord]) -> dict:
    """A figure's rows; none where it is left out."""
    return {"rows": figures.figure_module(name).data(Given(suite, records))}


def only(record: RunRecord, task: str) -> RunRecord:
    return replace(record, accuracy={task: record.accuracy[task]}, identified=())


def test_every_script_says_what_it_draws_and_needs():
    assert set(FIGURES) == {
        "accuracy",
        "published",
        "curves",
        "way_and_shot",
        "roc",
        "det",
        "identification",
        "critical_difference",
        "differences",
    }
    for name in FIGURES:
        module = figures.figure_module(name)
        assert module.__doc__
        assert module.NEEDS.startswith("needs ")


def test_accuracy_is_the_interval_over_episodes_of_the_seeds_average(suite, records):
    rows = source("accuracy", suite, records)["rows"]
    assert len(rows) == 2 * 7
    first, second = records[:2]
    for row in (rows[0], rows[7]):
        both = [first.accuracy[row["task"]], second.accuracy[row["task"]]]
        interval = t_interval([(a + b) / 2 for a, b in zip(*both, strict=True)])
        assert (row["mean"], row["half"], row["n"]) == (round(interval.mean, 6), round(interval.half, 6), 40)
        assert row["seeds"] == [round(sum(values) / 40, 6) for values in both]
        assert row["records"] == [first.id, second.id]
    assert [row["network"] for row in rows[:7]] == ["conv4"] * 3 + [rows[3]["network"]] * 3 + [""]
    assert len({(row["network"], row["label"]) for row in rows}) == 7


def test_methods_that_no_word_tells_apart_have_labels_of_their_own(suite, records):
    other = replace(records[0].spec, training=Recipe(batch=7))
    rows = source("accuracy", suite, [records[0], replace(records[0], spec=other)])["rows"]
    assert len({row["label"] for row in rows}) == 2


def test_published_figures_stand_among_ours_by_falling_accuracy(suite, records):
    rows = source("published", suite, records)["rows"]
    assert {row["task"] for row in rows} == {"20-way 1-shot"}
    assert [row["whose"] for row in rows].count("published") == 2
    assert [row["mean"] for row in rows] == sorted((row["mean"] for row in rows), reverse=True)
    assert next(row["note"] for row in rows if row["half"] == 0.004).endswith("quoted")
    val = [replace(record, spec=replace(record.spec, stage="val")) for record in records]
    assert source("published", suite, val)["rows"] == []


def test_curves_have_a_row_for_each_seed(suite, records):
    rows = source("curves", suite, records)["rows"]
    assert [row["records"] for row in rows] == [[record.id] for record in records[:-1]]
    assert {key: rows[0][key] for key in ("seed", "step", "loss", "val")} == {
        "seed": 0, "step": [10, 20], "loss": [0.5, 0.25], "val": [0.25, None],
    }  # fmt: skip


def test_way_and_shot_compares_tasks_that_differ_in_one_of_them(suite, records):
    rows = source("way_and_shot", suite, records)["rows"]
    assert {(row["axis"], row["held"]) for row in rows} == {("way", "1-shot")}
    assert [row["at"] for row in rows[:2]] == [5, 20]
    values = records[0].accuracy["5-way 1-shot"]
    three = replace(records[-1], accuracy={"5-way 1-shot": values, "5-way 5-shot": values, "20-way 5-shot": values})
    rows = source("way_and_shot", suite, [three])["rows"]
    assert [(row["axis"], row["held"], row["at"]) for row in rows] == [
        ("way", "5-shot", 5), ("way", "5-shot", 20), ("shot", "5-way", 1), ("shot", "5-way", 5),
    ]  # fmt: skip


def test_det_is_the_seeds_average_fnmr_at_the_same_fmr(suite, records):
    row = source("det", suite, records)["rows"][0]
    assert len(row["fmr"]) == len(row["fnmr"]) == 101
    for place in (0, 40, 100):
        found = [fnmr_at(one.same, one.different, row["fmr"][place]) for one in records[:2]]
        assert row["fnmr"][place] == pytest.approx(np.mean(found), abs=1e-6)
    error = np.mean([equal_error_rate(one.same, one.different) for one in records[:2]])
    assert (row["said"], row["seeds"]) == (f"{100 * error:.1f}", 2)


def test_identification_has_the_shares_by_rank_and_fnir_by_fpir_of_each_gallery(suite, records, tmp_path):
    several = [replace(one, identified=(*one.identified, *with_gallery(one, 5).identified)) for one in records[:2]]
    row, other = source("identification", suite, several)["rows"]
    assert (row["gallery"], other["gallery"], row["seeds"]) == ("G = 40, K = 1", "G = 40, K = 5", 2)
    ranks = np.array([one.identified[0].rank for one in several])
    for rank, share in zip(row["rank"], row["found"], strict=True):
        assert share == pytest.approx((ranks <= rank).mean(), abs=1e-6)
    for place in (0, 50, 100):
        each = [fnmr_at(one.identified[0].own, one.identified[0].other, row["fpir"][place]) for one in several]
        assert row["fnir"][place] == pytest.approx(np.mean(each), abs=1e-6)
    assert draw_figures(Given(suite, several), tmp_path, ["identification"])[0].exists()
    assert source("identification", suite, [replace(one, identified=()) for one in records])["rows"] == []


@pytest.mark.parametrize("name", ["det", "roc"])
def test_points_chosen_on_val_are_marked_on_the_curves(name, suite, records):
    scored = [one for one in records if one.same]
    chosen = [replace(one, points={"eer": float(np.median(one.same + one.different))}) for one in scored]
    rows = source(name, suite, chosen)["rows"]
    for row, before in zip(rows, source(name, suite, scored)["rows"], strict=True):
        assert {key: value for key, value in row.items() if key != "points"} == before
        of = [one for one in chosen if one.id in row["records"]]
        rates = np.mean([_rates(one, one.points["eer"]) for one in of], 0)
        assert row["points"]["eer"] == pytest.approx(rates, abs=1e-6)
    axes, *_ = figures.figure_module(name).draw(rows, PLAIN).axes
    marks = [line for line in axes.lines if line.get_linestyle() == "None" and len(line.get_xdata())]
    assert [len(line.get_xdata()) for line in marks] == [1] * len(rows)
    assert MARKS in [text.get_text().replace("\n", " ") for text in axes.get_legend().texts]


@pytest.mark.parametrize("name", ["det", "roc"])
def test_the_axis_of_false_matches_names_forgeries(name, suite, records):
    scored = [one for one in records if one.same]
    notes = [("",) * len(one.same) + ("forged",) * len(one.different) for one in scored]
    some = [replace(one, pair_list=PairList((), own)) for one, own in zip(scored, notes, strict=True)]
    labels = [figures.figure_module(name).draw(source(name, suite, each)["rows"], PLAIN).axes[0].get_xlabel()
              for each in (scored, some)]  # fmt: skip
    assert [label.partition(" that ")[0].partition(" taken ")[0] for label in labels] == [
        "different pairs",
        "skilled forgeries",
    ]


def _rates(record: RunRecord, threshold: float) -> tuple[float, float]:
    same, different = np.array(record.same), np.array(record.different)
    return (different >= threshold).mean(), (same < threshold).mean()


def test_roc_is_the_seeds_average_at_the_same_false_alarms(suite, records):
    hits = figures.figure_module("roc").hits
    same, different = [3.0, 2.0, 2.0, 0.5], [2.0, 1.0, 0.0, -1.0]
    assert hits(same, different, np.array([0.0, 0.125, 0.25, 0.5, 1.0])) == pytest.approx([0.25, 0.5, 0.75, 1, 1])
    assert hits([1.0, 1.0], [1.0, 1.0], np.array([0.0, 0.3, 1.0])) == pytest.approx([0, 0.3, 1])  # ties: chance
    row = source("roc", suite, records)["rows"][0]
    two = [hits(record.same, record.different, np.array(row["alarm"])) for record in records[:2]]
    assert row["hit"] == pytest.approx(np.mean(two, 0), abs=1e-5)
    assert row["area"] == pytest.approx(np.mean([roc_area(one.same, one.different) for one in records[:2]]), abs=1e-6)
    fine = np.linspace(0, 1, 20_001)
    area = np.trapezoid(hits(records[0].same, records[0].different, fine), fine)
    assert area == pytest.approx(roc_area(records[0].same, records[0].different), abs=1e-3)
    assert len(row["alarm"]) <= 200


def test_source_data_is_a_pure_function_and_names_its_records(suite, records):
    for name in FIGURES:
        found = figures.source(name, Given(suite, records))
        assert found == figures.source(name, Given(suite, records))
        assert set(found["records"]) <= {record.id for record in records}
        json.dumps(found, allow_nan=False)


IMAGES = """
import numpy as np
from fewshot.reporting.figures.given import LeftOut
from fewshot.reporting.figures.page.style import panel, sheet

NEEDS = "needs networks"

def data(given):
    if not given.data:
        raise LeftOut("no images")
    return [{"image": np.arange(4, dtype=np.uint8).reshape(2, 2), "records": [given.records[0].id]}]

def draw(rows, page):
    figure = sheet(page, 2.0)
    panel(figure, 0.1, 0.1, 1.0, 1.0).imshow(rows[0]["image"])
    return figure
"""


def test_a_package_above_draws_figures_of_its_own(suite, records, tmp_path, monkeypatch):
    (tmp_path / "figures_of_images.py").write_text(IMAGES)
    monkeypatch.syspath_prepend(tmp_path)
    kinds = {"tasks": "figures_of_images"}
    assert draw_figures(Given(suite, records), tmp_path, kinds=kinds) == ["tasks: no images"]
    given = Given(suite, records, data=tmp_path)
    *_, side = draw_figures(given, tmp_path, page=Page(3.25), kinds=kinds)
    assert '"image": "uint8 2×2 054edec1d021"' in side.read_text("utf-8")
    assert rebuilt(side, given, kinds) is None
    assert "no figure 'tasks'" in rebuilt(side, given)
    assert rebuilt(side, Given(suite, records), kinds).endswith("expected no such figure: no images")


def test_a_figure_is_a_pdf_with_its_fonts_a_png_of_column_width_and_a_side_file(drawn):
    folder, said = drawn
    assert sorted(said) == sorted(folder.iterdir())
    assert {file.suffix for file in said} == {".pdf", ".png", ".json"}
    for file in folder.glob("*.pdf"):
        pdf = file.read_bytes()
        assert b"/FontFile2" in pdf
        assert b"/Type3" not in pdf
        assert b"CreationDate" not in pdf
    for file in folder.glob("*.png"):
        picture = imread(file)
        assert picture.shape[1] == 5.5 * 200
        assert picture[..., :3].min() < 0.1  # there is ink


def test_figures_repeat_to_the_byte(drawn, suite, records, tmp_path):
    draw_figures(Given(suite, records), tmp_path)
    for file in drawn[0].iterdir():
        assert (tmp_path / "made-up" / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_side_file_is_rebuilt_and_a_changed_number_is_found(drawn, suite, records, tmp_path):
    for side in drawn[0].glob("*.json"):
        assert rebuilt(side, Given(suite, records)) is None
        assert side.read_text(encoding="utf-8").count("\n") == 7 + len(json.loads(side.read_text())["rows"])
    text = (drawn[0] / "accuracy.json").read_text(encoding="utf-8")
    forged = tmp_path / "accuracy.json"
    mean = re.search(r'"mean": (0\.\d+)', text)
    forged.write_text(text.replace(mean[0], '"mean": 0.999', 1), encoding="utf-8")
    assert f"row 1 differs in mean: 0.999, a rebuild says {mean[1]}" in rebuilt(forged, Given(suite, records))
    forged.write_text(text.replace("\n    {", "\n   {", 1), encoding="utf-8")
    assert "the text is not" in rebuilt(forged, Given(suite, records))
    forged.write_text("{}", encoding="utf-8")
    assert "expected a figure's source data" in rebuilt(forged, Given(suite, records))
    forged.write_text(text, encoding="utf-8")
    assert "differs in records: 13 items, a rebuild has 12" in rebuilt(forged, Given(suite, records[1:]))
    other = [*records[:-1], replace(records[-1], spec=replace(records[-1].spec, size=28))]
    assert f'differs in records[12]: "{records[-1].id}", a rebuild' in rebuilt(forged, Given(suite, other))
    assert "differs in suite" in rebuilt(forged, Given(replace(suite, name="another"), records))
    forged.write_text(re.sub(r",\n    {[^\n]*\n  ]", "\n  ]", text), encoding="utf-8")
    assert "13 rows, a rebuild has 14" in rebuilt(forged, Given(suite, records))
    forged.write_text(text.replace('"accuracy"', '"histogram"', 1), encoding="utf-8")
    assert 'differs in figure: "histogram", a rebuild says "accuracy"' in rebuilt(forged, Given(suite, records))
    assert "no figure 'histogram'" in rebuilt(forged.rename(tmp_path / "histogram.json"), Given(suite, records))


def test_a_figure_without_data_is_left_out_and_says_why(suite, records, tmp_path):
    alone = [only(record, "20-way 1-shot") for record in records[-1:]]
    said = [
        line for line in draw_figures(Given(replace(suite, published=()), alone), tmp_path) if isinstance(line, str)
    ]
    assert said == [
        "critical_difference: needs records of 8 methods on the same episodes; made-up has 20-way 1-shot alone",
        "curves: needs a record with a training curve; made-up has 20-way 1-shot alone",
        "differences: needs records of 8 methods on the same episodes; made-up has 20-way 1-shot alone",
        "identification: needs a record with probes of a gallery; made-up has 20-way 1-shot alone",
        "published: needs test records of a kind of task that has published figures; made-up has 20-way 1-shot alone",
        "way_and_shot: needs records at two ways or two shots; made-up has 20-way 1-shot alone",
    ]
    assert {file.stem for file in (tmp_path / "made-up").iterdir()} == {"accuracy", "det", "roc"}
    assert all("has none yet" in line for line in draw_figures(Given(suite, []), tmp_path / "none"))


def test_nothing_is_written_when_a_figure_fails(suite, records, tmp_path, monkeypatch):
    monkeypatch.setattr(figures.figure_module("curves"), "draw", lambda rows, page: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        draw_figures(Given(suite, records), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("kept", [slice(None), slice(0, 1), slice(0, 6)], ids=["all", "one", "one network"])
def test_no_text_is_cut_or_lies_on_another_and_none_is_small(name, kept, suite, records, monkeypatch):
    shown: list[tuple[str, float, np.ndarray]] = []

    def note(self: Text, renderer: object) -> None:
        if self.get_visible() and self.get_text().strip():
            shown.append((self.get_text(), self.get_size(), self.get_window_extent(renderer).extents))

    rows = source(name, suite, records[kept])["rows"]
    if not rows:
        assert (name, kept) in [("critical_difference", slice(0, 1)), ("differences", slice(0, 1))]
        return
    with matplotlib.style.context(["default", LOOK]):
        figure = figures.figure_module(name).draw(rows, PLAIN)
        figure.set_dpi(200)
        monkeypatch.setattr(Text, "draw", note)
        figure.draw_without_rendering()
    wide, high = figure.get_size_inches() * 200
    assert 3.4 <= figure.get_figwidth() <= 5.5
    for text, size, (left, low, right, top) in shown:
        assert size >= 7, text
        assert left >= 0 <= low, text
        assert (right, top) <= (wide, high), text
    for (one, _, a), (other, _, b) in combinations(shown, 2):
        apart = max(a[0], b[0]) + 1 > min(a[2], b[2]) or max(a[1], b[1]) + 1 > min(a[3], b[3])
        assert apart, (one, other)


def test_source_data_is_rebuilt_without_matplotlib_or_torch():
    code = (
        "import sys; from fewshot.reporting.figures import FIGURES; from fewshot.reporting.figures.given import Given;"
        "from fewshot.reporting.figures.draw import figure_module; from fewshot.suites.suite import read_suite;"
        "given = Given(read_suite('quickstart'), []); before = list(sys.path);"
        "[figure_module(name).data(given) for name in FIGURES]; assert sys.path == before;"
        "sys.exit(' '.join({'matplotlib', 'torch'} & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert done.returncode == 0, done.stderr


def test_long_tables_are_compared_in_pairs(suite, records, monkeypatch):
    monkeypatch.setattr(compared, "FEW", 8)
    assert source("differences", suite, records)["rows"] == []  # of seven methods
    monkeypatch.setattr(compared, "FEW", 7)
    rows = [row for row in source("critical_difference", suite, records)["rows"] if row["task"] == "20-way 1-shot"]
    assert rows == [row for row in source("differences", suite, records)["rows"] if row["task"] == "20-way 1-shot"]
    means = np.array([row["mean"] for row in rows])
    assert (np.diff(means) <= 0).all()
    assert np.allclose([row["differences"] for row in rows], means[:, None] - means, atol=2e-6)
    told = np.array([row["told_apart"] for row in rows])
    assert (told == told.T).all()
    assert not told.diagonal().any()


def test_bars_join_runs_of_methods_without_a_pair_told_apart():
    def of(*apart):
        return [[(a, b) in apart or (b, a) in apart for b in range(5)] for a in range(5)]

    assert joined(of()) == [(0, 4)]
    assert joined(of((0, 2), (0, 3), (0, 4), (1, 4), (3, 4))) == [(0, 1), (1, 3)]
    assert joined(of((1, 2))) == [(0, 1), (2, 4)]
    assert joined(of(*combinations(range(5), 2))) == []

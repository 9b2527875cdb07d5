"""Figures: source data is a pure function of what is given, side files rebuild, and pictures are whole and readable."""

import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import matplotlib.style
import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.text import Text
from mistaken import mistaken_records

from fewshot.reporting.figures import FIGURES
from fewshot.reporting.figures import draw as figures
from fewshot.reporting.figures.draw import draw_figures, figure_module, rebuilt
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.page.look import LOOK
from fewshot.reporting.figures.page.page import PLAIN, VENUES, Page, venue_page
from fewshot.suites.suite import read_suite

NAMES = {
    "accuracy", "calibration", "confusion", "cost", "critical_difference", "curves", "det", "differences",
    "identification", "published", "roc", "scores", "tuning",
}  # fmt: skip
OF_MISTAKES = "pitfalls"  # a figure of a suite of its own


def inches(pdf: bytes) -> tuple[float, float]:
    """The width and the height of a PDF's page."""
    box = re.search(rb"/MediaBox \[ ?0 0 ([0-9.]+) ([0-9.]+) ?\]", pdf)
    return float(box[1]) / 72, float(box[2]) / 72


def test_every_figure_says_what_it_draws_and_needs():
    assert set(FIGURES) == NAMES | {OF_MISTAKES}
    for name in FIGURES:
        module = figure_module(name)
        assert module.__doc__
        assert module.NEEDS.startswith("needs ")


def test_source_data_is_a_pure_function_and_names_its_records(given):
    for name in NAMES:
        found = figures.source(name, given)
        assert found == figures.source(name, given)
        assert set(found["records"]) <= {record.id for record in given.records}
        json.dumps(found, allow_nan=False)


IMAGES = """
import numpy as np
from fewshot.reporting.figures.given import LeftOut
from fewshot.reporting.figures.page.sheet import panel, sheet

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


def test_a_figure_is_a_vector_pdf_with_its_fonts_a_png_of_column_width_and_a_side_file(drawn):
    folder, said = drawn
    assert sorted(said) == sorted(folder.iterdir())
    assert {file.stem for file in said} == NAMES
    assert {file.suffix for file in said} == {".pdf", ".png", ".json"}
    for file in folder.glob("*.pdf"):
        pdf = file.read_bytes()
        assert b"/FontFile2" in pdf
        assert b"/Type3" not in pdf
        assert b"/Subtype /Image" not in pdf, file.name
        assert b"CreationDate" not in pdf
        assert inches(pdf)[0] == pytest.approx(5.5, abs=0.01)
    for file in folder.glob("*.png"):
        picture = imread(file)
        assert picture.shape[1] == 5.5 * 200
        assert picture[..., :3].min() < 0.1  # there is ink


@pytest.mark.parametrize("venue", ["neurips", "cvpr"])  # of one column, and of two
def test_a_pdf_is_as_wide_as_the_venues_columns(venue, given):
    rows = figure_module("tuning").data(given)
    for columns, wide in enumerate(VENUES[venue], start=1):
        file = io.BytesIO()
        with matplotlib.style.context(["default", LOOK]):
            figure_module("tuning").draw(rows, venue_page(venue, columns)).savefig(file, format="pdf")
        assert inches(file.getvalue())[0] == pytest.approx(wide, abs=0.01)


def test_figures_repeat_to_the_byte(drawn, given, tmp_path):
    names = ["accuracy", "scores"]
    draw_figures(given, tmp_path, names)
    for name in names:
        for file in drawn[0].glob(f"{name}.*"):
            assert (tmp_path / "made-up" / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_side_file_is_rebuilt_and_a_changed_number_is_found(drawn, given, tmp_path):
    for side in drawn[0].glob("*.json"):
        assert rebuilt(side, given) is None
        assert side.read_text(encoding="utf-8").count("\n") == 7 + len(json.loads(side.read_text())["rows"])
    text = (drawn[0] / "accuracy.json").read_text(encoding="utf-8")
    forged = tmp_path / "accuracy.json"
    mean = re.search(r'"mean": (0\.\d+)', text)
    forged.write_text(text.replace(mean[0], '"mean": 0.999', 1), encoding="utf-8")
    assert f"row 1 differs in mean: 0.999, a rebuild says {mean[1]}" in rebuilt(forged, given)
    forged.write_text(text.replace("\n    {", "\n   {", 1), encoding="utf-8")
    assert "the text is not" in rebuilt(forged, given)
    forged.write_text("{}", encoding="utf-8")
    assert "expected a figure's source data" in rebuilt(forged, given)
    forged.write_text(text, encoding="utf-8")
    assert "differs in records: 13 items, a rebuild has 12" in rebuilt(
        forged, replace(given, records=given.records[1:])
    )
    last = given.records[-1]
    other = [*given.records[:-1], replace(last, spec=replace(last.spec, size=28))]
    assert f'differs in records[12]: "{last.id}", a rebuild' in rebuilt(forged, replace(given, records=other))
    assert "differs in suite" in rebuilt(forged, replace(given, suite=replace(given.suite, name="another")))
    forged.write_text(re.sub(r",\n    {[^\n]*\n  ]", "\n  ]", text), encoding="utf-8")
    assert "13 rows, a rebuild has 14" in rebuilt(forged, given)
    forged.write_text(text.replace('"accuracy"', '"histogram"', 1), encoding="utf-8")
    assert 'differs in figure: "histogram", a rebuild says "accuracy"' in rebuilt(forged, given)
    assert "no figure 'histogram'" in rebuilt(forged.rename(tmp_path / "histogram.json"), given)


def test_a_figure_without_data_is_left_out_and_says_why(suite, records, tmp_path):
    bare = replace(records[-1], accuracy={"20-way 1-shot": records[-1].accuracy["20-way 1-shot"]}, identified=(),
                   answers={}, calibration=None, points={})  # fmt: skip
    said = draw_figures(Given(replace(suite, published=()), [bare]), tmp_path)
    reasons = dict(line.split(": needs ", 1) for line in said if isinstance(line, str))
    assert set(reasons) == NAMES - {"accuracy", "det", "roc", "scores"}
    assert {file.stem for file in (tmp_path / "made-up").iterdir()} == {"accuracy", "det", "roc", "scores"}
    assert {line.rpartition("; ")[2] for line in reasons.values()} == {"made-up has 20-way 1-shot alone"}
    assert reasons["curves"].startswith("a record with a training curve; ")
    assert all("has none yet" in line for line in draw_figures(Given(suite, []), tmp_path / "none"))


def test_nothing_is_written_when_a_figure_fails(suite, records, tmp_path, monkeypatch):
    monkeypatch.setattr(figures.figure_module("curves"), "draw", lambda rows, page: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        draw_figures(Given(suite, records), tmp_path, ["accuracy", "curves"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(
    ("kept", "page"), [(slice(None), Page(3.25)), (slice(0, 6), PLAIN), (slice(0, 1), Page(6.875))],
    ids=["all", "one network", "one"],
)  # fmt: skip
def test_no_text_is_cut_or_lies_on_another_and_none_is_small(name, kept, page, given, make_record, monkeypatch):
    if name == OF_MISTAKES:
        given, kept = Given(read_suite(name), mistaken_records(make_record)), slice(None)
    shown: list[tuple[str, float, np.ndarray]] = []
    slanted: set[str] = set()  # whose boxes overlap where letters do not

    def note(self: Text, renderer: object) -> None:
        if self.get_visible() and self.get_text().strip():
            box = self.get_window_extent(renderer).extents
            shown.append((self.get_text(), self.get_size(), box))
            slanted.update([self.get_text()] if self.get_rotation() % 90 else [])

    rows = figure_module(name).data(replace(given, records=given.records[kept]))
    if not rows:
        assert name in ("cost", "critical_difference", "differences")
        assert kept == slice(0, 1)
        return
    with matplotlib.style.context(["default", LOOK]):
        figure = figure_module(name).draw(rows, page)
        figure.set_dpi(200)
        monkeypatch.setattr(Text, "draw", note)
        figure.draw_without_rendering()
    wide, high = figure.get_size_inches() * 200
    assert figure.get_figwidth() == page.wide
    for text, size, (left, low, right, top) in shown:
        assert 7 <= size <= 9, text
        assert left >= 0 <= low, text
        assert (right, top) <= (wide, high), text
    for (one, _, a), (other, _, b) in combinations(shown, 2):
        apart = max(a[0], b[0]) + 1 > min(a[2], b[2]) or max(a[1], b[1]) + 1 > min(a[3], b[3])
        assert apart or slanted >= {one, other}, (one, other)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(NAMES))
def test_thirty_methods_fit_a_page_of_any_venue(name, given, tmp_path):
    trained = [replace(one, spec=replace(one.spec, training=replace(one.spec.training, batch=batch)))
               for batch in range(1, 16) for one in given.records[:4]]  # fmt: skip
    many = replace(given, records=[*trained, given.records[-1]], choices={one.id: given.choices[given.records[0].id]
                                                                          for one in trained})  # fmt: skip
    rows = figure_module(name).data(many)
    for venue, widths in VENUES.items():
        for columns, _ in enumerate(widths, start=1):
            page = venue_page(venue, columns)
            with matplotlib.style.context(["default", LOOK]):
                assert figure_module(name).draw(rows, page).get_figheight() <= page.high, (venue, columns)


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

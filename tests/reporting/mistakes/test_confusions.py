"""The commonest confusions of drawn episodes."""

from types import SimpleNamespace

from fewshot.records.answers import ClassCounts
from fewshot.reporting.mistakes import sections
from fewshot.reporting.mistakes.confusions import confusions_section


def test_they_have_times_share_and_an_image_of_each_class(images):
    counts = ClassCounts(2, False, [10, 10, 2000, 10], [8, 10, 500, 9.5], [18, 20, 1000, 10], [
        (2, 0, 1500), (0, 3, 2), (3, 1, 0.5),
    ])  # fmt: skip
    section = confusions_section("2-way 1-shot", counts, images, 2)
    assert section.title == "2-way 1-shot: 1,502 of 2,030 answers wrong"
    assert section.examples
    assert [row.text for row in section.rows] == [
        "H/a taken for G/a: 1,500 times, 75.0 % of its queries",
        "G/a taken for H/b: 2 times, 20.0 % of its queries",
    ]
    assert [(one.role, one.file) for one in section.rows[0].pictures] == [
        ("truth", "H/a/6.png"),
        ("answer", "G/a/0.png"),
    ]
    every = confusions_section("2-way 1-shot", counts, images, 3)
    assert every.note == "confusions of two classes, each by its first image, the commonest first"
    assert "0.5 times, 5.0 %" in every.rows[2].text


def test_the_figures_of_an_open_set_are_no_answers(images, monkeypatch):
    monkeypatch.setattr(sections, "pair_sections", lambda *given: ())
    counts = ClassCounts(2, False, [10, 10, 10, 10], [8.5, 10, 9, 9.5], [18, 20, 17, 10], [])
    answers = {
        "2-way 1-shot": counts,
        "2-way 1-shot, open set: ROC area": counts,
        "2-way 1-shot, open set: OSCR": counts,
    }
    found = sections.sections_of(SimpleNamespace(answers=answers), images, 2)
    assert [one.title for one in found] == ["2-way 1-shot: 3 of 40 answers wrong"]

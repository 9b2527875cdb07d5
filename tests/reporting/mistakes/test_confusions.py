"""The commonest confusions of drawn episodes."""

from fewshot.records.answers import ClassCounts
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

"""Wrong answers to official trials: which they are, and the images beside them."""

from fewshot.records.answers import trials_of
from fewshot.reporting.mistakes.trials import trials_section, wrong_answers

TRIALS = trials_of(
    [[0, 1], [2, 3]],
    [
        [[0.9, 0.1], [0.2, 0.3], [0.5, 0.5], [0.1, 0.7]],  # the second is wrong, the third a tie
        [[1.0, -1.0], [2.0, 0.0], [4.0, -4.0], [0.0, 1.0]],  # the third is far off
    ],
)


def test_the_largest_lead_is_first_and_a_tie_is_no_right_answer():
    assert [(one.run, one.query, one.true, one.answered) for one in wrong_answers(TRIALS)] == [
        (1, 2, 1, 0),
        (0, 1, 0, 1),
        (0, 2, 1, 0),
    ]
    assert sum(TRIALS.accuracy()) * 4 == 8 - 2.5


def test_query_answer_and_truth_are_shown_with_their_scores(images):
    section = trials_section("2-way 1-shot", TRIALS, images, 2)
    assert section.title == "2-way 1-shot: 3 of 8 answers wrong"
    assert section.note.startswith("the first 2, ")
    far, near = section.rows
    assert [(one.role, one.file, one.score) for one in far.pictures] == [
        ("query", "H/b/10.png", None),
        ("answer", "H/a/6.png", 4.0),
        ("truth", "H/b/9.png", -4.0),
    ]
    assert [one.pixels.max() for one in near.pictures] == [2, 3, 0]
    assert far.text == "H/b taken for H/a: score 4 against −4; run 2, the true class in place 2 of 2"
    assert far.short == "run 2, H"
    tie = trials_section("2-way 1-shot", TRIALS, images, 9).rows[2]
    assert tie.text.startswith("G/b tied with G/a: score 0.5 against 0.5; run 1")

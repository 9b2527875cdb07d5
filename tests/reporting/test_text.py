import random
from collections import Counter

import pytest

from fewshot.reporting.table import Block, Table
from fewshot.reporting.text import plaintext, wrap

NOTES = ("a note of several words that is longer than the narrowest width", "x" * 90)
WORDS = (
    "a_b|c*", "contrastive(margin=8.0)", "conv4(widths=[64, 128, 128, 256])", "92.0 ± 2.7*", "–", "",
    "failed: RuntimeError: no memory left on this device, of 512 MiB asked for", "y" * 70, "5-way 1-shot (n = 400)",
    "squared_euclidean",
)  # fmt: skip


def random_table(seed, columns):
    draw = random.Random(seed)
    block = Block(
        tuple(f"column {i}" for i in range(columns)),
        tuple(tuple(draw.choice(WORDS) for _ in range(columns)) for _ in range(4)),
        min(2, columns),
    )
    return Table("A title of some length, with a comma", block, block if seed % 2 else None, block, NOTES)


@pytest.mark.parametrize("width", [40, 41, 60, 80, 120, 200])
@pytest.mark.parametrize("columns", [1, 2, 5, 8, 14])
def test_no_line_is_wider_than_asked(width, columns):
    for seed in range(4):
        assert max(map(len, plaintext(random_table(seed, columns), width).splitlines())) <= width


@pytest.mark.parametrize("width", [1, 12, 40, 80, None])
def test_no_character_is_lost(width):
    table = random_table(0, 6)
    shown = Counter(plaintext(table, width).replace("─", ""))
    for cells in (table.ours.header, *table.ours.lines, table.notes, [table.title]):
        shown.subtract("".join(cells))
    assert all(count >= 0 for sign, count in shown.items() if sign != " ")


def test_without_a_width_a_line_is_a_line():
    table = random_table(0, 8)
    assert len(plaintext(table).splitlines()) == 1 + 3 + len(table.ours.lines) + 1 + len(NOTES)


def test_a_table_that_fits_is_the_same_with_a_width():
    table = random_table(0, 3)
    assert plaintext(table, 1000) == plaintext(table)


@pytest.mark.parametrize("text", [*WORDS, "7,500 steps"])
def test_wrapping_loses_spaces_alone(text):
    for width in range(1, 30):
        lines = wrap(text, width)
        assert max(map(len, lines)) <= width
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_text_breaks_at_spaces_commas_underscores_and_parentheses():
    assert wrap("conv4(widths=[64, 128, 128, 256])", 12) == ["conv4(", "widths=[64,", "128, 128,", "256])"]
    assert wrap("squared_euclidean", 10) == ["squared_", "euclidean"]
    assert wrap("after 7,500 steps", 9) == ["after", "7,500", "steps"]


def test_figures_stay_whole_while_there_is_room():
    assert wrap("20-way 1-shot (n = 40) 92.0 ± 2.7", 10) == ["20-way", "1-shot", "(n = 40)", "92.0 ± 2.7"]
    assert wrap("92.0 ± 2.7", 6) == ["92.0 ±", "2.7"]
    assert wrap("92.0 ± 2.7", 2) == ["92", ".0", "±", "2.", "7"]


def test_columns_that_do_not_fit_go_to_another_panel_with_the_labels():
    block = Block(("method", *"abcdef"), (("triplet", *["92.0 ± 2.7"] * 6),))
    shown = plaintext(Table("", block, None, block), 45).splitlines()
    assert [line.split() for line in shown if line.startswith("method")] == [["method", *"abc"], ["method", *"def"]]
    assert shown.count("triplet  92.0 ± 2.7  92.0 ± 2.7  92.0 ± 2.7") == 2

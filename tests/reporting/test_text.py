import random
from collections import Counter

import pytest

from fewshot.reporting.blocks import Block, Table
from fewshot.reporting.text import GAP, NARROW, plaintext

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
    return Table("A title of some length, with a comma", block, block, NOTES, (block,) * (seed % 2))


@pytest.mark.parametrize("width", [12, 40, 60, 80])
def test_title_and_notes_fit_the_width(width):
    table = random_table(0, 3)
    title, rest = plaintext(table, width).split("\n─", 1)
    notes = rest.rpartition("─\n")[2]
    assert max(map(len, (title + "\n" + notes).splitlines())) <= width
    assert "20-way" in plaintext(Table("", table.ours, table.ours, ("x" * (width - 4) + " 20-way",)), width)


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@pytest.mark.parametrize("columns", [1, 2, 5, 8])
def test_no_line_is_wider_than_its_width_while_the_columns_can_be_narrower(width, columns):
    least = columns * NARROW + (columns - 1) * len(GAP)
    for seed in range(4):
        shown = plaintext(random_table(seed, columns), width).splitlines()
        assert max(map(len, shown)) <= max(width, least)


def test_the_widest_columns_are_made_narrower_and_figures_stay_whole():
    block = Block(("method", "5-way 1-shot (n = 400)"), (("contrastive(margin=8.0)", "92.0 ± 2.7*"),))
    assert plaintext(Table("", block, block), 36).splitlines()[2:-1] == [
        "method             5-way 1-shot (n =",
        "                   400)",
        "────────────────────────────────────",
        "contrastive(margi  92.0 ± 2.7*",
        "n=8.0)",
    ]


@pytest.mark.parametrize("width", [1, 12, 40, 80, None])
@pytest.mark.parametrize("columns", [1, 6, 14])
def test_no_character_is_lost(width, columns):
    table = random_table(0, columns)
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


def test_cells_of_a_column_start_at_one_place_and_rules_are_as_wide_as_the_widest_line():
    block = Block(("method", "n"), (("triplet", "92.0 ± 2.7"), ("maml", "–")))
    assert plaintext(Table("A title", block, block, ("a note",))).splitlines() == [
        "A title",
        "───────────────────",
        "method   n",
        "───────────────────",
        "triplet  92.0 ± 2.7",
        "maml     –",
        "───────────────────",
        "a note",
    ]

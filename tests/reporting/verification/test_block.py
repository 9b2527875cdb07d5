"""The blocks of verification in a table of records."""

from dataclasses import replace

import numpy as np
import pytest

from fewshot.core.errors import RequestError
from fewshot.core.statistics.likelihood_ratios import cllr
from fewshot.core.statistics.operating_points import choose
from fewshot.core.statistics.roc import equal_error_rate
from fewshot.records.answers import PairClasses, PairList
from fewshot.reporting.render import FORMATS, render
from fewshot.reporting.table import make_table
from fewshot.suites.suite import read_suite

ASKED = {"columns": ("task", "verification")}


@pytest.fixture
def records(make_record):
    specs = read_suite("quickstart", seeds=2).only(["loss=triplet", "loss=contrastive"]).specs
    return [make_record(spec, seed=number) for number, spec in enumerate(specs)]


def test_only_a_table_that_asks_has_them(records):
    assert make_table("", "", records).below == ()
    asked = make_table("", "", records, **ASKED)
    assert "ROC area" not in asked.ours.header
    (curve,) = asked.below
    assert curve.header[:4] == ("method", "ROC area", "equal error", "FNMR at FMR 10 %")
    assert [line[0] for line in curve.lines] == ["contrastive(margin=8.0)", "triplet"]
    assert curve.lines[1][3].endswith(" of 100, too few pairs")  # of two seeds, 50 pairs each


def test_records_with_points_have_rates_at_them_for_each_method(records):
    chosen = [replace(one, **vars(choose(one.same[:25], one.different[:25], "0" * 12))) for one in records]
    curve, points = make_table("", "", chosen, **ASKED).below
    assert curve.header[-3:] == ("Cllr", "minCllr", "calibration error")
    assert [line[1] for line in points.lines] == ["eer", "fmr=0.1", "fmr=0.01", "fmr=0.001"] * 2
    assert " to " in points.lines[0][2]  # two seeds, two thresholds
    some = make_table("", "", [chosen[0], *records[1:]], **ASKED).below
    assert len(some) == 1  # not every seed has points
    notes = " ".join(make_table("", "", chosen, **ASKED).notes)
    for words in ("convex hull", "twin", "too few pairs: fewer than 30", "TAR at an FAR", "PAV"):
        assert words in notes


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_them(records, form):
    text = render(make_table("", "", records, **ASKED), form, 1000)
    assert ("FNMR at FMR 10" in text) == (form != "csv")


def test_the_csv_has_them_in_columns_of_their_own(records):
    plain = make_table("", "", records).tidy
    chosen = [replace(one, **vars(choose(one.same, one.different))) for one in records]
    asked = make_table("", "", chosen, **ASKED).tidy
    own = [name for name in asked.header if name not in plain.header]
    assert own[:4] == ["fnmr_at_fmr_0.1", "fnmr_at_fmr_0.01", "fnmr_at_fmr_0.001", "cllr"]
    assert own[-2:] == ["fmr_at_fmr=0.001", "fnmr_at_fmr=0.001"]
    assert all(0 <= float(line[asked.header.index(name)]) <= 1 for line in asked.lines for name in own)
    last, two = dict(zip(asked.header, asked.lines[-1], strict=True)), chosen[2:]
    missed = [np.mean(np.array(one.same) < one.points["eer"]) for one in two]
    matched = [np.mean(np.array(one.different) >= one.points["eer"]) for one in two]
    slopes = [(one.calibration, (one.same, one.different)) for one in two]
    cost = [cllr(*(slope * np.array(kind) + offset for kind in kinds)) for (slope, offset), kinds in slopes]
    for name, values in (("fnmr_at_eer", missed), ("fmr_at_eer", matched), ("cllr", cost)):
        assert float(last[name]) == pytest.approx(np.mean(values), abs=1e-4)


def test_they_are_no_rows(records):
    with pytest.raises(RequestError, match="unknown key of rows or columns 'verification'"):
        make_table("", "", records, rows=("verification",))


def test_skilled_forgeries_are_the_headline_and_random_ones_stand_beside(records):
    notes = PairList((), ("",) * 50 + ("forged", "random") * 25)
    classes = [number % 6 for number in range(50)]
    different = [(one, (one + number % 2) % 6) for number, one in enumerate(classes)]
    both = {"pair_list": notes, "classes": tuple("abcdef"), "pair_classes": PairClasses(classes, different)}
    numbers = {"3": [0.1, 0.2, 0.0, 0.1, 0.1, 0.1]}
    references = {"forged": {"max_score": numbers}, "random": {"max_score": numbers}}
    some = [replace(one, **both, answers={}, references=references) for one in records]
    table = make_table("", "", some, **ASKED)
    header = table.ours.header
    first = header.index("ROC area, skilled forgeries")
    assert header[first + 1 : first + 3] == ("equal error, skilled forgeries", "equal error, random forgeries")
    curve, several = table.below
    assert [line[0] for line in curve.lines[2:]] == ["triplet, skilled forgeries", "triplet, random forgeries"]
    assert [table.ours.lines[1][first + place] for place in (1, 2)] == [line[2] for line in curve.lines[2:]]
    assert several.header == ("equal error", "against", "rule", "3 references")
    assert several.lines[1][:3] == ("contrastive(margin=8.0)", "random forgeries", "max score")
    assert several.lines[1][3] == "10.0 (5.1–18.6)"  # Wilson's, with five degrees of freedom
    tidy = dict(zip(table.tidy.header, table.tidy.lines[-1], strict=True))
    own = [equal_error_rate(one.same, one.different[::2]) for one in some[2:]]
    assert float(tidy["equal_error_rate"]) == pytest.approx(sum(own) / 2, abs=1e-4)
    assert tidy["equal_error_forged_max_score_3"] == "0.1000"
    assert tidy["fnmr_at_fmr_0.1"] != tidy["fnmr_at_fmr_0.1_random"]
    assert float(tidy["equal_error_rate_random"]) == pytest.approx(
        sum(equal_error_rate(one.same, one.different[1::2]) for one in some[2:]) / 2, abs=1e-4
    )
    some[-1] = replace(some[-1], references={"forged": {"mean_score": numbers, "max_score": {"1": numbers["3"]}}})
    assert [line[0] for line in make_table("", "", some, **ASKED).below[-1].lines] == [several.lines[0][0]] * 2
    only_val = [replace(one, pair_list=PairList((), ("",) * 50 + ("forged",) * 50), references={}) for one in some]
    assert "equal error, random forgeries" not in make_table("", "", only_val, **ASKED).ours.header


@pytest.mark.parametrize(("role", "word"), [("near", "two classes that"), ("forged", "two classes or with a forgery")])
def test_only_where_there_are_forgeries_does_a_note_name_them(records, role, word):
    listed = PairList(roles=("",) * 50 + (role,) * 25 + ("random",) * 25)
    notes = make_table("", "", [replace(one, pair_list=listed) for one in records], **ASKED).notes
    assert any(f"share of the pairs of {word}" in one for one in notes)


def test_the_reason_for_intervals_that_are_not_known_is_the_pairs_own(records):
    def reason(some) -> str:
        notes = make_table("", "", some, **ASKED).notes
        return "".join(one.partition("(–): not known, as ")[2] for one in notes if "identit" in one)

    three = PairClasses([0, 1] * 25, [(0, 1), (1, 2)] * 25)
    assert reason(records) == "the pairs name no identities (in a CSV, left and right)"
    named = [replace(one, classes=tuple("abc"), pair_classes=three) for one in records]
    assert reason(named) == "any two pairs of a kind have an identity in common"


def test_an_interval_of_no_errors_is_not_said_to_be_over_identities_alone(records):
    pairs = PairClasses([0, 1, 2, 3, 4] * 10, [(0, 1), (2, 3), (4, 0), (1, 2), (3, 4)] * 10)
    named = [replace(one, classes=tuple("abcde"), pair_classes=pairs) for one in records]
    never = [replace(one, same=[9.0] * 50) for one in named]
    for some, there in ((named, False), (never, True)):
        for columns in ({}, ASKED):
            notes = make_table("", "", some, **columns).notes
            assert any("takes pairs as independent" in one for one in notes) == there

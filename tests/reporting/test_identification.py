"""Identification in a table: figures by hand, intervals over identities, folds, notes and the CSV."""

from dataclasses import replace

import numpy as np
import pytest

from fewshot.core.recipe import Recipe
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.records.answers import Identified
from fewshot.records.store import record_file, write_record
from fewshot.reporting.identification import FEW, figures_of, notes_of, probes_of, tidy_values
from fewshot.reporting.summary import summarise
from fewshot.reporting.table import make_table
from fewshot.reporting.tidy import results

NAMES = tuple(f"person{number}" for number in range(8))
HAND = Identified(2, 8, [2, 2, 0, 0, 0, 0, 0, 0], [1, 1, 2, 7], [5.0, 4.0, 3.0, 1.0], [2.0, 3.5, 3.0, 3.0])


@pytest.fixture
def spec() -> RunSpec:
    parts = (Part("siamese"), Part("euclidean"), Part("conv4"), Part("triplet"))
    return RunSpec(Part("folder:people"), Part("held_out"), "val", 28, *parts, training=Recipe())


@pytest.fixture
def record(make_record, spec):
    def of(*found: Identified, seed: int = 0, classes=NAMES):
        return replace(make_record(replace(spec, seed=seed)), classes=classes, identified=found)

    return of


def figures(*records) -> dict[str, tuple]:
    [probes] = probes_of(*summarise(records))
    return {name: (one.value, one.errors, one.pairs, one.few) for name, one in figures_of(probes).items()}


def test_by_hand_with_a_tie_and_too_few_probes(record):
    """At a threshold above all scores of others, 3.5, two of four own identities are no candidates."""
    assert figures(record(HAND)) == {
        "rank-1": (0.5, None, None, False),
        "rank-5": (0.75, None, None, False),
        "FNIR at FPIR 10 %": (0.5, 2, 4, True),
        "FNIR at FPIR 1 %": (0.5, 2, 4, True),
    }


def test_an_fpir_allows_so_many_false_candidates(record):
    """Of 300 others, 30 score 1 and above: then all own identities but the 10 lowest are candidates."""
    other = [0.0] * 270 + [1.0] * 30
    own = [0.0] * 10 + [1.0] * 290
    found = figures(record(Identified(1, 8, [300, *[0] * 7], [1] * 300, own, other)))
    assert found["FNIR at FPIR 10 %"] == (pytest.approx(10 / 300), 10, 300, False)
    assert found["FNIR at FPIR 1 %"] == (1.0, 300, 300, True)


def test_trainings_are_averaged_and_counted(record):
    other = replace(HAND, rank=[1, 1, 1, 1], other=[0.0] * 4)
    found = figures(record(HAND), record(other, seed=1))
    assert found["rank-1"][0] == 0.75
    assert found["FNIR at FPIR 10 %"] == (0.25, 2, 8, True)


def test_a_gallery_of_few_has_no_rank_that_all_reach(record):
    two = Identified(1, 2, [1, 1], [1, 2], [1.0, 0.0], [0.5, 0.5])
    assert "rank-5" not in figures(record(two, classes=NAMES[:2]))


def test_the_interval_widens_where_probes_of_one_identity_fail_together(record):
    def interval(ranks) -> float:
        number = len(ranks)
        own, other = [1.0 if rank == 1 else 0.0 for rank in ranks], [0.5] * number
        [probes] = probes_of(*summarise([record(Identified(1, 8, [number // 8] * 8, ranks, own, other))]))
        return figures_of(probes)["rank-1"].interval.half

    together, apart = [2] * 80 + [1] * 240, [2, 1, 1, 1] * 80
    assert interval(together) > 3 * interval(apart)


def test_groups_are_the_units_where_there_are_enough(record):
    names = tuple(f"alphabet{number}/a" for number in range(8))
    probes = [1] * 8
    found = Identified(1, 8, probes, [1] * 8, [1.0] * 8, [0.0] * 8)
    [of_groups] = probes_of(*summarise([record(found, classes=names)]))
    [of_people] = probes_of(*summarise([record(found)]))
    assert (of_groups.word, of_people.word) == ("groups", "classes")


def test_the_table_has_a_block_for_each_gallery_with_its_size(record):
    one = replace(HAND, references=1)
    table = make_table("made-up", "", [record(one, HAND)])
    assert [block.caption for block in table.below] == ["Identification"] * 2
    assert [block.header[1] for block in table.below] == ["rank-1 (G = 8, K = 1)", "rank-1 (G = 8, K = 2)"]
    assert table.below[0].lines[0][3].endswith(f", 2 of 4, {FEW}")
    assert {"identities_k1", "rank_1_k1", "fnir_at_fpir_0.01_k2"} < {*table.tidy.header}
    assert any(note.startswith("identification: K images") for note in table.notes)


def test_nothing_is_said_without_galleries(record):
    [method] = summarise([record()])
    assert (probes_of(method), notes_of([method]), tidy_values(method)) == ([], [], {})
    assert make_table("made-up", "", [record()]).below == ()


def test_the_frame_has_the_figures_of_each_run(record, tmp_path):
    found = record(HAND)
    write_record(found, record_file(tmp_path, "made-up", found.spec))
    expected = {name: float(value) for name, value in tidy_values(*summarise([found])).items()}
    assert expected["rank_1_k2"] == 0.5
    assert expected.items() <= dict(results(tmp_path).iloc[0]).items()


def test_trainings_with_other_probes_are_not_averaged(record):
    other = replace(HAND, probes=[1, 3, *[0] * 6])
    assert probes_of(*summarise([record(HAND), record(other, seed=1)])) == []


def test_folds_are_averaged_with_their_galleries_sizes(make_record, spec):
    folds = []
    for fold, size in enumerate((8, 6, 7), 1):
        ranks = [1, 1, 2, 7][: 4 - fold % 2] + [1] * (fold % 2)
        own = Identified(2, size, HAND.probes, [min(one, size) for one in ranks], HAND.own, [0.0, 0.0, 3.0, 3.0])
        posed = replace(spec, dataset=Part("lfw"), protocol=Part("pairs", {"fold": fold}))
        folds.append(replace(make_record(posed, seed=fold), classes=NAMES, identified=(own,)))
    [method] = summarise(folds)
    [probes] = probes_of(method)
    assert probes.size == "G = 6–8, K = 2"
    found = figures_of(probes)["rank-1"]
    assert found.value == pytest.approx(np.mean([0.75, 0.5, 0.75]))
    assert found.interval.n == 3

"""The run that figures with images show: the best on val, of those whose network is kept where there is one."""

from dataclasses import replace

import pytest
from probes import with_answers, with_gallery

from fewshot.inspection.figures.shown import shown_record
from fewshot.records.kept import weights_file
from fewshot.reporting.figures.given import Given, LeftOut
from fewshot.suites.suite import read_suite


@pytest.fixture
def given(make_record, tmp_path):
    """Three trainings of 0.4, 0.8 and 0.6 on val."""
    suite = read_suite("quickstart", seeds=3).only(["loss=triplet"])
    records = [with_answers(with_gallery(make_record(spec))) for spec in suite.specs]
    records = [replace(one, curve=[(10, 0.5, val)], kept=10) for one, val in zip(records, (0.4, 0.8, 0.6), strict=True)]
    return Given(suite, records, results=tmp_path)


def test_the_best_on_val_is_shown_and_before_it_one_whose_network_is_kept(given, tmp_path):
    assert shown_record(given) == given.records[1]
    for place in (0, 2):
        file = weights_file(tmp_path, given.records[place].id)
        file.parent.mkdir(exist_ok=True)
        file.touch()
    assert shown_record(given) == given.records[2]


def test_without_a_training_none_is_shown(given):
    with pytest.raises(LeftOut, match="needs a record of a training with its answers; quickstart has none"):
        shown_record(replace(given, records=[]))

"""A folder's path does not say what is in it: images other than those of the records are refused."""

from dataclasses import replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.protocols import with_own_split
from fewshot.records.digests import check_same, digests_of
from fewshot.registry.lookup import make_part
from fewshot.tasks.images import load_bank

DATA = make_part("datasets", "folder:people", {"split": "0.5/0.25/0.25"})
SPEC = RunSpec(DATA, make_part("protocols", "held_out"), "test", 8, Part("pixels"), Part("cosine"))


@pytest.fixture
def bank(photographs):
    return load_bank(DATA, with_own_split("held_out", DATA, [photographs]), "test", 8, [photographs])


@pytest.fixture
def record(make_record):
    """Makes a record of a spec whose test images have a digest."""
    return lambda spec, digest: replace(make_record(spec), digests={"test": digest})


def test_the_same_images_are_welcome_and_so_are_those_of_no_record(bank, record):
    check_same(SPEC, {"test": bank.digest}, digests_of([record(SPEC, bank.digest)]))
    check_same(SPEC, {"test": bank.digest}, {})


def test_other_images_are_refused_with_the_record(bank, record):
    one = record(SPEC, "0" * 64)
    with pytest.raises(RequestError) as refused:
        check_same(SPEC, {"test": bank.digest}, digests_of([one]))
    for said in ("folder:people: expected the images of test", one.id, "0" * 12, bank.digest[:12], "--results"):
        assert said in str(refused.value)


@pytest.mark.parametrize(
    "other",
    [
        replace(SPEC, size=10),
        replace(SPEC, dataset=make_part("datasets", "folder:people", {"split": "0.6/0.2/0.2"})),
        replace(SPEC, dataset=make_part("datasets", "folder:others", {"split": "0.5/0.25/0.25"})),
    ],
)
def test_records_of_other_images_have_no_say(bank, record, other):
    check_same(SPEC, {"test": bank.digest}, digests_of([record(other, "0" * 64)]))


def test_the_learner_and_the_tasks_have_no_say(bank, record):
    tasks = make_part("protocols", "held_out", {"way": 7})
    for other in (replace(SPEC, learner=Part("hausdorff"), similarity=None), replace(SPEC, protocol=tasks)):
        with pytest.raises(RequestError, match="expected the images of test"):
            check_same(SPEC, {"test": bank.digest}, digests_of([record(other, "0" * 64)]))


def test_a_data_set_that_is_known_by_name_is_not_held_to_this(bank, record):
    drawn = RunSpec(make_part("datasets", "typefaces"), Part("scripts"), "test", 8, Part("pixels"), Part("cosine"))
    check_same(drawn, {"test": bank.digest}, digests_of([record(drawn, "0" * 64)]))


def test_each_fold_has_images_of_its_own(record):
    first = replace(SPEC, stage="val", fold=1, folds=2)
    made_of = digests_of([replace(record(first, "0" * 64), digests={"val": "0" * 64})])
    check_same(replace(first, fold=2), {"val": "1" * 64}, made_of)
    with pytest.raises(RequestError, match="expected the images of val"):
        check_same(first, {"val": "1" * 64}, made_of)

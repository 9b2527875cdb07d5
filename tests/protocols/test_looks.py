"""Evaluations that met a protocol's test classes, whichever protocol and stage they are of."""

import pytest

from fewshot.core.spec.evaluation import Evaluation, evaluation_of
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.data.class_lists.names import overlap
from fewshot.protocols import count_looks, load_protocol
from fewshot.registry.lookup import make_part

OMNIGLOT = ("lake", "lake_small1", "lake_small2", "koch", "vinyals")


def of(name: str, stage: str = "test", dataset: str = "omniglot") -> Evaluation:
    return Evaluation(dataset, name, stage)


@pytest.mark.parametrize("name", OMNIGLOT)
def test_looks_are_counted_by_the_classes_that_tasks_can_hold(name):
    others = [of(other, stage) for other in OMNIGLOT for stage in ("val", "test")]
    among = others * 2
    mine = load_protocol(name).seen_in("test")
    met = [one for one in among if overlap(mine, load_protocol(one.protocol).seen_in(one.stage))]
    assert count_looks([of(name, "val")], among) == len(met)
    assert {of(name), of("lake"), of("vinyals")} <= {*met}
    assert of(name, "val") not in met


def test_the_official_trials_are_met_by_five_protocols_and_vinyals_by_the_val_of_koch():
    tests = [of(name) for name in OMNIGLOT]
    assert count_looks([of("lake")], tests) == 5
    assert count_looks([of("lake")], [of("koch", "val"), of("lake", "val")]) == 0
    assert count_looks([of("vinyals")], [of("koch", "val"), of("lake", "val")]) == 1


def test_another_data_set_met_none_and_no_evaluation_counts_twice():
    among = [of("lake"), of("scripts", dataset="typefaces"), of("lake_small1"), of("ravi", dataset="miniimagenet")]
    assert count_looks([of("lake")], among) == 2
    assert count_looks([of("lake"), of("koch"), of("vinyals")], among) == 2
    assert count_looks([of("scripts", "val", "typefaces")], among) == 1
    assert count_looks([], among) == count_looks([of("lake")], []) == 0


def held_out(stage: str, classes: str = "", split: str = "0.6/0.2/0.2", **options) -> Evaluation:
    """An evaluation of a user's images, and the classes that its record keeps."""
    dataset = Part("folder:mine", {"split": split})
    spec = RunSpec(dataset, make_part("protocols", "held_out", options), stage, 28, Part("pixels"))
    return evaluation_of(spec, tuple(classes))


def test_without_kept_classes_every_test_on_the_same_images_counts():
    among = [held_out("test"), held_out("val"), held_out("test", split="0.5/0.3/0.2"), held_out("test", way=3)]
    assert count_looks([held_out("val")], among) == 3


def test_kept_classes_tell_who_met_those_of_test():
    mine = held_out("test", "efg")
    others = [
        held_out("test", "ab", split="0.2/0.6/0.2"),  # others
        held_out("val", "bg", split="0.2/0.6/0.2"),  # at another stage
        held_out("test", "gh", split="0.2/0.2/0.6"),
        held_out("test", "efg", way=3),
        held_out("val", "cd"),
        held_out("test", split="0.7/0.2/0.1"),  # an old record
    ]
    assert count_looks([held_out("val")], [mine, *others]) == 5


def test_a_fold_is_met_by_its_own_classes():
    lake = load_protocol("lake")
    spec = RunSpec(Part("omniglot"), Part("lake"), "val", 28, Part("pixels"), fold=1, folds=2)
    fold = evaluation_of(spec)
    assert overlap(lake.fold(1, 2).seen_in("val"), load_protocol("koch").seen_in("val"))
    assert count_looks([of("lake")], [fold]) == 0


def test_a_protocol_that_is_not_there_now_counts_by_what_is_kept():
    gone = [
        of("gone"),
        of("gone", "val"),
        of("gone", "val")._replace(classes=load_protocol("lake").seen_in("test")[:1]),
    ]
    assert count_looks([of("lake")], gone) == 2

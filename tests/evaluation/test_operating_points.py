"""Operating points and calibration of a run: chosen on val by its own network or its twin, never on test."""

from runs import run_whole

from fewshot.core.spec.run_spec import twin_of
from fewshot.core.statistics.operating_points import Chosen, choose
from fewshot.suites.suite import read_suite

TINY = ["size=16", "training.steps=1", "training.warmup=0", "options.conv4.widths=[4, 4, 4, 4]"]
LEARNED = ["training.learn=train+val", "training.select=last"]


def chosen(record) -> Chosen:
    return Chosen(record.points, record.calibration, record.chosen_by)


def test_a_network_that_has_not_learned_from_val_chooses_there_itself(tmp_path):
    found = {}
    for stage in ("val", "test"):
        suite = read_suite("quickstart", stage=stage, changes=["size=12"]).only(["learner=pixels"])
        (found[stage],) = run_whole(suite, tmp_path).records
    assert chosen(found["val"]) == Chosen()
    assert chosen(found["test"]) == choose(found["val"].same, found["val"].different)
    assert (found["val"].rule, found["test"].rule) == ("", "max_score")


def test_a_network_that_has_learned_from_val_has_points_of_its_twin_alone(tmp_path):
    suite = read_suite("quickstart", changes=[*TINY, *LEARNED, "twins=true"]).only(["loss=triplet"])
    (spec,), alone = suite.specs, read_suite("quickstart", changes=[*TINY, *LEARNED]).only(["loss=triplet"])
    (without,) = run_whole(alone, tmp_path / "alone").records
    assert chosen(without) == Chosen()
    status = run_whole(suite, tmp_path)
    twin = status.recorded[twin_of(spec).id]
    assert chosen(status.recorded[spec.id]) == choose(twin.same, twin.different, twin.id)
    assert status.records == [status.recorded[spec.id]]  # a twin is no row

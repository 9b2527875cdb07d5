"""A spec determines its numbers, and at stage val nothing of the test classes is asked for."""

from dataclasses import replace

import pytest
import torch
from runs import PIXELS, TINY, run_spec

from fewshot.core.device import threads
from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.core.statistics.operating_points import Chosen
from fewshot.evaluation.identification import identify
from fewshot.evaluation.measure import measure
from fewshot.evaluation.scorer import Scorer
from fewshot.execution.preflight import check_parts
from fewshot.protocols import load_protocol, with_own_split
from fewshot.registry import resolved
from fewshot.registry.lookup import make_part
from fewshot.registry.resolved import Resolved
from fewshot.tasks.images import load_bank, skipped_in
from fewshot.training.build import make_learner


@pytest.fixture
def asked(monkeypatch) -> list[tuple[str, ...]]:
    """The classes that data sets are asked for, call by call."""
    calls, load = [], resolved.load

    def spy(kind, name):
        part = load(kind, name)
        if kind != "datasets":
            return part
        return lambda classes, *rest, **options: calls.append(classes) or part(classes, *rest, **options)

    monkeypatch.setattr(resolved, "load", spy)
    return calls


@pytest.fixture(scope="module")
def outcome():
    return run_spec(TINY)


def test_the_same_spec_gives_the_same_numbers(outcome):
    torch.manual_seed(123)  # of no account
    again = run_spec(TINY)
    assert again.measured == outcome.measured
    assert again.trained == outcome.trained
    assert again.digests == outcome.digests


@pytest.mark.slow
def test_two_threads_give_the_same_numbers_twice_and_from_a_checkpoint(tmp_path):
    def stop(what: str, step: int) -> None:
        if step == 2:
            raise InterruptedError

    with threads(2):
        first, second = (run_spec(TINY) for _ in range(2))
        with pytest.raises(InterruptedError):
            run_spec(TINY, checkpoint=tmp_path / "state.pt", progress=stop)
        resumed = run_spec(TINY, checkpoint=tmp_path / "state.pt")
    for other in (second, resumed):
        assert (other.measured, other.trained, other.digests) == (first.measured, first.trained, first.digests)


def test_another_seed_gives_others_on_the_same_tasks(outcome):
    other = run_spec(replace(TINY, seed=1))
    assert other.trained.curve != outcome.trained.curve
    assert other.measured.accuracy.keys() == outcome.measured.accuracy.keys()
    assert other.digests == outcome.digests


def test_a_run_leaves_the_random_numbers_of_its_caller_alone():
    before = torch.get_rng_state()
    run_spec(TINY)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_with_dropout_is_repeated_too(monkeypatch, tmp_path):
    load = resolved.load

    class dropping(load("backbones", "conv4")):
        def forward(self, images):
            return torch.nn.functional.dropout(super().forward(images), 0.3, self.training)

    def stop(what: str, step: int) -> None:
        if step == 2:
            raise InterruptedError

    monkeypatch.setattr(resolved, "load", lambda kind, name: dropping if name == "conv4" else load(kind, name))
    before = torch.get_rng_state()
    expected = run_spec(TINY)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(123)
    with pytest.raises(InterruptedError):
        run_spec(TINY, checkpoint=tmp_path / "state.pt", progress=stop)
    resumed = run_spec(TINY, checkpoint=tmp_path / "state.pt")
    assert (resumed.trained, resumed.measured) == (expected.trained, expected.measured)


def test_what_an_outcome_holds(outcome):
    protocol = load_protocol("scripts")
    assert {name: len(values) for name, values in outcome.measured.accuracy.items()} == {"20-way 1-shot": 300}
    assert len(outcome.measured.same) == len(outcome.measured.different) == protocol.pairs
    assert [step for step, _, _ in outcome.trained.curve] == [2, 4]
    best = max(val for _, _, val in outcome.trained.curve)
    assert sum(outcome.measured.accuracy["20-way 1-shot"]) / 300 == pytest.approx(best)  # selection measures the same
    assert set(outcome.digests) == {"train", "val"}


def test_stage_val_asks_for_no_test_class(asked):
    classes = load_protocol("scripts").classes
    run_spec(TINY)
    run_spec(PIXELS)
    assert set(asked) == {classes["train"], classes["val"]}
    assert not set(sum(asked, ())) & set(classes["test"])


def test_a_fold_learns_from_the_other_groups_and_is_measured_on_its_own(asked):
    folded = load_protocol("scripts").fold(2, 3)
    outcome = run_spec(replace(TINY, fold=2, folds=3))
    assert set(asked) == {folded.classes["train"], folded.classes["val"]}
    assert {name.split("/")[0] for name in folded.classes["val"]} == {"Georgian"}
    assert len(outcome.measured.accuracy["20-way 1-shot"]) == 300


def test_what_each_stage_and_choice_of_classes_asks_for(asked):
    classes = load_protocol("scripts").classes
    last = replace(TINY.training, select="last", learn="train+val")
    run_spec(replace(TINY, stage="test", training=last))
    assert asked == [classes["test"], classes["train"] + classes["val"]]
    asked.clear()
    run_spec(replace(TINY, stage="test"))
    assert sorted(asked) == sorted(classes.values())
    asked.clear()
    run_spec(replace(PIXELS, stage="test"))
    assert asked == [classes["test"], classes["val"]]  # whose pairs choose operating points


def test_a_network_that_did_not_learn_from_val_has_its_accuracy_there():
    on_val = run_spec(replace(TINY, training=replace(TINY.training, select="last")))
    on_test = run_spec(replace(TINY, stage="test", training=replace(TINY.training, select="last")))
    assert on_val.trained.curve[-1][2] is None  # it is measured there
    assert [val for _, _, val in on_test.trained.curve][:-1] == [None]
    assert on_test.trained.curve[-1][2] == pytest.approx(sum(on_val.measured.accuracy["20-way 1-shot"]) / 300, abs=1e-6)


def test_classes_that_were_learned_from_are_not_measured_on():
    with pytest.raises(RequestError, match=r"train\+val"):
        run_spec(replace(TINY, training=replace(TINY.training, select="last", learn="train+val")))


def test_a_run_goes_on_from_its_checkpoint(outcome, tmp_path):
    def stop(what: str, step: int) -> None:
        if step == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run_spec(TINY, checkpoint=tmp_path / "state.pt", progress=stop)
    assert (tmp_path / "state.pt").exists()
    resumed = run_spec(TINY, checkpoint=tmp_path / "state.pt")
    assert resumed.measured == outcome.measured
    assert resumed.trained == outcome.trained


@pytest.mark.parametrize(
    "part", ["backbones.conv4.conv4", "losses.verification.verification", "similarities.weighted_l1.weighted_l1"]
)
def test_a_part_with_hidden_state_is_never_resumed(outcome, tmp_path, monkeypatch, part):
    file = tmp_path / "state.pt"
    monkeypatch.setattr(f"fewshot.models.{part}.resumable", False, raising=False)
    file.write_text("not looked at")
    assert run_spec(TINY, checkpoint=file).measured == outcome.measured
    assert file.read_text() == "not looked at"


def test_progress_hears_what_goes_on():
    heard = []
    run_spec(TINY, progress=lambda what, step: heard.append((what, step)))
    assert heard[0] == ("images", 0)
    assert {what for what, _ in heard} == {"images", "training", "embedding", "20-way 1-shot", "verification"}
    assert [step for _, step in heard] == sorted(step for _, step in heard)
    assert heard[-1] == ("verification", 4)


def test_shuffled_labels_put_every_image_under_another_label():
    scripts = load_protocol("scripts")
    plain = load_bank(TINY.dataset, scripts, "val", 16, [])
    shuffled = load_bank(TINY.dataset, scripts, "val", 16, [], shuffled=0)
    other = load_bank(TINY.dataset, scripts, "val", 16, [], shuffled=1)
    assert torch.equal(plain.label, shuffled.label)
    assert torch.equal(plain.author, shuffled.author)
    files = dict(zip(plain.names, plain.pixels, strict=True))
    assert torch.equal(torch.stack([files[name] for name in shuffled.names]), shuffled.pixels)

    def content(bank):
        return sorted(image.numpy().tobytes() for image in bank.pixels)

    assert content(plain) == content(shuffled)
    moved = (plain.pixels != shuffled.pixels).flatten(1).any(1).double().mean()
    assert moved > 0.95
    assert not torch.equal(shuffled.pixels, other.pixels)
    assert replace(TINY, shuffled_labels=True).id != TINY.id


def test_the_same_seed_gives_the_same_weights():
    shape, before = (1, 16, 16), torch.get_rng_state()
    first, second, other = (
        make_learner(Resolved(spec), shape).state_dict() for spec in (TINY, TINY, replace(TINY, seed=1))
    )
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["encoder.blocks.0.weight"], other["encoder.blocks.0.weight"])
    assert torch.equal(torch.get_rng_state(), before)


# Photographs: a user's own, on an open protocol

OPTIONS = {"way": 3, "shots": [1], "query": 2, "episodes": 20, "val_episodes": 10, "pairs": 10}
PHOTOS = replace(
    TINY,
    dataset=make_part("datasets", "folder:people", {"split": "0.5/0.25/0.25", "resize": 12}),
    protocol=make_part("protocols", "held_out", OPTIONS),
    stage="test",
    size=10,
    training=replace(
        TINY.training, task=TaskShape(3, 1, 2), affine=0.0, other_authors=False, crop=0.5, flip=0.5, jitter=0.4
    ),
)


@pytest.fixture(scope="module")
def on_photos(photographs):
    return run_spec(replace(PHOTOS, normalise="own"), folders=[photographs])


def test_photographs_are_cropped_to_learn_from_and_measured_by_their_centres(on_photos, photographs):
    assert {name: len(found) for name, found in on_photos.measured.accuracy.items()} == {"3-way 1-shot": 20}
    assert set(on_photos.digests) == {"train", "val", "test"}
    protocol = with_own_split(PHOTOS.protocol, PHOTOS.dataset, [photographs])
    bank = load_bank(PHOTOS.dataset, protocol, "test", 10, [photographs])
    assert bank.digest == on_photos.digests["test"]
    assert bank.shape == (3, 12, 12)
    assert measure(on_photos.learner, bank.centre(10), protocol, "test") == on_photos.measured
    assert measure(on_photos.learner, bank, protocol, "test") != on_photos.measured


def test_own_statistics_are_those_of_what_is_learned_from(on_photos, photographs):
    protocol = with_own_split(PHOTOS.protocol, PHOTOS.dataset, [photographs])
    pixels = load_bank(PHOTOS.dataset, protocol, "train", 10, [photographs]).pixels.double() / 255
    layer = on_photos.learner.encoder.normalise
    torch.testing.assert_close(layer.mean.flatten().double(), pixels.mean((0, 2, 3)), atol=1e-6, rtol=0)
    deviation = pixels.std((0, 2, 3), correction=0)
    torch.testing.assert_close(layer.deviation.flatten().double(), deviation, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    "change",
    [
        {"normalise": "none"},
        {"normalise": "imagenet"},
        *({"training": replace(PHOTOS.training, **{name: 0.0})} for name in ("crop", "flip", "jitter")),
    ],
)
def test_each_value_of_a_recipe_for_photographs_changes_the_numbers(on_photos, photographs, change):
    other = run_spec(replace(PHOTOS, **({"normalise": "own"} | change)), folders=[photographs])
    assert other.trained.curve != on_photos.trained.curve


def test_a_stopped_run_on_photographs_goes_on(on_photos, photographs, tmp_path):
    def stop(what: str, step: int) -> None:
        if step == 2:
            raise InterruptedError

    spec, given = replace(PHOTOS, normalise="own"), {"folders": [photographs]}
    with pytest.raises(InterruptedError):
        run_spec(spec, checkpoint=tmp_path / "state.pt", progress=stop, **given)
    resumed = run_spec(spec, checkpoint=tmp_path / "state.pt", **given)
    assert (resumed.measured, resumed.trained) == (on_photos.measured, on_photos.trained)


def test_layers_of_a_normalised_encoder_have_values_of_their_own(photographs):
    recipe = replace(PHOTOS.training, layers={"encoder.blocks.0": {"learning_rate": 0.0, "weight_decay": 0.0}})
    spec = replace(PHOTOS, normalise="imagenet", training=recipe)
    found = run_spec(spec, folders=[photographs]).learner
    fresh = make_learner(Resolved(spec), (3, 10, 10))
    assert torch.equal(found.encoder.encoder.blocks[0].weight, fresh.encoder.encoder.blocks[0].weight)
    assert not torch.equal(found.encoder.encoder.blocks[4].weight, fresh.encoder.encoder.blocks[4].weight)


def test_images_stored_too_small_are_refused_before_they_are_read():
    small = replace(PHOTOS, dataset=make_part("datasets", "folder:absent", {"resize": 8}))
    with pytest.raises(RequestError, match="resize: expected 0, or at least the 10 px that are used, got 8"):
        check_parts(Resolved(small))


def test_damaged_images_left_out_are_counted_for_each_split_that_has_any(glyph_bank):
    whole = glyph_bank()
    assert skipped_in({"train": replace(whole, skipped=3), "val": whole}) == {"train": 3}


@pytest.mark.parametrize("rule", ["max_score", "mean_embedding"])
def test_several_references_in_a_gallery_are_compared_by_the_rule_of_val(monkeypatch, rule):
    posed = make_part("protocols", "scripts", {"gallery": [1, 2]})
    chosen = Chosen({"eer": 0.0}, (1.0, 0.0), rule=rule)
    monkeypatch.setattr("fewshot.execution.run.choose_on_val", lambda *_: chosen)
    found = run_spec(replace(PIXELS, protocol=posed, stage="test")).measured.identified
    protocol = load_protocol(posed)
    scorer = Scorer(make_learner(Resolved(PIXELS), (1, 16, 16)), load_bank(PIXELS.dataset, protocol, "test", 16, []))
    assert found == identify(scorer, protocol, rule)
    assert found[0] == identify(scorer, protocol)[0]
    assert found[1] != identify(scorer, protocol)[1]

"""The audit of a protocol: every leak that it names can be found, and what the package's own protocols share."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from fewshot.core.recipe import TaskShape
from fewshot.data.bank import ImageBank, make_bank
from fewshot.data.cache import by_authors
from fewshot.data.datasets.omniglot.content import Half, halves
from fewshot.data.datasets.omniglot.decode import decode
from fewshot.data.datasets.omniglot.download import find_or_fetch
from fewshot.evaluation.leakage import Audit, audit_protocol, fault_of
from fewshot.evaluation.leakage import draws as _draws
from fewshot.evaluation.leakage.draws import PAIR_ROWS, read_back, samples
from fewshot.evaluation.leakage.duplicates import Place, duplicates
from fewshot.evaluation.leakage.overlaps import elsewhere, shared
from fewshot.protocols import SPLITS, Episodes, Protocol, load_protocol, with_own_split
from fewshot.registry.lookup import make_part
from fewshot.tasks.sampler import TaskIndices, TaskSampler

SHAPE = TaskShape(way=4, shot=2, query=2)
KIND = Episodes(SHAPE, 50, within_group=True, other_authors=True)


@pytest.fixture(scope="module")
def bank(glyph_bank) -> ImageBank:
    return glyph_bank(12, images=6, groups=(5, 4, 3), authors=6)


def drawn_from(bank: ImageBank, kind: Episodes = KIND) -> TaskIndices:
    source = TaskSampler(bank, kind.shape, float(kind.within_group), kind.other_authors)
    return source.draw(0, "test", range(kind.number))


def read(bank: ImageBank, drawn: TaskIndices, **changes):
    return read_back(bank, drawn, "test", KIND, **({"classes": bank.classes, "authors": bank.authors} | changes))


def test_sound_tasks_have_no_findings_and_are_counted_as_loops_count_them(bank):
    drawn = drawn_from(bank)
    found = read(bank, drawn)
    images = set(drawn.support.flatten().tolist()) | set(drawn.query.flatten().tolist())
    assert found.findings == ()
    assert (found.tasks, found.queries, found.images) == (50, 50 * 4 * 2, len(images))
    for met, number, names in (
        (found.classes, bank.label, bank.classes),
        (found.groups, bank.group, bank.groups),
        (found.authors, bank.author, bank.authors),
    ):
        assert set(met) == {names[number[image]] for image in images}
        assert len(met) == len(set(met))
    assert found.available == (12, 3, 6, 72)


def test_a_group_that_is_not_drawn_has_a_reason(bank):
    drawn = drawn_from(bank)
    assert read(bank, drawn).left_out == {"group2": "3 classes, fewer than the 4 of a task"}
    assert tuple(read(bank, drawn).left_out) == TaskSampler(bank, SHAPE, 1.0).left_out
    first = drawn[:1]
    other = ({"group0", "group1"} - set(read(bank, first).groups)).pop()
    assert read(bank, first).left_out[other] == "not met, by chance"
    official = replace(KIND, trials="official")
    trials = read_back(bank, first, "test", official, classes=bank.classes, authors=bank.authors)
    assert trials.left_out[other] == "in none of the trials"


def image_twice(drawn: TaskIndices, bank: ImageBank) -> None:
    drawn.support[3, 0, 1] = drawn.support[3, 0, 0]


def image_as_support_and_query(drawn: TaskIndices, bank: ImageBank) -> None:
    drawn.query[3, 2, 0] = drawn.support[3, 2, 0]


def class_twice(drawn: TaskIndices, bank: ImageBank) -> None:
    for numbers in (drawn.support, drawn.query, drawn.classes):
        numbers[3, 1] = numbers[3, 0]


def wrong_row(drawn: TaskIndices, bank: ImageBank) -> None:
    drawn.query[3] = drawn.query[3].flip(0)


def same_author(drawn: TaskIndices, bank: ImageBank) -> None:
    """Support and query of one class change places, while the other classes keep theirs."""
    drawn.support[3, 1], drawn.query[3, 1] = drawn.query[3, 1].clone(), drawn.support[3, 1].clone()


def other_group(drawn: TaskIndices, bank: ImageBank) -> None:
    """The same authors' images of a class of the third group."""
    drawn.classes[3, 0] = 11
    for images in (drawn.support, drawn.query):
        images[3, 0] = bank.first[11] + bank.author[images[3, 0]]


LEAKS = {
    image_twice: "1 of 50 tasks hold an image twice",
    image_as_support_and_query: "1 of 50 tasks hold an image twice",
    class_twice: "1 of 50 tasks hold a class twice",
    wrong_row: "1 of 50 tasks hold an image of another class than its row's",
    same_author: "1 of 50 tasks share an author between support and query",
    other_group: "1 of 50 tasks cross groups",
}


@pytest.mark.parametrize(("leak", "finding"), LEAKS.items())
def test_each_leak_in_one_task_is_found(bank, leak, finding):
    drawn = drawn_from(bank)
    leak(drawn, bank)
    assert f"test, 4-way 2-shot: {finding}" in read(bank, drawn).findings


@pytest.mark.parametrize("leak", [same_author, other_group])
def test_draws_that_a_protocol_allows_are_no_leak(bank, leak):
    drawn = drawn_from(bank)
    leak(drawn, bank)
    free = replace(KIND, within_group=False, other_authors=False)
    assert read_back(bank, drawn, "test", free, classes=bank.classes, authors=bank.authors).findings == ()


def test_classes_and_authors_from_outside_their_lists_are_found(bank):
    drawn = drawn_from(bank)
    assert read(bank, drawn, classes=bank.classes[1:]).findings == (
        f"test, 4-way 2-shot: 1 classes from outside its list, such as {bank.classes[0]}",
    )
    assert read(bank, drawn, authors=bank.authors[2:]).findings == (
        "test, 4-way 2-shot: 2 authors from outside its list, such as author0",
    )


def test_of_pairs_only_their_own_images_count(bank):
    pairs = replace(KIND, shape=TaskShape(3, 1, 1))
    lists = {"classes": bank.classes, "authors": bank.authors, "rows": PAIR_ROWS}
    drawn = drawn_from(bank, pairs)
    found = read_back(bank, drawn, "test", pairs, **lists)
    assert (found.kind, found.queries, found.findings) == ("pairs", 100, ())
    four = torch.stack([drawn.query[:, 0], drawn.support[:, 0], drawn.query[:, 2], drawn.support[:, 1]])
    assert found.images == four.unique().numel()
    drawn.support[3, 2], drawn.query[3, 1] = drawn.support[3, 0], drawn.query[3, 0]  # no pair holds these two
    assert read_back(bank, drawn, "test", pairs, **lists).findings == ()
    drawn.support[3, 1] = drawn.support[3, 0]
    assert "pairs: 1 of 50 tasks hold an image twice" in read_back(bank, drawn, "test", pairs, **lists).findings[0]


def test_two_turns_of_a_class_in_one_task_are_counted(bank):
    turned = replace(bank, classes=tuple(f"G/{n // 2}/rot{90 * (n % 2):03d}" for n in range(12)))
    drawn = drawn_from(turned, replace(KIND, within_group=False))
    twins = sum(len({number // 2 for number in task}) < 4 for task in drawn.classes.tolist())
    assert 0 < twins < 50
    assert read(turned, drawn).turned_twice == twins
    assert read(bank, drawn).turned_twice == 0


def made_up(bank: ImageBank, **changes) -> Protocol:
    classes = {"train": bank.classes, "val": ("V/1",), "test": ("T/1",)}
    return Protocol("mine", "glyphs", classes, val=(KIND,), test=(KIND,), pairs=20, seed=1, **changes)


def test_a_split_is_sampled_as_it_is_measured(bank):
    protocol = replace(made_up(bank), classes=dict.fromkeys(SPLITS, bank.classes))
    assert [(one.kind, one.rule, one.tasks) for one in samples(bank, protocol, "val")] == [
        ("4-way 2-shot", "one group, other authors", 50),
        ("pairs", "one group, other authors", 20),
    ]
    assert [(one.kind, one.tasks) for one in samples(bank, protocol, "train")] == [("4-way 2-shot", 400)]
    named = replace(protocol, pair_authors={"train": bank.authors[:4]}, test=(replace(KIND, number=10_000),))
    assert [one.authors for one in samples(bank, named, "train")] == [bank.authors, bank.authors[:4]]
    assert [one.tasks for one in samples(bank, named, "test")] == [400, 20]


@pytest.mark.parametrize("function", ["evaluation_tasks", "verification_tasks"])
def test_it_is_what_is_drawn_that_counts(bank, monkeypatch, function):
    """A draw that strays from its promises, as a bug would, is found in the protocol's own tasks."""
    protocol = replace(made_up(bank), classes=dict.fromkeys(SPLITS, bank.classes))
    assert not any(one.findings for one in samples(bank, protocol, "test"))
    right = getattr(_draws, function)

    def leaky(*arguments):
        drawn = right(*arguments)
        return replace(drawn, query=drawn.support[..., :1].expand_as(drawn.query))

    monkeypatch.setattr(_draws, function, leaky)
    findings = [finding for one in samples(bank, protocol, "test") for finding in one.findings]
    assert any("hold an image twice" in finding for finding in findings)
    assert any("share an author" in finding for finding in findings)


def test_equal_images_are_named_with_split_and_class(bank):
    assert duplicates([("train", bank)]) == []
    pixels = bank.pixels.clone()
    pixels[8] = pixels[70]
    same = tuple(Place("val", bank.classes[image // 6], bank.names[image]) for image in (8, 70))
    assert str(same[1]) == "group2/glyph11/5 (val)"
    assert str(Place("val", "lynx", "images/lynx7.jpg")) == "images/lynx7.jpg of lynx (val)"
    assert duplicates([("val", replace(bank, pixels=pixels))]) == [same]
    across = duplicates([("train", bank.only(torch.arange(72))), ("test", bank)])
    assert len(across) == 72
    assert [place.split for place in across[5]] == ["train", "test"]


def test_findings_across_splits(bank):
    protocol = made_up(bank)
    sample = read(bank, drawn_from(bank))
    sound = Audit(protocol, (sample,), (shared(protocol, "train", "test", dict.fromkeys(SPLITS, ())),), (), {}, ())
    assert sound.findings == ()
    met = replace(sound, samples=(sample, replace(sample, split="train")))
    assert met.findings == (f"the drawn tasks of train and test share {len(sample.classes)} classes, such as "
                            f"{min(sample.classes)}",)  # fmt: skip
    same = replace(protocol, classes=dict.fromkeys(SPLITS, ("T/1/rot000",)) | {"test": ("T/1/rot090",)})
    listed = replace(sound, shared=(shared(same, "train", "test", dict.fromkeys(SPLITS, ())),))
    assert listed.findings == ("the lists of train and test share 1 classes, such as T/1",)
    one_group = replace(protocol, classes={"train": ("T/1",), "val": ("U/1",), "test": ("T/2",)})
    cut = replace(sound, shared=(shared(one_group, "train", "test", dict.fromkeys(SPLITS, ())),))
    assert cut.findings == ("the lists of train and test share 1 groups, such as T",)
    places = Place("train", "G/1", "G/1/7.png"), Place("test", "T/1", "T/1/3.png")
    across = replace(sound, duplicates=(places,))
    assert across.findings == ("images that stand in train and test: 1, such as G/1/7.png (train) = T/1/3.png (test)",)
    confused = replace(sound, duplicates=((places[0], Place("train", "G/2", "G/2/1.png")),))
    assert confused.findings == (
        "images that are of two classes of train: 1, such as G/1/7.png (train) = G/2/1.png (train)",
    )
    assert replace(sound, duplicates=((places[0], replace(places[0], image="G/1/8.png")),)).findings == ()


def test_a_whole_audit_of_made_up_images(glyph_bank, monkeypatch):
    """Each split has a bank of its own, and images are compared in full size."""
    sizes = []
    counts = {"train": 8, "val": 6, "test": 7}
    lists = {split: tuple(f"{split}/{number}" for number in range(count)) for split, count in counts.items()}
    banks = {split: replace(glyph_bank(len(names), groups=1), classes=names) for split, names in lists.items()}

    def load(dataset, protocol, split, size, folders):
        sizes.append(size)
        assert protocol.classes[split] == banks[split].classes
        return banks[split]

    monkeypatch.setattr("fewshot.evaluation.leakage.load_bank", load)
    protocol = Protocol("mine", "typefaces", lists, val=(KIND,), test=(KIND,), pairs=20, seed=1)
    found = audit_protocol(protocol, [])
    assert found.findings == ()
    assert [one.split for one in found.samples] == ["train", "val", "val", "test", "test"]
    assert found.images == {"train": 48, "val": 36, "test": 42}
    assert sizes == [28] * 3 + [None] * 3
    banks["test"] = replace(banks["test"], pixels=torch.cat([banks["train"].pixels[:1], banks["test"].pixels[1:]]))
    stand = f"images that stand in train and test: 1, such as {banks['train'].names[0]} of train/0 (train) = "
    assert audit_protocol(protocol, []).findings == (f"{stand}{banks['test'].names[0]} of test/0 (test)",)


def test_vinyals_trains_on_classes_of_the_official_test():
    found = {one.protocol: one for one in elsewhere(load_protocol("vinyals"))}
    assert set(found) >= {"lake", "lake_small1", "lake_small2", "koch"}
    assert not {"vinyals", "scripts"} & set(found)
    assert (found["lake"].classes, found["lake"].in_tasks) == (659, 200)
    assert found["lake"].learned == {"train": (236, 78), "train+val": (236, 78)}
    against = {one.protocol: one.learned for one in elsewhere(load_protocol("koch"))}
    assert against["lake"]["train"][0] < against["lake"]["train+val"][0]
    assert against["lake"]["train+val"][1] == 0
    of_lake = {one.protocol: one.learned["train+val"] for one in elsewhere(load_protocol("lake"))}
    assert of_lake["koch"] == of_lake["lake_small1"] == of_lake["vinyals"] == (0, 0)


def characters(protocol: Protocol, split: str) -> ImageBank:
    """The images of a split of Omniglot, one empty pixel each."""
    classes = protocol.classes[split]
    groups = tuple(dict.fromkeys(name.split("/")[0] for name in classes))
    whole = make_bank(
        np.zeros((len(classes) * 20, 1, 1, 1), np.uint8),
        np.repeat(np.arange(len(classes)), 20),
        np.repeat([groups.index(name.split("/")[0]) for name in classes], 20),
        np.tile(np.arange(20), len(classes)),
        classes=classes,
        groups=groups,
        authors=tuple(f"{drawer:02d}" for drawer in range(1, 21)),
    )
    return by_authors(whole, protocol.authors_in(split)) if split in protocol.authors else whole


def test_the_drawers_of_koch():
    protocol = load_protocol("koch")
    banks = {split: characters(protocol, split) for split in SPLITS}
    found = {(one.split, one.kind): one for split, bank in banks.items() for one in samples(bank, protocol, split)}
    one_shot = "20-way 1-shot"
    assert {place: (int(one.authors[0]), int(one.authors[-1]), len(one.authors)) for place, one in found.items()} == {
        ("train", one_shot): (9, 20, 12),
        ("train", "pairs"): (9, 20, 12),
        ("val", one_shot): (5, 8, 4),
        ("val", "pairs"): (5, 8, 4),
        ("test", one_shot): (1, 8, 8),
        ("test", "pairs"): (1, 4, 4),
    }
    assert not any(one.findings for one in found.values())
    assert shared(protocol, "train", "test", protocol.authors).authors == ()
    assert (found["val", one_shot].queries, found["test", one_shot].queries) == (320, 400)


def test_the_official_trials_use_ten_alphabets():
    lake = load_protocol("lake")
    trials, _ = samples(characters(lake, "test"), lake, "test")
    assert (trials.tasks, trials.queries, len(trials.classes), len(trials.groups)) == (20, 400, 200, 10)
    assert len(trials.left_out) == 10
    assert set(trials.left_out.values()) == {"in none of the trials"}


@pytest.mark.slow
def test_one_pair_of_images_of_omniglot_is_the_same(omniglot_data):
    """Among all 32,460, compared as packed bits, which is quicker to set up than pixels and the same question."""

    def packed(half: Half) -> ImageBank:
        rows, number = decode(half, find_or_fetch(half, omniglot_data)), np.arange(len(half.classes))
        names = tuple(f"{drawer:02d}" for drawer in range(1, 21))
        label, author = np.repeat(number, 20), np.tile(np.arange(20), len(number))
        several = {"classes": half.classes, "groups": ("all",), "authors": names, "names": half.images}
        return make_bank(rows[:, None], label, 0 * label, author, **several)

    character = "Braille/character01"
    pair = tuple(Place("images_background", character, f"{character}/0192_{drawer}.png") for drawer in ("03", "19"))
    assert duplicates((half.name, packed(half)) for half in halves()) == [pair]


def test_a_users_images_are_compared_at_one_size(photographs, tmp_path):
    shutil.copytree(photographs / "people", tmp_path / "people")
    data = make_part("datasets", "folder:people", {"split": "0.5/0.25/0.25"})
    options = {"way": 3, "query": 2, "shots": [1]}
    found = with_own_split(make_part("protocols", "held_out", options), data, [tmp_path])
    sound = audit_protocol(found, [tmp_path], data)
    assert (sound.findings, sound.side, sound.images) == ((), 64, {"train": 30, "val": 15, "test": 15})
    assert [one.groups for one in sound.shared] == [()] * 3
    left, right = (found.classes[split][0] for split in ("train", "test"))
    shutil.copy(tmp_path / "people" / left / "0.png", tmp_path / "people" / right / "9.png")
    leaky = audit_protocol(found, [tmp_path], data)
    same = f"{left}/0.png (train) = {right}/9.png (test)"
    assert leaky.findings == (f"images that stand in train and test: 1, such as {same}",)
    (tmp_path / "people" / right / "9.png").unlink()
    for file in sorted((tmp_path / "people" / left).iterdir())[2:]:  # too few for a task of val, enough to learn from
        file.unlink()
    small = with_own_split(make_part("protocols", "held_out", options), data, [tmp_path])
    assert audit_protocol(small, [tmp_path], data).findings == ()
    large = replace(data, options={**data.options, "resize": 96})
    assert audit_protocol(small, [tmp_path], large).side == 96


def test_a_forgery_may_stand_twice_but_not_as_a_genuine_image_or_in_two_classes():
    genuine, forged, again = (Place("test", "Anna", f"Anna/{n}.png", bool(n)) for n in range(3))
    other = Place("test", "Bert", "Bert/1.png", True)
    assert fault_of((forged, again)) == ""
    assert fault_of((genuine, forged)) == "are genuine and forged in test"
    assert fault_of((forged, other)) == "are of two classes of test"
    assert fault_of((replace(forged, split="val"), again)) == "stand in val and test"

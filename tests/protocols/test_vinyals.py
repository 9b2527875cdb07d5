"""The protocol `vinyals`, against the rule of the published split files and the facts that are known of them."""

from collections import Counter
from zipfile import ZipFile

from fewshot.core.spec.run_spec import Part
from fewshot.data.class_lists.names import overlap, unturned
from fewshot.data.class_lists.omniglot import evaluation_classes
from fewshot.data.class_lists.omniglot_trials import run_classes
from fewshot.protocols import load_protocol

TURNS = ("rot000", "rot090", "rot180", "rot270")
VAL = {"Armenian", "Bengali", "Early_Aramaic", "Hebrew", "Mkhedruli_(Georgian)"}
WHOLE = ("Angelic", "Atemayar_Qelisayer", "Atlantean", "Aurek-Besh", "Avesta", "Ge_ez", "Glagolitic")  # in train


def characters(names) -> list[str]:
    return list(dict.fromkeys(unturned(name) for name in names))


def alphabets(names) -> Counter:
    return Counter(name.split("/")[0] for name in characters(names))


def test_the_published_numbers_of_classes_and_of_characters():
    classes = load_protocol("vinyals").classes
    assert {split: len(names) for split, names in classes.items()} == {"train": 4112, "val": 688, "test": 1692}
    assert {split: len(characters(names)) for split, names in classes.items()} == {
        "train": 1028, "val": 172, "test": 423,
    }  # fmt: skip
    assert {split: len(set(names)) for split, names in classes.items()} == {"train": 4112, "val": 688, "test": 1692}


def test_the_split_is_the_rule_of_the_published_files(omniglot_data):
    names = []
    for half in ("images_background", "images_evaluation"):
        with ZipFile(omniglot_data[0] / "omniglot" / f"{half}.zip") as archive:
            images = [name.split("/") for name in archive.namelist() if name.endswith(".png")]
        names += sorted({f"{alphabet}/{character}" for *_, alphabet, character, _ in images})
    assert len(names) == 1623
    expected = {"train": [], "val": [], "test": []}
    for number, name in enumerate(names):
        split = "test" if number >= 1200 else "val" if name.partition("/")[0] in VAL else "train"
        expected[split] += [f"{name}/{turn}" for turn in TURNS]
    assert {split: list(names) for split, names in load_protocol("vinyals").classes.items()} == expected


def test_it_trains_on_these_evaluation_alphabets():
    protocol = load_protocol("vinyals")
    learned, evaluation = protocol.learned_from("train+val"), evaluation_classes()
    shared = overlap(learned, evaluation)
    assert (len(characters(learned)), len(shared)) == (1200, 236)
    whole = {name: count for name, count in alphabets(evaluation).items() if name in WHOLE}
    assert alphabets(shared) == whole | {"Gurmukhi": 41}
    assert len(overlap(shared, run_classes())) == 78


def test_one_alphabet_straddles_and_no_character_does():
    classes = load_protocol("vinyals").classes
    assert not set(characters(classes["test"])) & set(characters(classes["train"] + classes["val"]))
    assert len(alphabets(classes["test"])) == 13
    assert set(alphabets(classes["test"])) & set(alphabets(classes["train"])) == {"Gurmukhi"}
    assert characters(classes["test"])[:5] == [
        *(f"Gurmukhi/character{n}" for n in range(42, 46)),
        "Kannada/character01",
    ]
    assert set(alphabets(classes["val"])) == VAL


def test_the_tasks_come_from_all_alphabets_and_drawers():
    protocol = load_protocol("vinyals")
    assert {one.name: one.number for one in protocol.test} == {
        f"{way}-way {shot}-shot": 10_000 for way in (5, 20) for shot in (1, 5)
    }
    assert protocol.selects_by.name == "20-way 1-shot"
    for one in (*protocol.val, *protocol.test):
        assert (one.within_group, one.other_authors, one.trials) == (False, False, "")
    assert not protocol.authors
    assert not protocol.verify


def test_fewer_tasks_for_learners_that_adapt_to_each():
    few = load_protocol(Part("vinyals", {"number": 300}))
    assert {one.number for one in (*few.val, *few.test)} == {300}
    usual = load_protocol("vinyals")
    assert ({one.number for one in usual.val}, {one.number for one in usual.test}) == ({1000}, {10_000})
    assert few.classes == usual.classes

"""The protocol `lake`, its class lists and the shipped index of the official trials."""

import subprocess
import sys
from collections import Counter

import pytest

from fewshot.core.errors import RequestError
from fewshot.data.class_lists.omniglot import background_classes, evaluation_classes, images_of
from fewshot.data.class_lists.omniglot_trials import official_runs
from fewshot.protocols import load_protocol
from fewshot.registry.lookup import make_part


def alphabets(classes) -> set[str]:
    return {name.split("/")[0] for name in classes}


def test_the_class_lists():
    assert (len(background_classes()), len(evaluation_classes())) == (964, 659)
    assert (len(alphabets(background_classes())), len(alphabets(evaluation_classes()))) == (30, 20)
    assert (len(images_of("background")), len(images_of("evaluation"))) == (19280, 13180)
    for half in ("background", "evaluation"):
        assert list(images_of(half)) == sorted(set(images_of(half)))
    numbers = Counter(name.split("/")[2][:4] for half in ("background", "evaluation") for name in images_of(half))
    assert numbers == {f"{number:04d}": 20 for number in range(1, 1624)}


def test_the_split_is_by_alphabet_and_disjoint():
    found = load_protocol("lake")
    assert {split: len(names) for split, names in found.classes.items()} == {"train": 792, "val": 172, "test": 659}
    assert {split: len(alphabets(names)) for split, names in found.classes.items()} == {
        "train": 25,
        "val": 5,
        "test": 20,
    }
    assert alphabets(found.classes["val"]) == {"Armenian", "Bengali", "Early_Aramaic", "Hebrew", "Mkhedruli_(Georgian)"}
    assert not alphabets(found.classes["train"]) & alphabets(found.classes["test"])
    assert set(found.learned_from("train+val")) == set(background_classes())
    assert (found.test[0].trials, found.test[0].name, found.selects_by.number) == ("official", "20-way 1-shot", 400)


def test_drawn_tasks_are_of_all_evaluation_alphabets_with_one_and_five_supports():
    found = load_protocol(make_part("protocols", "lake", {"drawn": 2000}))
    kinds = {one.name: (one.number, one.within_group, one.other_authors, one.trials) for one in found.test}
    assert kinds == {
        "20-way 1-shot": (20, True, True, "official"),
        "20-way 1-shot, all alphabets": (2000, True, True, ""),
        "20-way 5-shot, all alphabets": (2000, True, True, ""),
    }
    assert (len(found.seen_in("test")), len(load_protocol("lake").seen_in("test"))) == (659, 200)
    assert (found.val, found.pairs) == (load_protocol("lake").val, load_protocol("lake").pairs)
    assert make_part("protocols", "lake", {"drawn": 0}).options == {}  # so that ids of older records stay
    with pytest.raises(RequestError, match="drawn: expected a number from 0 to 1000000, got -1"):
        load_protocol(make_part("protocols", "lake", {"drawn": -1}))


def test_the_official_trials():
    runs = official_runs()
    assert len(runs) == 20
    assert set(Counter(run.alphabet for run in runs).values()) == {2}
    assert len(alphabets(run.alphabet for run in runs)) == 10
    support, query = [run.support_drawer for run in runs], [run.query_drawer for run in runs]
    assert support == [5, 3, 3, 4, 6, 3, 5, 8, 2, 8, 3, 4, 8, 7, 4, 1, 1, 8, 1, 8]
    assert query == [8, 2, 7, 2, 4, 2, 2, 3, 1, 3, 7, 2, 4, 3, 8, 2, 4, 7, 3, 5]
    for run in runs:
        assert len(set(run.support)) == 20
        assert set(run.support) == set(run.query) <= set(load_protocol("lake").classes["test"])
        assert alphabets(run.support) == {run.alphabet}


def test_nothing_of_it_needs_torch():
    code = (
        "import sys; from fewshot.protocols import load_protocol; from fewshot.data.class_lists.omniglot_trials import "
        "official_runs; load_protocol('lake'); official_runs(); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_open_sets_and_more_pairs_are_options_that_older_ids_lack():
    found = load_protocol(make_part("protocols", "lake", {"open_set": 500, "pairs": 5000}))
    names = ("10-way 1-shot, open set: ROC area", "10-way 1-shot, open set: OSCR")
    assert found.val[-1] == found.test[-1]
    assert (found.val[-1].figures, found.val[-1].drawn.way, found.pairs) == (names, 20, 5000)
    assert found.selects_by == load_protocol("lake").selects_by
    assert make_part("protocols", "lake", {"open_set": 0, "pairs": 2000}).options == {}


def test_galleries_are_options_that_older_ids_lack():
    found = load_protocol(make_part("protocols", "lake", {"gallery": [1, 5], "probes": 3}))
    assert (found.gallery, found.probes) == ((1, 5), 3)
    for name in ("lake", "held_out", "pairs", "scripts"):
        assert (
            make_part("protocols", name, {"gallery": [], "probes": 5}).options == make_part("protocols", name).options
        )


@pytest.mark.parametrize(("options", "message"), [
    ({"gallery": [0]}, "gallery: expected a number from 1 to 1000000, got 0"),
    ({"gallery": [1, 1]}, r"gallery: expected different numbers of references, got \[1, 1\]"),
    ({"gallery": [1.5]}, "gallery: expected whole numbers, got 1.5"),
    ({"probes": 3}, "probes: expected a gallery to identify them in, got none, and 3"),
    ({"gallery": [1], "probes": 0}, "probes: expected a number from 1 to 1000000, got 0"),
])  # fmt: skip
def test_galleries_that_hold_nothing_are_refused(options, message):
    with pytest.raises(RequestError, match=message):
        load_protocol(make_part("protocols", "lake", options))


def test_a_gallery_is_a_list():
    with pytest.raises(RequestError, match="option gallery of lake: expected list, got 1"):
        make_part("protocols", "lake", {"gallery": 1})

from dataclasses import replace

from fewshot.core.spec.names import VERIFICATION
from fewshot.core.spec.run_spec import Part
from fewshot.records.answers import PairList
from fewshot.reporting.table import make_table
from fewshot.suites.suite import read_suite


def test_a_shortcut_in_the_images_is_printed_once(make_record):
    record = make_record(read_suite("quickstart").specs[0])
    facts = record.facts | {"shortcuts": ["the commonest value alone tells forgeries of test apart: ROC area 0.99"]}
    records = [replace(record, facts=facts), replace(record, spec=replace(record.spec, seed=1), facts=facts)]
    assert [note for note in make_table("", "", records).notes if "SHORTCUT" in note] == [
        "SHORTCUT in typefaces: the commonest value alone tells forgeries of test apart: ROC area 0.99"
    ]
    assert not any("SHORTCUT" in note for note in make_table("", "", [record]).notes)


def test_failures_to_acquire_are_errors_in_a_note(make_record):
    """Of two trainings, each with 7 and 9 of ten pairs right, and two pairs more that failed."""
    spec, notes = read_suite("quickstart").specs[0], PairList(failed={"same": 2})
    records = [
        replace(
            make_record(replace(spec, seed=seed)),
            accuracy={VERIFICATION: [1.0] * right + [0.0] * (10 - right)},
            pair_list=notes,
            same=[1.0] * 5,
            different=[0.0] * 5,
        )
        for seed, right in ((0, 7), (1, 9))
    ]
    (note,) = [note for note in make_table("", "", records).notes if "failures to acquire" in note]
    assert "a missing image: 2 same, which" in note
    assert note.endswith(f" {100 * 8 / 12:.1f}")


def test_classes_and_images_that_were_left_out_are_counted(make_record):
    faces = Part("folder:faces", {"min_images": 20})
    record = make_record(replace(read_suite("quickstart").specs[0], dataset=faces))
    records = [replace(record, left_out={"classes": 3, "images": 41}, skipped={"train": 7, "val": 1}), record]
    records[0] = replace(records[0], damaged={"train": ["a/1.png", "a/2.png"]})
    records.append(replace(record, left_out={"classes": 3, "images": 41}, skipped={"val": 1}))
    assert [note for note in make_table("", "", records).notes if "faces: " in note] == [
        "folder:faces: left out as they have fewer than 20 images: 3 classes (41 images)",
        "folder:faces: damaged images left out: 7 of train (a/1.png, a/2.png, …), 1 of val",
    ]

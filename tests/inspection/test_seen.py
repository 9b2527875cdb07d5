"""What a page shows of a record: mistakes, tasks and embeddings, and sentences on those that are not there."""

from dataclasses import replace

from fewshot.inspection.network_page import network_page
from fewshot.inspection.plane import evenly
from fewshot.inspection.seen import CLASSES, seen, seen_network
from fewshot.records.store import record_file, write_record
from fewshot.verification.network_file import to_bytes


def test_a_network_gives_tasks_and_embeddings_beside_the_mistakes(subject, tmp_path):
    found = seen(subject.record, (), tmp_path, 3, subject.network)
    assert found.lacks == ()
    assert [len(section.rows) for section in found.mistakes] == [3] * len(found.mistakes)
    assert {one.kind for one in found.tasks} == {*subject.record.accuracy}
    assert all(len(one.trials.answered) == 2 < one.of for one in found.tasks)
    assert found.points.shape == (len(found.numbers), 2)
    assert len({found.images.label[number] for number in found.numbers}) == CLASSES


def test_without_a_network_embeddings_are_lacking(subject, tmp_path):
    found = seen(subject.record, (), tmp_path)
    assert [reason.partition(",")[0] for reason in found.lacks] == ["embeddings"]
    assert (found.points, found.tasks, len(found.mistakes) > 2) == (None, (), True)


def test_without_the_images_or_the_answers_of_the_record_all_pictures_are_lacking(subject, tmp_path):
    other = replace(subject.record, digests=dict.fromkeys(subject.record.digests, "0" * 64))
    (reason,) = seen(other, (), tmp_path).lacks
    assert reason.startswith("pictures, as typefaces: expected the images of ")
    (reason,) = seen(replace(subject.record, answers={}, pair_classes=None), (), tmp_path).lacks
    assert "before answers were kept" in reason


def test_the_page_of_a_network_is_that_of_its_record_or_has_its_thresholds_and_embeddings(subject, tmp_path):
    network = replace(subject.network, points={"eer": 0.25})
    (tmp_path / "own.safetensors").write_bytes(to_bytes(network))
    assert seen_network(network, ()).points is not None
    alone = network_page(str(tmp_path / "own.safetensors"), tmp_path, (), 2)
    assert "holds no record" in alone
    assert "<td>0.25</td>" in alone
    assert alone.count("data-picture=") > 100
    write_record(subject.record, record_file(tmp_path, "own", subject.record.spec))
    for named in (subject.record.id, str(tmp_path / "own.safetensors")):
        text = network_page(named, tmp_path, (), 2)
        assert ("<figcaption>ROC" in text, "answers wrong" in text, "<dt>training.steps</dt>" in text) == (True,) * 3
        assert ("Embeddings in the plane" in text) == named.endswith("safetensors")
    assert "answers wrong" not in network_page(subject.record.id, tmp_path, None, 2)


def test_classes_are_evenly_apart():
    assert (evenly(4, 10), evenly(19, 10)) == ([0, 1, 2, 3], [0, 2, 4, 6, 8, 10, 12, 14, 16, 18])

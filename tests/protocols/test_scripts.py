import pytest

from fewshot.data.class_lists.typefaces import class_names
from fewshot.data.datasets.typefaces import typefaces
from fewshot.protocols import SPLITS, load_protocol
from fewshot.tasks.sampler import TaskSampler


def test_every_letter_is_in_one_split_and_train_is_the_largest():
    classes = load_protocol("scripts").classes
    assert tuple(classes) == SPLITS
    assert sorted(sum(classes.values(), ())) == sorted(class_names())
    assert len(classes["train"]) > len(classes["test"]) > len(classes["val"])


def test_no_script_is_in_two_splits():
    scripts = [{name.split("/")[0] for name in own} for own in load_protocol("scripts").classes.values()]
    assert sum(map(len, scripts)) == len(set.union(*scripts)) == 5


@pytest.mark.parametrize("split", ["val", "test"])
def test_every_task_has_support_and_query_from_different_families(split, tmp_path, monkeypatch):
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path))
    protocol = load_protocol("scripts")
    bank = typefaces(protocol.classes[split], None, [])
    for episodes in getattr(protocol, split):
        assert episodes.other_authors
        source = TaskSampler(bank, episodes.shape, float(episodes.within_group), episodes.other_authors)
        drawn = source.draw(protocol.seed, "test", range(200))
        support, query = bank.author[drawn.support].flatten(1), bank.author[drawn.query].flatten(1)
        assert not (support[:, :, None] == query[:, None, :]).any()


def test_every_script_has_the_classes_of_the_largest_task():
    protocol = load_protocol("scripts")
    for split in ("val", "test"):
        names = [name.split("/")[0] for name in protocol.classes[split]]
        way = max(episodes.shape.way for episodes in getattr(protocol, split))
        assert all(names.count(script) >= way for script in set(names))

"""What is refused of a protocol and of a data set, one small plug-in file for each breach."""

import pytest
from plugin_texts import DATASET, GIVEN, PROTOCOL

from fewshot.conformance import check


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('{"name": "other"}', "expected the name 'mine', got 'other'"),
        ('{"dataset": "omniglott"}', "unknown dataset 'omniglott': did you mean omniglot"),
        ('{"classes": CLASSES | {"val": ()}}', "expected classes for val, each once, got 0"),
        ('{"classes": CLASSES | {"val": CLASSES["test"]}}', "protocol mine: val and test share 5 classes"),
        ('{"val": ()}', "expected at least one kind of task on val, got none"),
        ('{"test": (TaskShape(5, 1, 1),)}', "expected a tuple of Episodes on test, got TaskShape"),
        ('{"test": (Episodes(TaskShape(6, 1, 1), 9),)}', "expected at least 6 classes in test, got 5"),
        (
            '{"classes": CLASSES | {"test": tuple(f"{n}/1" for n in "abcdef")}}',
            "expected a group with 5 classes in test, got at most 1, in a",
        ),
        (
            '{"test": (Episodes(TaskShape(5, 1, 1), 9, trials="officials"),)}',
            "unknown trials .*'officials': did you mean",
        ),
        ('{"authors": {"tset": ("a",)}}', "unknown split with authors of plug-in mine.py 'tset': did you mean test"),
        ('{"pair_authors": {"train": ("a",)}}', "unknown split with authors .*'train': expected one of test, val"),
        ('{"authors": {"test": "ab"}}', "expected a tuple of names of authors for test, got 'ab'"),
        ('{"authors": {"test": ()}}', "expected names of authors for test, got none"),
        ('{"pair_authors": {"val": (1,)}}', r"expected a tuple of names of authors for val, got \(1,\)"),
        (
            '{"authors": {"val": ("a", "b")}, "pair_authors": {"val": ("b", "c")}}',
            "pair_authors of val among its authors, got 'c'",
        ),
        ('{"pears": 1}', "mine.py, line 12: TypeError: .*pears"),
    ],
)
def test_a_protocol_that_breaks_its_promise_is_refused(refused, change, message):
    refused(PROTOCOL.replace("{result}", GIVEN.replace("{change}", change)), message)


def test_a_protocol_may_leave_out_authors(add):
    change = '{"authors": {"train": ("a",), "test": ("b", "c")}, "pair_authors": {"test": ("c",), "val": ("a",)}}'
    add(PROTOCOL.replace("{result}", GIVEN.replace("{change}", change)))
    assert "disjoint splits" in check("protocols", "mine")[-1]


def test_a_protocol_is_a_protocol(refused):
    refused(PROTOCOL.replace("{result}", "given"), "expected a Protocol, got dict")


def test_a_protocol_may_leave_its_classes_to_the_data_set(add):
    open_one = PROTOCOL.replace("{result}", GIVEN.replace("{change}", '{"dataset": "", "classes": {}}'))
    add(open_one.replace("def mine()", "def mine(*, pears: int = 3)"))
    assert check("protocols", "mine")[-1] == "plug-in mine.py: of a data set's own split; 5-way 1-shot"


@pytest.mark.parametrize("change", ['{"dataset": ""}', '{"dataset": "", "classes": {}, "authors": {"test": ("a",)}}'])
def test_classes_without_a_data_set_are_refused(refused, change):
    refused(PROTOCOL.replace("{result}", GIVEN.replace("{change}", change)), "a data set beside its classes or authors")


@pytest.mark.parametrize("parameters", ["classes, size", "classes, size, folders, ink=1.0", "*given"])
def test_a_data_set_of_a_wrong_signature_is_refused(refused, parameters):
    refused(DATASET.format(parameters=parameters), r"expected \(classes, size, folders, \*, options\), .*got \(")

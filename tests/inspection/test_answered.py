"""Tasks answered anew by a kept network are the first of those that the record measured."""

from dataclasses import replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.inspection.answered import answered_tasks


def test_the_first_drawn_tasks_have_the_records_accuracy_and_images_of_their_classes(subject):
    (found,) = answered_tasks(subject, 7)
    accuracies = subject.record.accuracy[found.kind]
    assert (len(found.trials.classes), found.of) == (7, len(accuracies))
    assert found.trials.accuracy() == pytest.approx(accuracies[:7], abs=1e-6)
    label = subject.images.label
    for classes, support, query in zip(found.trials.classes, found.support, found.query, strict=True):
        assert [[label[image] for image in row] for row in support] == [[one] * len(support[0]) for one in classes]
        assert [[label[image] for image in row] for row in query] == [[one] * len(query[0]) for one in classes]


def test_drawn_tasks_need_a_network(subject):
    with pytest.raises(RequestError, match="needs the record's network"):
        answered_tasks(replace(subject, network=None))

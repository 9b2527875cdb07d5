"""Images under the numbers of their training classes, and vectors of these classes."""

import torch

from fewshot.models.class_vectors import ClassVectors, labelled

TASK, WAY, SHOT, QUERY, DIM, CLASSES = 2, 5, 3, 4, 7, 11


def test_every_image_has_the_number_of_its_class():
    support, query = torch.randn(TASK, WAY, SHOT, DIM), torch.randn(TASK, WAY, QUERY, DIM)
    classes = torch.stack([torch.randperm(CLASSES)[:WAY] for _ in range(TASK)])
    images, label = labelled(support, query, classes)
    assert len(images) == len(label) == TASK * WAY * (SHOT + QUERY)
    expected = [
        (int(classes[task, way]), one.tolist())
        for task in range(TASK)
        for way in range(WAY)
        for one in (*support[task, way], *query[task, way])
    ]
    assert sorted(zip(label.tolist(), images.tolist(), strict=True)) == sorted(expected)


def test_logits_and_cosines():
    vectors, images = ClassVectors(DIM, CLASSES, bias=True), torch.randn(4, DIM)
    for i in range(4):
        for c in range(CLASSES):
            inner = images[i] @ vectors.weight[c]
            torch.testing.assert_close(
                vectors.logits(images, torch.zeros(4, dtype=torch.int64))[i, c], inner + vectors.bias[c]
            )
            norms = images[i].norm() * vectors.weight[c].norm()
            torch.testing.assert_close(vectors.cosines(images)[i, c], inner / norms)

"""Images under the numbers of their training classes, and vectors of these classes."""

import pytest
import torch

from fewshot.models.class_vectors import ClassVectors, labelled
from fewshot.models.losses import bind
from fewshot.registry.lookup import entries, load, make_part

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


def test_scores_are_inner_products_or_cosines():
    images = torch.randn(4, DIM)
    plain, unit = ClassVectors(DIM, CLASSES, bias=True), ClassVectors(DIM, CLASSES, unit=True)
    for i in range(4):
        for c in range(CLASSES):
            inner = images[i] @ plain.weight[c] + plain.bias[c]
            torch.testing.assert_close(plain.class_scores(images)[i, c], inner)
            norms = images[i].norm() * unit.weight[c].norm()
            torch.testing.assert_close(unit.class_scores(images)[i, c], images[i] @ unit.weight[c] / norms)


COSINE = [name for name, entry in entries("losses").items() if entry.marks.class_vectors and not entry.family
          if name not in ("softmax", "baseline")]  # fmt: skip


@pytest.mark.parametrize("name", COSINE)
def test_vectors_of_cosine_losses_start_at_length_1(name):
    for dim, classes in ((DIM, CLASSES), (256, 30), (30, 256)):
        weight = next(bind(load("losses", name), make_part("losses", name).options, dim, classes).parameters())
        axis = weight.shape.index(dim)
        torch.testing.assert_close(weight.norm(dim=axis), torch.ones(weight.numel() // dim))
        assert weight.requires_grad


@pytest.mark.parametrize("name", COSINE)
def test_class_scores_are_the_largest_cosines_of_each_class(name):
    loss = bind(load("losses", name), make_part("losses", name).options, DIM, CLASSES)
    weight, images = next(loss.parameters()), torch.randn(4, DIM)
    vectors = weight if weight.shape[1] == DIM else weight.T
    each = len(vectors) // CLASSES
    for i in range(4):
        for c in range(CLASSES):
            cosines = [torch.cosine_similarity(images[i], vectors[each * c + k], 0) for k in range(each)]
            torch.testing.assert_close(loss.class_scores(images)[i, c], max(cosines))


def test_the_mark_is_on_every_loss_with_a_vector_for_each_class():
    for name, entry in entries("losses").items():
        if not entry.family:
            made = {classes: bind(load("losses", name), make_part("losses", name).options, DIM, classes)
                    for classes in (11, 13)}  # fmt: skip
            counts = [sum(one.numel() for one in loss.parameters()) for loss in made.values()]
            assert entry.marks.class_vectors == (counts[0] != counts[1]), name

"""Our images as learn2learn's tasks, its tasks through our evaluation, and splits that stay apart where its do not."""

import random

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.data.bank import ImageBank, make_bank
from fewshot.data.datasets.omniglot import omniglot
from fewshot.evaluation.foreign_tasks import evaluate_tasks
from fewshot.models.adapters.learn2learn import import_learn2learn
from fewshot.models.backbones.conv4 import conv4
from fewshot.models.learners.pixels import pixels
from fewshot.models.similarities.euclidean import euclidean
from fewshot.protocols import load_protocol
from fewshot.tasks.learn2learn import meta_dataset, taskset
from fewshot.tasks.sampler import TaskSampler

pytest.importorskip("gym", reason="needs learn2learn, the dependency group interop", exc_type=ImportError)


@pytest.fixture(autouse=True)
def _same_tasks():
    random.seed(0)


@pytest.fixture(scope="module")
def bank(glyph_bank) -> ImageBank:
    return glyph_bank(12, images=[5, 6, 7] * 4, size=8)


@pytest.fixture(scope="module")
def learn2learn():
    return import_learn2learn()


# To learn2learn


def test_a_bank_is_a_meta_dataset_that_is_made_without_reading_an_image(bank, learn2learn, monkeypatch):
    monkeypatch.setattr("fewshot.tasks.learn2learn.BankImages.__getitem__", None)
    found = meta_dataset(bank)
    assert isinstance(found, learn2learn.data.MetaDataset)
    assert found.labels == list(range(12))
    assert [found.indices_to_labels[image] for image in range(len(bank))] == bank.label.tolist()
    assert {image for images in found.labels_to_indices.values() for image in images} == set(range(len(bank)))
    monkeypatch.undo()
    image, label = meta_dataset(bank)[8]
    assert torch.equal(image, bank.pixels[8] / 255)
    assert label == int(bank.label[8])


def test_tasks_have_as_many_images_of_each_class(bank):
    found = taskset(bank, 4, 3, number=5)
    assert len(found) == 5
    for data, labels in found:
        assert data.shape == (12, 1, 8, 8)
        assert data.dtype == torch.float32
        assert labels.unique(return_counts=True)[1].tolist() == [3] * 4
        images = {tuple(image.flatten().tolist()) for image in data}
        assert len(images) == 12


@pytest.mark.parametrize(("way", "images"), [(13, 2), (1, 2), (4, 6), (4, 0)])
def test_tasks_that_the_bank_cannot_give_are_refused(bank, way, images):
    with pytest.raises(RequestError, match="tasks of 2 to 12 classes with 1 to 5 images each, got"):
        taskset(bank, way, images)


def test_its_own_maml_learns_omniglot_from_our_bank(omniglot_data, learn2learn):
    """One alphabet, 5-way 1-shot, three inner and forty outer steps."""
    names = tuple(name for name in load_protocol("lake").classes["train"] if name.startswith("Greek/"))
    torch.manual_seed(0)
    encoder = conv4((1, 28, 28), widths=(16, 16, 16))
    maml = learn2learn.algorithms.MAML(nn.Sequential(encoder, nn.Linear(144, 5)), lr=0.1)
    optimiser = torch.optim.Adam(maml.parameters(), 3e-3)
    losses, right = [], []
    for data, labels in taskset(omniglot(names, 28, omniglot_data), 5, 5, number=40):
        (given, of_given), (asked, expected) = learn2learn.data.partition_task(data, labels, shots=1)
        fast = maml.clone()
        for _ in range(3):
            fast.adapt(cross_entropy(fast(given), of_given))
        scores = fast(asked)
        loss = cross_entropy(scores, expected)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        right.append((scores.argmax(-1) == expected).double().mean().item())
    assert sum(losses[-20:]) < 0.95 * sum(losses[:20])
    assert sum(right[-20:]) / 20 > 0.35  # chance is 0.2


# From learn2learn


def test_modules_learners_and_functions_are_evaluated_on_a_taskset(bank):
    tasks = taskset(bank, 4, 5, number=6)  # a finite one gives the same tasks again
    model = nn.Flatten().train()
    found = evaluate_tasks(model, tasks, shot=2)
    assert model.training
    assert len(found) == 6
    assert sum(found) / 6 > 0.9  # a pattern for each class
    learner = pixels(euclidean(bank.shape))
    assert evaluate_tasks(learner, tasks, shot=2) == found
    assert evaluate_tasks(learner.scores, tasks, shot=2) == found
    constant = evaluate_tasks(lambda given: torch.zeros(1, 4, 3, 4), tasks, shot=2)
    assert constant == [0.25] * 6
    assert len(evaluate_tasks(learner, taskset(bank, 4, 5), shot=2, number=3)) == 3


def test_embeddings_of_half_precision_are_compared_in_float32(bank):
    tasks = taskset(bank, 4, 5, number=20)
    half = nn.Sequential(nn.Flatten(), nn.Linear(64, 4)).to(torch.bfloat16)

    class Model(nn.Module):
        def forward(self, images):
            return half(images.to(torch.bfloat16))

    class Wide(nn.Module):
        def forward(self, images):
            return half(images.to(torch.bfloat16)).float()

    assert evaluate_tasks(Model(), tasks, shot=2) == evaluate_tasks(Wide(), tasks, shot=2)


def test_the_order_of_images_and_the_labels_do_not_matter():
    images = torch.eye(6).view(6, 1, 2, 3)
    data, labels = torch.cat([images[:3], images[:3] + 0.1]), torch.tensor([7, -1, 4, 7, -1, 4])
    order = torch.tensor([4, 0, 2, 1, 5, 3])
    assert evaluate_tasks(nn.Flatten(), [(data[order], labels[order])]) == [1.0]
    wrong = torch.tensor([7, -1, 4, -1, 4, 7])
    assert evaluate_tasks(nn.Flatten(), [(data, wrong)]) == [0.0]


def test_tasks_that_are_none_are_refused():
    data, model = torch.rand(6, 1, 4, 4), nn.Flatten()
    for task, said in (
        ((data, torch.tensor([0, 0, 0, 1, 1, 2])), r"task 0: .* equally many images, got \[3, 2, 1\] images"),
        ((data, torch.zeros(6, dtype=torch.int64)), r"at least two classes .* got \[6\] images"),
        ((data, torch.arange(5)), r"expected data \[image channel .* got \[\[6, 1, 4, 4\], \[5\]\]"),
        ((data[:, 0], torch.arange(6)), r"got \[\[6, 4, 4\], \[6\]\]"),
        (data, r"labels \[image\], got \[\[6, 1, 4, 4\], 'NoneType'\]"),
        ((data, torch.arange(6)), "task 0: shot: expected at least 1 and fewer than the 1 images of a class, got 1"),
    ):
        with pytest.raises(RequestError, match=said):
            evaluate_tasks(model, [task])
    fine = (data, torch.tensor([0, 0, 0, 1, 1, 1]))
    with pytest.raises(RequestError, match="shot: expected at least 1 and fewer than the 3 images of a class, got 3"):
        evaluate_tasks(model, [fine], shot=3)
    with pytest.raises(RequestError, match=r"expected scores \[1, 2, 2, 2\] .*, got \[1, 2, 2\]"):
        evaluate_tasks(lambda tasks: torch.zeros(1, 2, 2), [fine])
    with pytest.raises(RequestError, match="expected tasks to evaluate, got none"):
        evaluate_tasks(model, [])


def test_tasks_without_end_need_a_number(bank):
    with pytest.raises(RequestError, match="number: expected a number of tasks"):
        evaluate_tasks(nn.Flatten(), taskset(bank, 4, 2))
    for wrong, said in (
        ({"number": -1}, "number: expected a number of at least 1, got -1"),
        ({"number": 2.0}, r"number: expected int \| None, got 2.0"),
        ({"shot": 1.5}, "shot: expected int, got 1.5"),
    ):
        with pytest.raises(RequestError, match=said):
            evaluate_tasks(nn.Flatten(), taskset(bank, 4, 2), **wrong)


# Splits


CLASSES, TASKS = 1623, 400


class MadeUp(torch.utils.data.Dataset):
    """Two images of each of Omniglot's 1623 classes, which say in two pixels what class they are of."""

    def __init__(self, **given) -> None:
        pass

    def __len__(self) -> int:
        return 2 * CLASSES

    def __getitem__(self, image: int) -> tuple[torch.Tensor, int]:
        return torch.tensor(divmod(image // 2, 256)).view(1, 1, 2) / 255, image // 2


def outside(images: torch.Tensor, split: set[int]) -> float:
    """The share of images of classes that a split has not."""
    high, low = (255 * images).round().long().view(-1, 2).unbind(-1)
    return sum(label not in split for label in (256 * high + low).tolist()) / len(low)


def test_our_test_tasks_stay_in_the_test_split_and_learn2learns_do_not(learn2learn, monkeypatch):
    """learn2learn 0.2.0 gives its sampler the unfiltered data (commit 8c75077 of 2021 dropped `filter_labels`)."""
    monkeypatch.setattr(learn2learn.vision.datasets, "FullOmniglot", MadeUp)
    datasets, transforms = learn2learn.vision.benchmarks.omniglot_benchmark.omniglot_tasksets(5, 2, 5, 2, root="")
    split = set(datasets[2].labels)
    assert len(split) == 423
    theirs = learn2learn.data.Taskset(datasets[2], transforms[2][:2])  # drawing and loading; what follows is of labels
    drawn = torch.cat([theirs.sample()[0] for _ in range(TASKS)])
    assert outside(drawn, split) > 0.5  # (1623 - 423) / 1623 is 0.74

    chosen, every = sorted(split), MadeUp()
    pixels = torch.stack([every[2 * label + image][0] for label in chosen for image in range(2)])
    label = torch.arange(423).repeat_interleave(2).numpy()
    names = tuple(f"all/{number}" for number in chosen)
    ours = make_bank((255 * pixels).round().byte().numpy(), label, 0 * label, 0 * label,
                     classes=names, groups=("all",), authors=("one",))  # fmt: skip
    assert outside(torch.cat([data for data, _ in taskset(ours, 5, 2, number=TASKS)]), split) == 0
    images = TaskSampler(ours, TaskShape(5, 1, 1)).draw(0, "test", range(TASKS))
    both = torch.stack([images.support, images.query]).flatten()
    assert outside(ours.pixels[both].float() / 255, split) == 0

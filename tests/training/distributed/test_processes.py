"""Two processes train as one: the same tasks and pixels, the same gradients, the same weights."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe, TaskShape
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.types import Tasks
from fewshot.data.bank import make_bank
from fewshot.registry.lookup import make_part
from fewshot.registry.resolved import Resolved
from fewshot.training.batches import batches, class_count
from fewshot.training.build import make_learner, make_loss
from fewshot.training.distributed.processes import ALONE, World, check_divided, join, leave, part_of, started
from fewshot.training.loop import train

STEPS = 2
RECIPE = Recipe(
    task=TaskShape(4, 1, 2), batch=4, affine=0.5, steps=STEPS, val_every=1, warmup=0, select="last",
    optimiser="sgd", learning_rate=0.01, weight_decay=0.0,
)  # fmt: skip
TURNED = replace(RECIPE, turn="class")
CASES = {  # loss or learner, similarity, options of the loss, recipe
    "means": ("prototypical", "squared_euclidean", {}, RECIPE),
    "a learned scale": ("prototypical", "cosine", {"learned_scale": True}, TURNED),
    "weights of a similarity": ("verification", "weighted_l1", {}, RECIPE),
    "all images of a step": ("nt_xent", "cosine", {"pairs": "all"}, RECIPE),
    "class vectors": ("softmax", "cosine", {}, TURNED),
    "norms in the similarity": ("relation", "relation", {}, RECIPE),
    "pairs": ("verification", "weighted_l1", {}, replace(RECIPE, pairs=24, copies=1, batch=8)),
    "bfloat16": ("prototypical", "squared_euclidean", {}, replace(RECIPE, precision="bfloat16", steps=1)),
    "whole networks adapt": ("maml", None, {}, RECIPE),
    "heads adapt": ("anil", None, {}, RECIPE),
}
if find_spec("learn2learn") is None:
    CASES = {case: given for case, given in CASES.items() if given[0] not in ("maml", "anil")}
FLOAT32 = [case for case in CASES if case != "bfloat16"]


def spec_of(case: str) -> RunSpec:
    name, similarity, options, recipe = CASES[case]
    parts = {"learner": make_part("learners", "siamese" if similarity else name)}
    parts["backbone"] = make_part("backbones", "conv4", {"widths": [8, 8]})
    if similarity:
        parts |= {"loss": make_part("losses", name, options), "similarity": make_part("similarities", similarity)}
    dataset, protocol = make_part("datasets", "typefaces"), make_part("protocols", "scripts")
    return RunSpec(dataset, protocol, "val", 8, training=recipe, **parts)


def glyphs():
    draw = np.random.default_rng(0)
    label = np.repeat(np.arange(12), 6)
    pixels = np.where(draw.random((12, 1, 8, 8)) < 0.3, 200, 0)[label] + draw.integers(0, 56, (72, 1, 8, 8))
    names = {"classes": tuple(map(str, range(12))), "groups": ("all",), "authors": tuple(map(str, range(6)))}
    return make_bank(pixels.astype(np.uint8), label, 0 * label, np.arange(72) % 6, **names)


def trained(case: str, world: World) -> dict:
    """What a step sees, the last gradients, the weights and statistics, and the curve."""
    spec, bank = spec_of(case), glyphs()
    learner = make_learner(Resolved(spec), bank.shape).to(memory_format=torch.channels_last)
    loss = make_loss(Resolved(spec), learner, class_count(bank, spec.training))
    tasks = batches(bank, spec.training, 0, 8, world.part)
    curve = train(learner, loss, tasks, None, spec.training, world=world).curve
    modules = [module for module in (learner, loss) if module]
    return {
        "images": [one for one in vars(tasks(3)).values() if isinstance(one, torch.Tensor)],
        "gradients": [weight.grad for module in modules for weight in module.parameters()],
        "state": [value for module in modules for value in module.state_dict().values()],
        "losses": [torch.tensor(loss) for _, loss, _ in curve],
    }


class Normed(nn.Module):
    """A learner of float64 with norms of all kinds, one of them asked for by function, and one in evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3, affine=False), nn.ReLU(), nn.BatchNorm2d(3))
        self.flat = nn.Sequential(nn.Linear(108, 5), nn.BatchNorm1d(5, momentum=None), nn.Linear(5, 4))
        self.frozen = nn.BatchNorm1d(4).eval()
        self.double()

    def objective(self, tasks: Tasks, loss: Callable) -> torch.Tensor:
        self.frozen.eval()
        images = tasks.query.double()
        found = self.maps(images.flatten(0, 2))
        found = found + nn.functional.batch_norm(found, None, None, training=True, momentum=0.5)
        found = self.frozen(self.flat(found.flatten(1))).unflatten(0, images.shape[:3])
        return loss(found[:, :, :1], found[:, :, 1:], None, tasks.classes)


def cubes(support, query, similarity, classes) -> torch.Tensor:
    """Of the first two tasks only, whose ranks do not matter."""
    return (support - query)[:2].pow(3).sum() + (classes[0] * query[0].sum(-1)[:, 0]).sum()


def normed(world: World) -> dict:
    torch.manual_seed(0)
    learner, tasks = Normed(), batches(glyphs(), RECIPE, 0, 8, world.part)
    train(learner, cubes, tasks, None, RECIPE, world=world)
    return {"gradients": [weight.grad for weight in learner.parameters()], "state": list(learner.state_dict().values())}


class Noisy(nn.Module):
    """A learner whose objective is the mean of the dropout in it and, by its loss, of a number drawn after it."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def objective(self, tasks: Tasks, loss: Callable) -> torch.Tensor:
        dropped = nn.functional.dropout(torch.ones(64))
        self.drawn = dropped.tolist()
        return loss(
            dropped.view(1, 2, -1, 1) * self.weight, self.weight.expand(1, 2, 1, 1), None, tasks.classes[:1, :2]
        )


def noisy(world: World) -> dict:
    learner, drawn = Noisy(), []

    def loss(support, *_) -> torch.Tensor:
        drawn.append(torch.rand(()))
        return support.mean()

    train(learner, loss, batches(glyphs(), RECIPE, 0, 8, world.part), None, RECIPE, world=world)
    return {"dropped": learner.drawn, "drawn": drawn}


def compute(world: World, file: Path) -> None:
    found = {case: trained(case, world) for case in CASES} | {"normed": normed(world), "noisy": noisy(world)}
    torch.save(found, file)


def of_two(folder: Path, rank: int) -> None:
    world, place = World(rank, 2, store=torch.distributed.FileStore(str(folder / "store"), 2)), torch.device("cpu")
    join(world, 1, place)
    compute(world, folder / f"{rank}.pt")
    torch.distributed.barrier()
    leave(place, quiet=True)


def compute_all(folder: Path) -> None:
    """Everything in one process and in two, all forked from this one."""
    torch.set_num_threads(1)
    torch.optim.SGD([nn.Parameter(torch.zeros(1))], 1.0)  # imports much
    for case in CASES:  # and so do their parts
        make_loss(Resolved(spec_of(case)), make_learner(Resolved(spec_of(case)), (1, 8, 8)), 12)
    children = []
    for number in range(3):
        if child := os.fork():
            children.append(child)
            continue
        try:
            of_two(folder, number) if number < 2 else compute(ALONE, folder / "alone.pt")
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]


@pytest.fixture(scope="module")
def computed(once) -> tuple[dict, dict, dict]:
    """What one process has, and each of two."""

    def compute_in(folder: Path) -> None:
        code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import pathlib, test_processes; "
        code += f"test_processes.compute_all(pathlib.Path({str(folder)!r}))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    folder = once("ranks", compute_in)
    return tuple(torch.load(folder / f"{name}.pt", weights_only=False) for name in ("alone", "0", "1"))


def apart(left: list, right: list) -> float:
    """The largest difference; what is None on one side is on the other."""
    both = list(zip(left, right, strict=True))
    assert [one is None for one, _ in both] == [other is None for _, other in both]
    return max(float((one.double() - other.double()).abs().max()) for one, other in both if one is not None)


@pytest.mark.parametrize("case", CASES)
def test_the_ranks_have_the_tasks_and_pixels_of_one_process(computed, case):
    alone, *world = (found[case]["images"] for found in computed)
    for whole, *parts in zip(alone, *world, strict=True):
        assert len(parts[0]) == len(parts[1])
        assert torch.equal(torch.cat(parts), whole)


@pytest.mark.parametrize("case", FLOAT32)
@pytest.mark.parametrize("what", ["gradients", "state", "losses"])
def test_the_ranks_have_the_gradients_weights_statistics_and_losses_of_one_process(computed, case, what):
    alone, *world = (found[case][what] for found in computed)
    largest = max(float(one.double().abs().max()) for one in alone if one is not None)
    assert largest > 1e-2
    for found in world:
        assert apart(alone, found) < 1e-5 * max(1, largest)


def test_the_ranks_have_the_same_weights_to_the_bit(computed):
    _, one, other = computed
    for case in CASES:
        assert apart(one[case]["state"], other[case]["state"]) == 0


def test_in_bfloat16_the_ranks_are_as_near_as_its_rounding(computed):
    alone, one, _ = (found["bfloat16"] for found in computed)
    assert 0 < apart(alone["gradients"], one["gradients"]) < 0.05
    assert apart(alone["state"], one["state"]) < 1e-3


def test_norms_of_any_kind_are_those_of_one_process(computed):
    alone, *world = (found["normed"] for found in computed)
    for found in world:
        assert apart(alone["gradients"], found["gradients"]) < 1e-10
        assert apart(alone["state"], found["state"]) < 1e-10


def test_dropout_differs_by_rank_and_what_a_loss_draws_does_not(computed):
    _, one, other = (found["noisy"] for found in computed)
    assert one["dropped"] != other["dropped"]
    assert one["drawn"] == other["drawn"]
    assert len(set(map(float, one["drawn"]))) == STEPS


def test_steps_that_cannot_be_divided_are_refused():
    spec = spec_of("means")
    check_divided(spec, 4)
    with pytest.raises(RequestError, match=r"batch: expected a multiple of 3, one task for each of 3 processes, got 4"):
        check_divided(spec, 3)
    check_divided(spec_of("pairs"), 4)
    with pytest.raises(RequestError, match=r"batch: expected a multiple of 16, two pairs for each of 8 proc.*, got 8"):
        check_divided(spec_of("pairs"), 8)
    assert part_of(spec, 4).training.batch == 1


def test_a_learner_with_an_objective_of_all_tasks_is_refused(tmp_path):
    from fewshot.registry.lookup import add_plugin

    file = tmp_path / "whole.py"
    file.write_text("from fewshot import learner\n\n\n@learner(trained=True, own_objective=True)\nclass whole: 0\n")
    add_plugin(file)
    spec = replace(spec_of("means"), learner=make_part("learners", "whole"), loss=None, similarity=None)
    check_divided(spec, 1)
    with pytest.raises(RequestError, match="learner whole: expected one process, or by_task"):
        check_divided(spec, 2)


def test_each_rank_has_a_gpu_of_its_own(monkeypatch):
    assert World(1, 2, 1, 2).device("auto") == "auto"  # there is none
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert [World(rank, 4, rank % 2, 2).device("auto") for rank in range(4)] == ["cuda:0", "cuda:1"] * 2
    assert World(1, 2, 1, 2).device("cpu") == "cpu"
    with pytest.raises(
        RequestError, match="expected a GPU for each process, or --device cpu, got 3 processes for 2 GPUs"
    ):
        World(0, 3, 0, 3).device("cuda")
    with pytest.raises(RequestError, match="--device: expected auto, cpu or cuda for 2 processes, got cuda:1"):
        World(0, 2, 0, 2).device("cuda:1")


def test_without_torchrun_there_is_one_process():
    assert started() is ALONE
    assert torch.equal(ALONE.part(torch.arange(5)), torch.arange(5))

"""Controlled comparisons of metric-learning losses on few-shot tasks.

    bank = fewshot.load_split("omniglot", "lake", "train", size=28)
    tasks = fewshot.sample_tasks(bank, fewshot.TaskShape(20, 1, 4), numbers=range(8))
    record = fewshot.evaluate(my_module, protocol="lake")
    record, learner = fewshot.train("contrastive", protocol="lake", steps=1000)
    fewshot.results("results")

Names are imported when they are first used, so that `fewshot --help` does not wait for torch.
"""

from importlib import import_module

_HOME = {
    "load_split": "tasks.images",
    "sample_tasks": "tasks.sampler",
    "TaskSampler": "tasks.sampler",
    "gather": "tasks.sampler",
    "evaluate": "evaluation.user_model",
    "train": "execution.train_one",
    "results": "reporting.tidy",
    "compare": "models.compare",
    "backbone": "models.backbones",
    "similarity": "models.similarities",
    "loss": "models.losses",
    "learner": "models.learners",
    "dataset": "data.datasets",
    "protocol": "protocols",
    "TaskShape": "core.recipe",
    "Recipe": "core.recipe",
    "RunSpec": "core.spec",
    "RunRecord": "records.record",
    "ImageBank": "data.bank",
    "Tasks": "core.types",
    "RequestError": "core.errors",
}
__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'fewshot' has no attribute {name!r}")
    return getattr(import_module(f"fewshot.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__

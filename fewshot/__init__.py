"""fewshot: controlled comparisons of metric-learning losses on few-shot tasks.

    bank = fewshot.load("omniglot", "lake", size=28)
    tasks = fewshot.draw(bank, fewshot.TaskShape(20, 1, 4), numbers=range(8))
    record = fewshot.evaluate(my_module, protocol="lake")
    record, learner = fewshot.train("contrastive", protocol="lake", steps=1000)
    fewshot.frame("results")

Names are imported when they are first used, so that `fewshot --help` does not wait for torch.
"""

from importlib import import_module

_HOME = {
    "load": "api",
    "evaluate": "api",
    "train": "api",
    "frame": "api",
    "draw": "episodes",
    "gather": "episodes",
    "TaskSource": "episodes",
    "TaskShape": "spec",
    "Training": "spec",
    "RunSpec": "spec",
    "RunRecord": "record",
    "ImageBank": "bank",
    "Tasks": "contracts",
    "RequestError": "errors",
}
__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'fewshot' has no attribute {name!r}")
    return getattr(import_module(f"fewshot.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__

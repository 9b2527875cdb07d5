"""Controlled comparisons of metric-learning losses on few-shot tasks.

    bank = fewshot.load_split("omniglot", "lake", "train", size=28)
    tasks = fewshot.sample_tasks(bank, fewshot.TaskShape(20, 1, 4), numbers=range(8))
    record = fewshot.evaluate(my_module, protocol="lake")
    record, learner = fewshot.train("contrastive", protocol="lake", steps=1000)
    fewshot.run("quickstart")
    fewshot.table("omniglot-lake")
    fewshot.results("results")
    verifier = fewshot.Verifier.load("9d0c5f8a1b2c")

Names are imported when they are first used, so that `fewshot --help` does not wait for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the names of `_HOME` once more, for editors and type checkers
    from fewshot.core.errors import RequestError as RequestError
    from fewshot.core.recipe import Recipe as Recipe
    from fewshot.core.recipe import TaskShape as TaskShape
    from fewshot.core.spec.run_spec import RunSpec as RunSpec
    from fewshot.core.types import Embeddings as Embeddings
    from fewshot.core.types import Encoder as Encoder
    from fewshot.core.types import Images as Images
    from fewshot.core.types import Learner as Learner
    from fewshot.core.types import Loss as Loss
    from fewshot.core.types import Query as Query
    from fewshot.core.types import Scalar as Scalar
    from fewshot.core.types import Scores as Scores
    from fewshot.core.types import Similarity as Similarity
    from fewshot.core.types import Support as Support
    from fewshot.core.types import Tasks as Tasks
    from fewshot.data.bank import ImageBank as ImageBank
    from fewshot.data.bank import make_bank as make_bank
    from fewshot.data.datasets import dataset as dataset
    from fewshot.evaluation.user_model import evaluate as evaluate
    from fewshot.execution.suite_run import run as run
    from fewshot.execution.train_one import train as train
    from fewshot.gallery.gallery import Gallery as Gallery
    from fewshot.models.backbones import backbone as backbone
    from fewshot.models.class_vectors import ClassVectors as ClassVectors
    from fewshot.models.class_vectors import labelled as labelled
    from fewshot.models.compare import class_entropy as class_entropy
    from fewshot.models.compare import compare as compare
    from fewshot.models.learners import learner as learner
    from fewshot.models.losses import loss as loss
    from fewshot.models.shot_rules import scores_by as scores_by
    from fewshot.models.similarities import DistanceSimilarity as DistanceSimilarity
    from fewshot.models.similarities import similarity as similarity
    from fewshot.protocols import Episodes as Episodes
    from fewshot.protocols import Protocol as Protocol
    from fewshot.protocols import load_protocol as load_protocol
    from fewshot.protocols import protocol as protocol
    from fewshot.records.record import RunRecord as RunRecord
    from fewshot.reporting.blocks import Table as Table
    from fewshot.reporting.comparisons.difference_table import compare_methods as compare_methods
    from fewshot.reporting.tables.asked import table as table
    from fewshot.reporting.tidy import results as results
    from fewshot.tasks.images import load_split as load_split
    from fewshot.tasks.sampler import TaskSampler as TaskSampler
    from fewshot.tasks.sampler import gather as gather
    from fewshot.tasks.sampler import sample_tasks as sample_tasks
    from fewshot.verification.verifier import Verifier as Verifier

_HOME = {
    "core.errors": "RequestError",
    "core.recipe": "Recipe TaskShape",
    "core.spec.run_spec": "RunSpec",
    "core.types": "Embeddings Encoder Images Learner Loss Query Scalar Scores Similarity Support Tasks",
    "data.bank": "ImageBank make_bank",
    "data.datasets": "dataset",
    "evaluation.user_model": "evaluate",
    "execution.suite_run": "run",
    "execution.train_one": "train",
    "gallery.gallery": "Gallery",
    "models.backbones": "backbone",
    "models.class_vectors": "ClassVectors labelled",
    "models.compare": "class_entropy compare",
    "models.learners": "learner",
    "models.losses": "loss",
    "models.shot_rules": "scores_by",
    "models.similarities": "DistanceSimilarity similarity",
    "protocols": "Episodes Protocol load_protocol protocol",
    "records.record": "RunRecord",
    "reporting.blocks": "Table",
    "reporting.comparisons.difference_table": "compare_methods",
    "reporting.tables.asked": "table",
    "reporting.tidy": "results",
    "tasks.images": "load_split",
    "tasks.sampler": "TaskSampler gather sample_tasks",
    "verification.verifier": "Verifier",
}
_MODULE = {name: f"fewshot.{module}" for module, names in _HOME.items() for name in names.split()}
__all__ = list(_MODULE)  # pyright: ignore[reportUnsupportedDunderAll]


def __dir__() -> list[str]:
    return __all__


if not TYPE_CHECKING:  # to type checkers, a name that is not there is an error

    def __getattr__(name: str) -> object:
        if name not in _MODULE:
            raise AttributeError(f"module 'fewshot' has no attribute {name!r}")
        return getattr(import_module(_MODULE[name]), name)

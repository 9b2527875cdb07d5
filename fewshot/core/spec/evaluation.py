"""`Evaluation`: what runs are measured on."""

import json
from typing import NamedTuple

from fewshot.core.spec.names import FOLD
from fewshot.core.spec.run_spec import RunSpec


class Evaluation(NamedTuple):
    """What a run is evaluated on: its data set, protocol and stage, the options and the fold that determine the classes
    as JSON, and the names of the classes where they are known."""

    dataset: str
    protocol: str
    stage: str
    split: str = "[{}, {}, 0, 0]"
    classes: tuple[str, ...] = ()


def evaluation_of(spec: RunSpec, classes: tuple[str, ...] = ()) -> Evaluation:
    """The evaluation of a spec, with the classes that its record keeps."""
    split = json.dumps([spec.dataset.options, spec.protocol.options, spec.fold, spec.folds], sort_keys=True)
    return Evaluation(spec.dataset.name, spec.protocol.name, spec.stage, split, classes)


def fold_of(spec: RunSpec) -> int:
    """The number, from 1, of the fold that a spec's protocol tests, by its option of this name; 0 for no folds."""
    return spec.protocol.options.get(FOLD, 0)

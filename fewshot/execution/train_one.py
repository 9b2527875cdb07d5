"""`fewshot.train`: one network, trained and measured without a results folder."""

from pathlib import Path

from fewshot.core.types import Learner
from fewshot.data.locations import data_folders
from fewshot.execution.cell import run_cell
from fewshot.execution.compatibility import check_fit
from fewshot.execution.preflight import check_network
from fewshot.records.faults import has_plugin
from fewshot.records.record import RunRecord
from fewshot.suites.cells import one_cell


def train(
    loss: str,
    *,
    protocol: str = "scripts",
    dataset: str | None = None,
    backbone: str = "conv4",
    similarity: str | None = None,
    size: int = 28,
    normalise: str = "none",
    stage: str = "val",
    seed: int = 0,
    options: dict[str, dict] | None = None,
    device: str = "auto",
    data: Path | str | None = None,
    **training: object,
) -> tuple[RunRecord, Learner]:
    """Train one network, measure it, and give both back. `training` are fields of `Recipe`; `options` are by part.

    `dataset` is by default the protocol's. With `normalise` the images' mean and deviation are the first layer's.
    Nothing is written; `fewshot run` is for results to keep.
    """
    spec = one_cell(
        loss,
        protocol,
        backbone,
        similarity,
        dataset=dataset,
        normalise=normalise,
        size=size,
        stage=stage,
        seed=seed,
        options=options or {},
        training=training,
    )
    check_fit(spec)
    if not has_plugin(spec):
        check_network(spec)
    record, outcome = run_cell(spec, None, device=device, folders=data_folders(data))
    return record, outcome.learner

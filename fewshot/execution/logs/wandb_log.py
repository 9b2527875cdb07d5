"""Logs as runs of Weights & Biases: project `fewshot`, one run for each record, with its id."""

import os
from collections.abc import Sequence
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import RunSpec
from fewshot.training.meter import Row

PROJECT = "fewshot"
ALONE = ("offline", "disabled", "dryrun")  # values of $WANDB_MODE without a login


class WandbLog:
    """A run of Weights & Biases; of a training that goes on, the rows that its run has already are left out."""

    def __init__(self, folder: Path, spec: RunSpec, resumed: bool) -> None:
        import wandb

        folder.mkdir(parents=True, exist_ok=True)
        parts = [part.name for part in (spec.backbone, spec.loss or spec.learner) if part]
        self.run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            id=spec.id,
            name=f"{' '.join(parts)}, seed {spec.seed}, {spec.id}",
            dir=str(folder),
            config=spec.plain(),
            resume="allow" if resumed else None,
            reinit="create_new",  # several runs may be open at a time
            settings=wandb.Settings(console="off", silent=True),
        )

    def write(self, rows: Sequence[Row]) -> None:
        """Add the values of rows."""
        for row in rows:
            if row.step >= self.run.step:
                values = {"loss": row.loss, "rate": row.rate, "images_a_second": row.images}
                values |= {} if row.val is None else {"val_accuracy": row.val}
                self.run.log(values, step=row.step)

    def close(self) -> None:
        """Wait until all is sent."""
        self.run.finish()


def open_log(folder: Path, spec: RunSpec, resumed: bool) -> WandbLog:
    """Begin the run of a record, or go on with it."""
    return WandbLog(folder, spec, resumed)


def where(folder: Path) -> str:
    """Where the runs are, in words. Raises `RequestError` without a login, which would be asked for while cells run."""
    import wandb

    if os.environ.get("WANDB_MODE", "online") in ALONE:
        return f"{folder}, which wandb sync sends"
    if not wandb.login(prompt=False):
        raise RequestError("--log wandb: expected a login or $WANDB_MODE=offline, got neither; wandb login is one")
    return f"Weights & Biases, project {os.environ.get('WANDB_PROJECT', PROJECT)}, a run for each training"

"""Logs as TensorBoard's event files, a folder for each run: `logs/tensorboard/ID/`."""

import json
from collections.abc import Sequence
from pathlib import Path

from fewshot.core.spec.run_spec import RunSpec
from fewshot.training.meter import Row

TAGS = {"loss": "loss", "rate": "learning rate", "val": "val accuracy", "images": "images a second"}


class TensorboardLog:
    """A folder with one file of events; those of an earlier attempt are removed, as its rows come again."""

    def __init__(self, folder: Path, spec: RunSpec) -> None:
        from torch.utils.tensorboard import SummaryWriter

        for file in folder.glob("events.out.tfevents.*"):
            file.unlink()
        self.writer = SummaryWriter(str(folder))
        self.writer.add_text("spec", f"    {json.dumps(spec.plain())}")  # indented: code, in which nothing is markup

    def write(self, rows: Sequence[Row]) -> None:
        """Add the values of rows, and have them on disk."""
        for row in rows:
            for name, tag in TAGS.items():
                if (value := getattr(row, name)) is not None:
                    self.writer.add_scalar(tag, value, row.step, walltime=row.time)
        self.writer.flush()

    def close(self) -> None:
        """Close the file."""
        self.writer.close()


def open_log(folder: Path, spec: RunSpec, resumed: bool) -> TensorboardLog:
    """Begin the folder of a run."""
    return TensorboardLog(folder / spec.id, spec)


def where(folder: Path) -> str:
    """Where the files are and how they are seen, in words."""
    return f"{folder}, which tensorboard --logdir {folder} shows"

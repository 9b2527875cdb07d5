"""The place of kept networks in a results folder."""

from pathlib import Path


def weights_file(results: Path, name: str) -> Path:
    """The path of the network that a run has kept, by its id."""
    return results / "weights" / f"{name}.safetensors"

"""The notebooks in this folder, run again in an empty folder, with their output.

`python paper_figures/notebooks/make.py [NOTEBOOK ...]`

Bars, which a page that is not running cannot show, times and warnings are left out of what is written.
"""

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
KEPT = ("stdout",)  # streams
WIDGET = "application/vnd.jupyter.widget-view+json"


def run(file: Path, folder: Path, seconds: int = 600) -> nbformat.NotebookNode:
    """The notebook with new output; what a cell prints is one piece, though the kernel may send several.

    Raises `nbclient.exceptions.CellExecutionError` for a cell that fails.
    """
    notebook = nbformat.read(file, as_version=4)
    own = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}  # for its commands
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=seconds, resources=resources, coalesce_streams=True).execute(env=own)
    return notebook


def as_committed(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook as it is written: the same output of another run makes the same file."""
    notebook.metadata = {key: notebook.metadata[key] for key in ("kernelspec",)}
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if _is_kept(one)]
            for one in cell.outputs:
                one.get("data", {}).pop("image/jpeg", None)  # beside the same image as PNG
    return notebook


def _is_kept(output: nbformat.NotebookNode) -> bool:
    return output.get("name", "stdout") in KEPT and WIDGET not in output.get("data", {})


if __name__ == "__main__":
    for file in map(Path, sys.argv[1:]) if sys.argv[1:] else sorted(HERE.glob("*.ipynb")):
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(as_committed(run(file, Path(folder))), file)
        print(file)

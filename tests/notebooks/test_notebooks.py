"""The notebooks run from the first cell to the last, and committed is their output, without widgets or errors."""

import importlib.util
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "paper_figures" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def make():
    """The script that runs the notebooks."""
    for name in ("nbclient", "nbformat", "ipykernel", "ipywidgets"):
        pytest.importorskip(name, reason=f"needs {name}, of the dependency group notebooks")
    spec = importlib.util.spec_from_file_location("make_notebooks", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_the_committed_output_is_of_every_cell_in_order_and_has_no_error(file):
    cells = [cell for cell in json.loads(file.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == [*range(1, len(cells) + 1)]
    outputs = [output for cell in cells for output in cell["outputs"]]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert {"image/png", "text/html"} <= kinds <= {"image/png", "text/html", "text/plain"}
    assert {output["output_type"] for output in outputs} <= {"stream", "display_data", "execute_result"}
    assert {output.get("name", "stdout") for output in outputs} == {"stdout"}
    assert "/tmp/" not in file.read_text(encoding="utf-8")
    assert str(Path.home()) not in file.read_text(encoding="utf-8")


@pytest.mark.slow  # half a minute each: .ci/run runs them apart
@pytest.mark.filterwarnings("default")  # of Jupyter's own packages
@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_it_runs_and_shows_bars_tables_and_figures(file, make, tmp_path):
    found = make.run(file, tmp_path)
    data = [output.get("data", {}) for cell in found.cells for output in cell.get("outputs", [])]
    assert any(make.WIDGET in one for one in data)
    kept = make.as_committed(found)
    committed = make.nbformat.read(file, as_version=4)
    for cell, before in zip(kept.cells, committed.cells, strict=True):
        kinds = [[sorted(one.get("data", {})) for one in two.get("outputs", [])] for two in (cell, before)]
        assert kinds[0] == kinds[1], cell.source

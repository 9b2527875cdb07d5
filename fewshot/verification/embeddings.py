"""Embeddings in a file, for use elsewhere: .npz, .csv or .parquet."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from fewshot.core.errors import Lacking, RequestError
from fewshot.core.files import write_whole
from fewshot.verification.template import Template

Rows = Float32[np.ndarray, "image dim"]


def write_embeddings(templates: Sequence[Template], file: Path) -> list[Template]:
    """Write names and embeddings in the form that the file's ending names, and return the templates without any.

    Raises `RequestError` if no image has an embedding.
    """
    there = [one for one in templates if one.embedding is not None]
    left_out = [one for one in templates if one.embedding is None]
    if not there:
        raise RequestError(
            f"{file}: expected images that can be used, got none: {left_out[0].name}: {left_out[0].change}"
        )
    rows = np.stack([one.embedding.numpy() for one in there])
    write_whole(file, FORMS[file.suffix.lower()]([one.name for one in there], rows))
    return left_out


def to_npz(names: Sequence[str], rows: Rows) -> bytes:
    """Arrays `name [image]` and `embedding [image dim]`."""
    content = io.BytesIO()
    np.savez_compressed(content, name=np.array(names), embedding=rows)
    return content.getvalue()


def to_csv(names: Sequence[str], rows: Rows) -> bytes:
    """A line for each image: its name and a column for each dimension."""
    return _frame(names, rows).to_csv(index=False, lineterminator="\n").encode()


def to_parquet(names: Sequence[str], rows: Rows) -> bytes:
    """The columns of the CSV. Raises `Lacking` without the package pyarrow."""
    try:
        return _frame(names, rows).to_parquet(index=False)
    except ImportError as error:
        raise Lacking("expected pyarrow, which .parquet needs, of the extra export; .csv and .npz need none") from error


def _frame(names: Sequence[str], rows: Rows) -> "pandas.DataFrame":
    import pandas

    frame = pandas.DataFrame(rows, columns=[f"e{number}" for number in range(rows.shape[1])])
    there = [name.encode(errors="backslashreplace").decode() for name in names]  # any bytes name a file
    frame.insert(0, "name", there)
    return frame


FORMS: dict[str, Callable[[Sequence[str], Rows], bytes]] = {".npz": to_npz, ".csv": to_csv, ".parquet": to_parquet}

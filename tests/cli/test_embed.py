"""`fewshot embed`: the embeddings in files of each form."""

import os

import numpy as np
import pandas
import pytest

from fewshot.cli.main import main
from fewshot.verification.verifier import Verifier


def test_embeddings_are_written_with_their_names(letters, capsys):
    expected = Verifier.load("net.safetensors").embed(["all/a.png", "all/b.png", "all/c.png"]).numpy()
    names = ["all/a.png", "all/b.png", "all/c.png"]
    for file in ("e.npz", "e.csv", "e.parquet"):
        if file == "e.parquet":
            pytest.importorskip("pyarrow")
        code = main(["embed", "all", "--out", file, "--model", "net.safetensors"])
        out, err = capsys.readouterr()
        assert (code, out) == (0, f"{file}: 3 embeddings, 1 images left out\n")
        assert "left out: all/blank.png: blank" in err
    (letters / "a.png").rename(letters / "all" / os.fsdecode(b"\xe4.png"))  # of another encoding than UTF-8
    assert main(["embed", "all", "--out", "other.csv", "--model", "net.safetensors"]) == 0
    assert pandas.read_csv("other.csv")["name"].tolist() == [*names, "all/\\udce4.png"]
    stored = np.load("e.npz")
    assert stored["name"].tolist() == names
    np.testing.assert_array_equal(stored["embedding"], expected)
    for frame in (pandas.read_csv("e.csv"), pandas.read_parquet("e.parquet")):
        assert frame["name"].tolist() == names
        np.testing.assert_allclose(frame.drop(columns="name").to_numpy(), expected, rtol=1e-6)

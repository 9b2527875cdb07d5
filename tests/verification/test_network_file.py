"""The file of a network: what it gives back, and the files that are refused."""

import hashlib
import json
import struct
from dataclasses import replace

import pytest
import torch

import fewshot
from fewshot.core.errors import RequestError
from fewshot.registry.lookup import entries
from fewshot.verification.network import learner_of, network_of
from fewshot.verification.network_file import read_network, to_bytes

SMALL = {"steps": 2, "size": 16, "options": {"conv4": {"widths": [8, 8, 8, 8]}}, "progress": False}


@pytest.fixture(scope="module")
def trained():
    record, learner = fewshot.train("verification", normalise="own", **SMALL)
    return record, learner.eval()


@pytest.fixture
def file(trained, tmp_path):
    network = network_of(*trained)
    found = replace(network, points={"eer": -3.5, "fmr=0.01": -2.0}, calibration=(1.5, 4.0), chosen_by="0123456789ab")
    (tmp_path / "kept.safetensors").write_bytes(to_bytes(found))
    return tmp_path / "kept.safetensors"


def test_a_network_is_read_as_it_was_written(trained, file):
    record, learner = trained
    found = read_network(file)
    assert (found.spec, found.shape, found.classes) == (record.spec, (1, 16, 16), learner.learned_from)
    assert (found.points, found.calibration) == ({"eer": -3.5, "fmr=0.01": -2.0}, (1.5, 4.0))
    assert (found.chosen_by, found.rule) == ("0123456789ab", "")
    assert found.facts["versions"]["torch"] == record.facts["versions"]["torch"]
    again, images = learner_of(found), torch.rand(5, 1, 16, 16)
    with torch.no_grad():
        embedded = [one.embed(images) for one in (learner, again)]
        scores = [one.similarity.logit(each, each) for one, each in zip((learner, again), embedded, strict=True)]
    assert torch.equal(*scores)
    assert again.learned_from == learner.learned_from
    assert not again.training
    assert to_bytes(found) == file.read_bytes()


def test_the_header_tells_other_programs_how_images_are_prepared(trained, file):
    content = file.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["fewshot"])
    assert header["image"] == {
        "channels": 1,
        "side": 16,
        "values": "0 to 1, ink is 1",
        "resized": "The ink of an image, dark on light, in its proportions.",
        "stored_side": 16,
        "normalise": "own",
    }
    names = "\n".join(trained[1].learned_from).encode()
    assert header["classes_sha256"] == hashlib.sha256(names).hexdigest()


def test_any_changed_byte_is_refused(file):
    content = file.read_bytes()
    (header,) = struct.unpack("<Q", content[:8])
    for place in [0, 3, 9, 8 + header // 2, 8 + header - 1, 8 + header, 8 + header + 1234, len(content) - 1]:
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(RequestError, match=r"kept.safetensors: expected "):
            read_network(file)


def with_header(content: bytes, **changes) -> bytes:
    """A file whose header has other values, its digest made anew."""
    from safetensors.torch import load, save

    from fewshot.verification import network_file

    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["fewshot"])
    tensors = load(content)
    header = {key: value for key, value in header.items() if key != "sha256"} | changes
    header |= {"sha256": network_file.digest_of(network_file._text(header), tensors)}
    return save(tensors, metadata={"fewshot": json.dumps(header)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "expected format 1, which this version reads, got 2"),
        ({"shape": [1, 20, 16]}, r"expected a trained network for images of 16 px, got shape \[1, 20, 16\]"),
        ({"points": {"eer": "0"}}, "eer: expected float"),
        ({"calibration": [1.0]}, "calibration: expected slope and offset"),
        ({"classes": [3]}, "name of a class: expected str"),
        ({"spec": {}}, "expected"),
    ],
)
def test_values_that_no_run_gives_are_refused(file, changes, message):
    file.write_bytes(with_header(file.read_bytes(), **changes))
    with pytest.raises(RequestError, match=message):
        read_network(file)


def test_changed_parts_are_refused(trained, file, monkeypatch):
    spec = trained[0].spec.plain()
    content = file.read_bytes()
    for kind, other, message in [
        ("backbone", {"revision": 9}, "trained with revision 9 of backbone conv4, which is now of revision 1"),
        ("similarity", {"name": "mine"}, "unknown similarity 'mine'"),
        ("backbone", {"sha256": "00"}, "expected the backbone conv4 that it was trained with, got another file"),
        ("backbone", {"name": "mine", "sha256": "00"}, "the backbone mine .* a file to give by --plugin"),
    ]:
        file.write_bytes(with_header(content, spec=spec | {kind: spec[kind] | other}))
        with pytest.raises(RequestError, match=message):
            read_network(file)
    assert "conv4" in entries("backbones")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected a file of the format safetensors"),
        (struct.pack("<Q", 2**30) + b"{}", "expected a file of the format safetensors"),
        (struct.pack("<Q", 2) + b"{}", "expected a network kept by fewshot run, got other weights"),
        (b"\x80\x04N.", "expected a file of the format safetensors"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(RequestError, match=message):
        read_network(tmp_path / "other")


def test_files_that_are_not_there_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(RequestError, match="expected the file of a network"):
            read_network(path)

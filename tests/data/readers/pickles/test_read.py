"""Pickles that may come from anywhere: arrays and containers get through, code does not."""

import collections
import io
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from fewshot.core.errors import RequestError
from fewshot.data.readers.pickles.read import read_pickle

VALUE = {
    "image_data": np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3),
    "class_dict": collections.OrderedDict(a=[0], b=range(1, 2), c=np.array([3, 4])),
    "more": [
        -1,
        2**40,
        (3.5, None, True),
        b"bytes",
        np.int64(7),
        np.zeros((2, 0), "<f4"),
        collections.defaultdict(list),
    ],
    "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
}


def read(content: bytes) -> object:
    return read_pickle(io.BytesIO(content), "set.pkl")


def same(left: object, right: object) -> bool:
    if isinstance(left, np.ndarray):
        return isinstance(right, np.ndarray) and left.dtype == right.dtype and np.array_equal(left, right)
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_and_containers_come_back(protocol):
    assert same(read(pickle.dumps(VALUE, protocol)), VALUE)


def test_the_names_that_older_and_newer_numpy_write_are_known():
    written = pickle.dumps(VALUE["image_data"], 0)
    for module in (b"numpy.core.multiarray", b"numpy._core.multiarray"):
        other = written.replace(b"numpy._core.multiarray", module).replace(b"numpy.core.multiarray", module)
        assert same(read(other), VALUE["image_data"])


def test_a_pickle_of_python_2_is_read():
    """Text with bytes in it, as `cPickle.dumps({"image_data": array}, 2)` writes an array of the bytes 0, 200, 255."""
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85q\x04U\x01bq\x05\x87q\x06Rq\x07"
        b"(K\x01K\x03\x85q\x08cnumpy\ndtype\nq\tU\x02u1q\nK\x00K\x01\x87q\x0bRq\x0c"
        b"(K\x03U\x01|q\rNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x0eb\x89U\x03\x00\xc8\xffq\x0ftq\x10b"
    )
    found = read(b"\x80\x02}q\x00U\nimage_dataq\x01" + array + b"s.")
    assert list(found) == ["image_data"]
    assert found["image_data"].tolist() == [0, 200, 255]


class Runs:
    """Would call a function with arguments when it is loaded."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_would_create_a_file_is_refused_by_name(tmp_path, protocol):
    file = tmp_path / "made"
    content = pickle.dumps({**VALUE, "class_dict": Runs(Path.touch, file)}, protocol)
    pickle.loads(content)
    assert file.exists()
    file.unlink()
    with pytest.raises(RequestError, match=r"set\.pkl: expected .*plain containers, got one that uses") as caught:
        read(content)
    assert not file.exists()
    assert "it was not loaded" in str(caught.value)


@pytest.mark.parametrize(
    ("what", "name"),
    [(Runs(os.system, "true"), "posix.system|nt.system"), (Runs(eval, "1"), "builtins.eval|__builtin__.eval"),
     (Runs(getattr, "a", "upper"), "getattr"), (Runs(np.fromfile, os.devnull), "fromfile"), (os.system, "system"),
     (pickle.Unpickler, "Unpickler"), (np.array([Runs(os.system, "true")], dtype=object), "type O8")],
)  # fmt: skip
def test_nothing_else_gets_through(what, name):
    with pytest.raises(RequestError, match=f"uses .*({name})"):
        read(pickle.dumps(what, 2))


def test_only_the_encoding_that_pickles_of_bytes_have_is_used():
    with pytest.raises(RequestError, match="text in the encoding rot13"):
        read(b"c_codecs\nencode\n(Vabc\nVrot13\ntR.")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x80", b"hello", b"<html></html>", pickle.dumps(VALUE)[:-40], b"\x80\x04\x95\xff", b"I1\n0."],
)
def test_a_broken_pickle_is_named(content):
    with pytest.raises(RequestError, match=r"set\.pkl: expected a whole pickle, got: "):
        read(content)


def test_an_array_larger_than_any_memory_is_refused():
    huge = pickle.dumps(np.zeros(1, np.uint8), 2).replace(
        b"K\x01\x85", b"\x8a\x07" + (10**16).to_bytes(7, "little") + b"\x85", 1
    )
    with pytest.raises(RequestError, match="an array with a strange shape"):
        read(huge)


@pytest.mark.parametrize(("content", "what"), [(b"<!DOCTYPE html>", "an HTML page"), (b"", "an empty file")])
def test_a_page_in_place_of_a_pickle_is_called_so(tmp_path, content, what):
    (tmp_path / "set.pkl").write_bytes(content)
    with (tmp_path / "set.pkl").open("rb") as file, pytest.raises(RequestError, match=f"got: {what}$"):
        read_pickle(file, "set.pkl")


BYTE = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
EMPTY = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (BYTE + b"(K\x03U\x01|N(U\x01at}NNNtb.", "an array with fields"),
        (b"cnumpy\ndtype\nU\x02V8\x85R(K\x03U\x01|NNNNNNtb.", "an array of the type V8"),
        (b"cnumpy\ndtype\nU\x02M8\x85R.", "an array of the type M8"),
        (b"cnumpy\nndarray\nK\x09\x85\x85R.", "tuple in place of bytes|int in place of bytes"),
        (b"}" + b")" + b"\x85" * 50_000 + b"Ns.", "a key of the type tuple"),
        (b"}(" + b"".join(b"L%dL\nN" % (i * (2**61 - 1)) for i in range(1, 100)) + b"u.", "a large number as a key"),
        (b"cbuiltins\nrange\nL9999999999L\n\x85R.", "a range of anything but small integers"),
        (b"]V" + b"a" * 999 + b"\np1\n0" + b"(c_codecs\nencode\n(g1\nVlatin1\ntRe" * 50 + b".", "again and again"),
        (EMPTY + b"(K\x01(" + b"I9999\n" * 9 + b"t" + BYTE + b"\x89U\x01atb.", "an array with a strange shape"),
        (b"cbuiltins\nset\n)R.", "builtins.set"),
        (b"P1\n.", "the opcode PERSID"),
    ],
)  # fmt: skip
def test_attacks_are_refused_by_name(content, what):
    with pytest.raises(RequestError, match=f"uses .*({what})"):
        read(content)


def test_a_file_of_many_opcodes_is_refused(monkeypatch):
    monkeypatch.setattr("fewshot.data.readers.pickles.read.OPCODES", 1000)
    with pytest.raises(RequestError, match="more than 1,000 opcodes"):
        read(b"(" * 1001)


@pytest.mark.parametrize(
    "content",
    [
        b"\x8e" + (2**60).to_bytes(8, "little"),
        b"B\xff\0\0\0" + b"0" * 255,
        b"V" + b"a" * 300 + b"\n.",
        b"T" + b"\xff" * 4 + b"a" * 300,
    ],
)
def test_a_file_of_many_bytes_is_not_read_to_its_end(monkeypatch, content):
    monkeypatch.setattr("fewshot.data.readers.pickles.machine.BYTES", 200)
    with pytest.raises(RequestError, match=r"more than 200 bytes|ends within a line"):
        read(content)


def test_an_array_has_exactly_its_bytes():
    def made(shape: bytes) -> object:
        return read(EMPTY + b"(K\x01" + shape + b"\x85" + BYTE + b"\x89U\x01atb.")

    assert made(b"K\x01").tolist() == [97]
    for shape in (b"K\x02", b"K\x00", b"L4294967296L\n"):
        with pytest.raises(RequestError, match=r"1 bytes for an array uint8 \[[02]\]|a strange shape"):
            made(shape)


def test_values_nested_deeply_or_in_themselves_are_no_fault():
    deep = read(b")" + b"\x85" * 100_000 + b".")
    assert type(deep) is tuple
    own = read(b"]q\x00h\x00a.")
    assert own[0] is own


def test_an_ordered_dict_and_a_string_of_python_2():
    assert read(b"ccollections\nOrderedDict\n(]]S'a\\xff'\naK\x01aatR.") == {"aÿ": 1}

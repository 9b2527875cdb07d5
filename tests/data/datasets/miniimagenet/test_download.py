"""Fetching the pickles, from a server on this machine in place of Zenodo."""

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fewshot.core.errors import RequestError
from fewshot.data.class_lists.miniimagenet import classes
from fewshot.data.datasets.miniimagenet import download, miniimagenet
from fewshot.data.datasets.miniimagenet.verify import fetch_images, verify_images

EACH = 4
ZENODO = download.RECORD


@pytest.fixture
def website(making, tmp_path, monkeypatch):
    """What a server on this machine answers, by the name of the file, and what it was asked for."""
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    for module in ("miniimagenet.forms", "miniimagenet.pickles"):
        monkeypatch.setattr(f"fewshot.data.datasets.{module}.IMAGES", EACH)
    folder = making.make(tmp_path / "made", "pickles", side=8, images=EACH)
    answers = {path.name.replace("-val", "-validation"): path.read_bytes() for path in folder.iterdir()}
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.rsplit("/", 1)[1]
            asked.append(name)
            if name not in answers:
                self.send_error(404)
                return
            body, cut = answers[name] if isinstance(answers[name], tuple) else (answers[name], None)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:cut])

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setattr(download, "RECORD", f"http://127.0.0.1:{server.server_address[1]}/files")
        yield answers, asked
        server.shutdown()


def fetched(*folders):
    """The report on it, fetched before."""
    fetch_images(folders)
    return verify_images(folders)


def test_three_pickles_are_fetched_once(website, tmp_path):
    folders = [tmp_path / "mine", tmp_path / "cache" / "data"]
    found = fetched(*folders)
    assert found[0] == f"miniimagenet: cached pickles: {folders[1] / 'miniimagenet'}"
    assert fetched(*folders) == found
    assert sorted(website[1]) == sorted(website[0])
    assert sorted(os.listdir(folders[1] / "miniimagenet")) == sorted(website[0])
    assert len(miniimagenet(classes()["val"], 8, folders)) == 16 * EACH


WRONG = {
    "a page": (b"<!DOCTYPE html><html>", r"the download was an HTML page \(removed\)"),
    "nothing": (b"", r"the download was an empty file \(removed\)"),
    "code": (b"cos\nsystem\n(S'true'\ntR.", r"not what was expected \(removed\): .*uses os\.system"),
    "another split": ("mini-imagenet-cache-test.pkl", r"not what was expected \(removed\): .*missing classes: 16"),
    "half": (700, "the download (was cut off at 700 of|failed)"),
    "not found": (None, r"the download failed \(HTTP Error 404"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_download_is_refused_and_removed(website, tmp_path, wrong):
    (answers, asked), (body, message) = website, WRONG[wrong]
    file = "mini-imagenet-cache-validation.pkl"
    whole = answers.pop(file)
    if body is not None:
        answers[file] = (whole, body) if isinstance(body, int) else answers[body] if isinstance(body, str) else body
    with pytest.raises(RequestError, match=message) as caught:
        fetched(tmp_path / "data")
    assert f"Fetch {download.RECORD}/{file} and name the folder" in str(caught.value)
    assert os.listdir(tmp_path / "data" / "miniimagenet") == ["mini-imagenet-cache-train.pkl"]
    answers[file] = whole
    asked.clear()
    assert len(fetched(tmp_path / "data")) == 4
    assert asked == [file, "mini-imagenet-cache-test.pkl"]


def test_a_users_own_folder_is_never_added_to(website, photos, tmp_path):
    photos.write(tmp_path / "data" / "miniimagenet", {"images/a.png": b""})
    with pytest.raises(RequestError, match="expected miniImageNet as images/ with"):
        fetched(tmp_path / "data")
    assert website[1] == []


def test_without_a_network_the_message_is_the_address(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "RECORD", "http://127.0.0.1:9/files")
    with pytest.raises(RequestError, match=r"found none that is whole, and the download failed \(.*refused"):
        fetched(tmp_path / "data")


def test_the_record_is_the_one_that_learn2learn_names():
    assert ZENODO == "https://zenodo.org/record/7978538/files"

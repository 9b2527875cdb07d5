"""Fetching the archives of Omniglot, from a server on this machine."""

import hashlib
import os
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fewshot.core.errors import RequestError
from fewshot.data.datasets.omniglot.content import Half, halves


@pytest.fixture
def website(world, monkeypatch) -> dict[str, bytes]:
    """What a server on this machine answers in place of the official one."""
    answer = {"body": world.zip().read_bytes(), "asked": 0}
    md5 = hashlib.md5(answer["body"]).hexdigest()
    world.zip().unlink()
    world.halves[0] = replace(world.halves[0], md5=md5)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer["asked"] += 1
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer["body"])))
            self.end_headers()
            self.wfile.write(answer["body"])

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/images_background.zip"
        monkeypatch.setattr(Half, "url", property(lambda _: address))
        yield answer
        server.shutdown()


def test_the_download_goes_into_the_last_folder_once_and_quietly(world, website, tmp_path, capfd):
    folders = [world.folder, tmp_path / "cache" / "data"]
    first = world.load(folders=folders)
    asked = website["asked"]
    assert world.load(folders=folders).digest == first.digest
    assert website["asked"] == asked > 0
    assert os.listdir(folders[1] / "omniglot") == ["images_background.zip"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("body", "message"), [(b"<html>", "was an HTML page"), (None, "has another MD5 than [0-9a-f]{32}")]
)
def test_a_wrong_download_is_removed_and_named(world, website, tmp_path, body, message):
    website["body"] = body or website["body"][:-2] + b"\1\0x"  # a zip archive with a comment
    with pytest.raises(RequestError, match=rf"the download {message} \(removed\)"):
        world.load(folders=[world.folder, tmp_path / "new"])
    assert os.listdir(tmp_path / "new" / "omniglot") == []


def test_the_official_addresses_and_md5s():
    background, evaluation = halves()
    assert (
        background.url == "https://raw.githubusercontent.com/brendenlake/omniglot/master/python/images_background.zip"
    )
    assert background.md5 == "68d2efa1b9178cc56df9314c21c6e718"
    assert evaluation.url.endswith("/images_evaluation.zip")
    assert evaluation.md5 == "6b91aef0f799c5bb55b94e3f2daec811"


def test_an_html_page_in_the_cache_is_removed_but_a_users_file_stays(world, tmp_path):
    page = tmp_path / "cache" / "data" / "omniglot" / "images_background.zip"
    page.parent.mkdir(parents=True)
    page.write_bytes(b"<html>")
    with (
        pytest.warns(UserWarning, match="removed .*expected a zip archive, got an HTML page"),
        pytest.raises(RequestError),
    ):
        world.load(folders=[page.parent.parent])
    assert not page.exists()
    world.zip().write_bytes(b"<html>")
    with pytest.raises(RequestError, match="HTML"):
        world.load()
    assert world.zip().exists()

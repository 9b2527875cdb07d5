"""A download of one file, kept only if it is the right one."""

import http.client
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

from fewshot.core.progress import open_bar

TIMEOUT = 20  # seconds without an answer
BLOCK = 2**20  # bytes


def download(address: str, target: Path, wrong: Callable[[Path], str]) -> str:
    """Download a file to `target`; returns the reason of a failure, or "".

    `wrong` checks the draft, which has the file's name, and returns a reason to reject it, or "".
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".draft-") as folder:
            draft = Path(folder) / target.name
            reason = _fetch(address, draft) or wrong(draft)
            if not reason:
                draft.replace(target)
            return reason
    except OSError as error:
        return f"no download: {target.parent}: {error.strerror}"


def _fetch(address: str, draft: Path) -> str:
    try:
        request = urllib.request.Request(address, headers={"User-Agent": "fewshot"})
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer, draft.open("wb") as out:
            size = answer.length
            shown = {"desc": draft.name, "leave": False, "delay": 1, "unit_scale": True, "unit_divisor": 1024}
            with open_bar(size, "B", **shown) as bar:
                while block := answer.read(BLOCK):
                    bar.update(out.write(block))
    except (OSError, http.client.HTTPException) as error:
        return f"the download failed ({error})"
    got = draft.stat().st_size
    return f"the download was cut off at {got:,} of {size:,} bytes (removed)" if size not in (None, got) else ""

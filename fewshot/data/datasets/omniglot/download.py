"""An archive of Omniglot, found or fetched."""

import contextlib
import io
import socket
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.data.datasets.omniglot.content import Half
from fewshot.data.locations import cache_folder
from fewshot.data.readers.archive import what_is

TIMEOUT = 20  # seconds without an answer


def find_or_fetch(half: Half, folders: Sequence[Path]) -> Path:
    """The first zip file or folder of `half` in `folders`; where there is none, it is downloaded into the last folder.

    A file in the cache folder that is no zip archive is removed first. Raises `RequestError` when there is nothing.
    """
    for path in places(half.name, folders):
        if path.is_file() and _is_ours(path) and not zipfile.is_zipfile(path):
            warnings.warn(f"removed {path}: expected a zip archive, got {what_is(path)}", stacklevel=2)
            path.unlink()
        elif path.exists():
            return path
    return _fetch(half, folders)


def _fetch(half: Half, folders: Sequence[Path]) -> Path:
    target = Path(folders[-1]) / "omniglot" / f"{half.name}.zip"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".draft-") as folder, _quiet():
            draft = Path(folder) / target.name
            reason = _download(half, draft)
            if not reason:
                draft.replace(target)
                return target
    except OSError as error:
        reason = f"no download: {target.parent}: {error.strerror}"
    looked = ", ".join(dict.fromkeys(str(folder) for folder in folders))
    raise RequestError(
        f"Omniglot: expected {half.name}.zip or {half.name}/ in {looked} (there or below omniglot/), found neither, "
        f"and {reason}. Fetch {half.url} and name its folder by --data DIR or $FEWSHOT_DATA"
    )


def _download(half: Half, draft: Path) -> str:
    """Fetch the archive to `draft`; returns what went wrong, or nothing."""
    from torchvision.datasets.utils import download_url  # here, because the import takes seconds

    try:
        download_url(half.url, str(draft.parent), draft.name, half.md5)
    except OSError as error:
        return f"the download failed ({error})"
    except RuntimeError:
        if draft.is_file() and not zipfile.is_zipfile(draft):
            return f"the download brought {what_is(draft)} (removed)"
        return f"the download has another MD5 than {half.md5} (removed)"
    return ""


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No progress bar, and no waiting for ever where packets vanish."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        socket.setdefaulttimeout(before)


def _is_ours(path: Path) -> bool:
    return path.resolve().is_relative_to(cache_folder().resolve())


SUBFOLDERS = ("omniglot", "omniglot-py", ".")  # the second is torchvision's


def places(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    """Every path where the archive `name` (`images_background`, …) may lie, best first."""
    for folder in folders:
        for subfolder in SUBFOLDERS:
            yield Path(folder) / subfolder / f"{name}.zip"
            yield Path(folder) / subfolder / name

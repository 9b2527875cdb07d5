"""The reports of `fewshot data` on Omniglot: the places of its archives, and whether their content is official."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.data.class_lists.omniglot_trials import official_runs
from fewshot.data.datasets.omniglot.content import DIGEST, Half, halves
from fewshot.data.datasets.omniglot.decode import decode
from fewshot.data.datasets.omniglot.derive_trials import SHA256, derive_runs, find_runs
from fewshot.data.datasets.omniglot.download import places
from fewshot.data.locations import listed


def locate_archives(folders: Sequence[Path]) -> str:
    """The places of the archives, without reading them."""
    found = {half.name: _find(half, folders) for half in halves()}
    return "; ".join(f"{name} {path or 'not here (fetched when it is needed)'}" for name, path in found.items())


def verify_archives(folders: Sequence[Path]) -> list[str]:
    """Verify every image of both archives and the index of the official trials; returns one line for each.

    Raises `RequestError` that names the first archive that is missing or not official.
    """
    lines, packed = [], {}
    for half in halves():
        if (path := _find(half, folders)) is None:
            raise RequestError(
                f"omniglot: expected {half.name}.zip or {half.name}/ in {listed(folders)}, found neither; "
                "fewshot data fetch omniglot fetches it"
            )
        packed[half.name] = decode(half, path)
        lines.append(
            f"{half.name}: {len(half.images):,} images of {len(half.classes)} characters, content verified "
            f"(sha256 {half.digest[:16]}…): {path}"
        )
    lines.append(f"omniglot: {sum(map(len, packed.values())):,} images, content sha256 {DIGEST}")
    if (path := find_runs(folders)) is None:
        return [*lines, "official trials: the shipped index; no all_runs.zip here to check it against"]
    evaluation = halves()[1]
    if derive_runs(path, evaluation, packed[evaluation.name]) != official_runs():
        raise RequestError(f"{path}: expected the official trials of the shipped index, got others")
    same = hashlib.sha256(path.read_bytes()).hexdigest() == SHA256
    return [*lines, f"official trials: the shipped index agrees with {'the official' if same else 're-zipped'} {path}"]


def _find(half: Half, folders: Sequence[Path]) -> Path | None:
    return next((path for path in places(half.name, folders) if path.exists()), None)

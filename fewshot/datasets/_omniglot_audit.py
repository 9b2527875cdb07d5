"""What `fewshot data` reports of Omniglot: where the archives are, and that they hold the official content."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from fewshot.datasets._omniglot_decode import decode
from fewshot.datasets._omniglot_derive import SHA256, derive_runs, find_runs
from fewshot.datasets._omniglot_download import locate
from fewshot.datasets._omniglot_half import DIGEST, halves
from fewshot.datasets._omniglot_source import places
from fewshot.errors import RequestError
from fewshot.protocols._omniglot_runs import official_runs


def whereabouts(folders: Sequence[Path]) -> str:
    """Where the archives lie, without a look inside."""
    found = {half.name: next((path for path in places(half.name, folders) if path.exists()), None) for half in halves()}
    return "; ".join(f"{name} {path or 'not here (fetched when it is needed)'}" for name, path in found.items())


def audit(folders: Sequence[Path]) -> list[str]:
    """Find or fetch both archives, verify every image and the index of the official trials; one line for each.

    Raises `RequestError` that names the first archive that is missing or not the official content.
    """
    lines, packed = [], {}
    for half in halves():
        path = locate(half, folders)
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
        raise RequestError(f"{path}: expected the official trials, got others than the shipped index has")
    same = hashlib.sha256(path.read_bytes()).hexdigest() == SHA256
    return [*lines, f"official trials: the shipped index agrees with {'the official' if same else 're-zipped'} {path}"]

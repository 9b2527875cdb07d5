"""The facts of a record about its environment: versions, commit, and a digest of the sources that make numbers."""

import subprocess
import sys
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fewshot.records.sources import digest_of_sources

VERSIONS = (
    "fewshot",
    "torch",
    "torchvision",
    "numpy",
    "pillow",
    "matplotlib",
    "pytorch-metric-learning",
    "learn2learn",
)


@lru_cache
def machine_facts() -> dict:
    """Versions, commit and a digest of the sources, as the process began; numbers depend on these and on the spec."""
    commit, versions = _git("rev-parse", "HEAD"), {}
    for name in VERSIONS:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return {
        "python": sys.version.split()[0],
        "versions": versions,
        "commit": commit,
        "dirty": bool(_git("status", "--porcelain", "--", "fewshot", "benchmarks")) if commit else None,
        "sources": digest_of_sources(),
    }


def _git(*command: str) -> str | None:
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(["git", "-C", str(root), *command], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()

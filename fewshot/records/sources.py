"""The digest of the sources that make numbers, which names checkpoints and which a cluster's nodes compare."""

import hashlib
from pathlib import Path, PurePosixPath

PACKAGE = Path(__file__).parents[1]
COUNTED = (".py", ".toml", ".bin")  # code, lists of classes, checksums of images

# Files and folders that change no number of a given spec. All others count, including new files.
NO_NUMBERS = {
    "benchmarks": "suites, which a wheel holds and a clone keeps elsewhere",
    "cli": "asks for runs and prints what they found",
    "conformance": "looks at parts with inputs of its own, before a run",
    "reporting": "reads records",
    "suites": "makes specs, and a spec holds all that a run takes from them",
    "evaluation/cost.py": "counts weights and multiplications",
    "evaluation/leakage": "looks for leaks in a protocol",
    "execution/attempt.py": "claims a spec and keeps what came of it",
    "execution/estimate.py": "times steps on made-up images",
    "execution/logs": "writes what a training reports",
    "execution/preflight.py": "refuses, before a run",
    "execution/ray/cluster.py": "connects to a cluster; what its nodes do, `node.py`, counts",
    "execution/ray/driver.py": "chooses which node runs a spec, and when",
    "execution/serial.py": "chooses which spec is run next",
    "execution/train_one.py": "makes a spec of arguments",
    "execution/underway": "shows where a run is, and tells other commands",
    "execution/workers.py": "chooses which process runs a spec, and when",
    "records/digests.py": "refuses other images, before a run",
    "records/index.py": "counts records",
    "records/store.py": "knows where records lie",
}


def digest_of_sources(package: Path = PACKAGE) -> str:
    """16 hexadecimal digits of the SHA-256 of the files that make numbers, equal for a clone and its wheel."""
    files = ((file.relative_to(package).as_posix(), file) for file in package.rglob("[!.]*") if file.suffix in COUNTED)
    content = hashlib.sha256()
    for name, file in sorted(files):
        if makes_numbers(name):
            source = file.read_bytes()
            content.update(f"{name} {len(source)}\n".encode() + source)
    return content.hexdigest()[:16]


def makes_numbers(name: str) -> bool:
    """Whether the numbers of a spec depend on a file, given by its path in the package."""
    path = PurePosixPath(name)
    return not any(str(place) in NO_NUMBERS for place in (path, *path.parents))

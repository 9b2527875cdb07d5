"""Mutated inputs, each read within limits of time and memory: `python tests/fuzz/cases.py [COUNT | KIND NUMBER]`.

Case number n of a kind is the same on any machine. It ends in one of `OUTCOMES`, or fails: by another exception, other
content, more than `SECONDS` or more than `MEMORY`, or by the end of its process. Prints the failures and the outcomes
of every kind as JSON.
"""

import faulthandler
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import torch  # noqa: E402
from kinds_of_input import KINDS, Kind  # noqa: E402

from fewshot.core.errors import RequestError  # noqa: E402

OUTCOMES = ("the same", "refused", "other, allowed")  # refused: in one line that names the file or its folder
SECONDS, PATIENCE = 10, 120  # of computing, and by the clock, for one case
MEMORY = 2**30  # bytes that a process may take beside those at its start
CRASHES = 5  # ends of a process after which no more of a kind are tried


def outcomes(name: str, numbers: Iterable[int]) -> Iterator[tuple[int, str]]:
    """The number and the outcome of each case of a kind; one that ends its process is named by the signal."""
    left = [*numbers]
    for _ in range(CRASHES):
        if not left:
            return
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            lines, status = _in_a_process(name, left, Path(folder))
        yield from map(json.loads, lines)
        left = left[len(lines) :]
        if left:
            yield left.pop(0), f"its process ended: {_end(status)}"
    yield from ((number, "not tried, as others have ended their process") for number in left)


def _in_a_process(name: str, numbers: list[int], folder: Path) -> tuple[list[str], int]:
    """The lines that a forked process writes about these cases, and its status."""
    into, out = os.pipe()
    if not (child := os.fork()):
        os.close(into)
        with os.fdopen(out, "w", buffering=1) as report:
            try:
                _read_all(name, numbers, folder, report)
                os._exit(0)
            finally:  # by a mistake of these tests
                traceback.print_exc()
                os._exit(1)
    os.close(out)
    with os.fdopen(into) as report:
        lines = report.readlines()
    return lines, os.waitpid(child, 0)[1]


def _end(status: int) -> str:
    return signal.strsignal(os.WTERMSIG(status)) if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}"


def _read_all(name: str, numbers: list[int], folder: Path, report: "TextIO") -> None:
    os.environ["FEWSHOT_CACHE"] = str(folder / "cache")
    os.chdir(folder)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))
    faulthandler.enable()
    kind = KINDS[name]
    files = [*kind.make(folder)]
    originals = [(file, file.read_bytes(), kind.read(file)) for file in files]
    for number in numbers:
        file, content, read = originals[number % len(originals)]
        mutated = kind.mutate(Random(f"{name} {number}"), content)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # either ends the process, in whatever code it is
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        file.write_bytes(mutated)
        os.utime(file, ns=(number, number))  # of its own, however fast the cases follow each other
        print(json.dumps((number, _outcome(kind, file, folder, read))), file=report)
        file.write_bytes(content)


def _outcome(kind: Kind, file: Path, folder: Path, original: object) -> str:
    try:
        found = kind.read(file)
    except RequestError as error:
        line, named = str(error), file.relative_to(folder).parts
        good = len(line.splitlines()) == 1 and any(part in line for part in named)
        return "refused" if good else f"a message that is not one line with a name of {named}: {line!r}"
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {str(error)[:200]} ({last.filename}:{last.lineno})"
    if found == original:
        return "the same"
    return "other, allowed" if kind.allowed(original, found) else f"other content: {str(found)[:200]}"


def _counts(ends: list[str]) -> dict[str, int]:
    known = {one: ends.count(one) for one in OUTCOMES}
    return {"cases": len(ends), **known, "failed": len(ends) - sum(known.values())}


def main(words: list[str]) -> int:
    """Try the cases of the command line, print what they end in, and return 1 if any fails."""
    torch.set_num_threads(1)
    if len(words) == 2:
        tried = {words[0]: [int(words[1])]}
    else:
        each, more = divmod(int(words[0]) if words else 1000, len(KINDS))
        tried = {name: range(each + (place < more)) for place, name in enumerate(KINDS)}
    found = {name: [*outcomes(name, numbers)] for name, numbers in tried.items()}
    failed = [
        f"{name}, case {number}: {outcome}\n  again: uv run --all-groups python tests/fuzz/cases.py {name!r} {number}"
        for name, ends in found.items()
        for number, outcome in ends
        if outcome not in OUTCOMES
    ]
    counts = {name: _counts([outcome for _, outcome in ends]) for name, ends in found.items()}
    print(json.dumps({"failed": failed, "outcomes": counts}, indent=1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

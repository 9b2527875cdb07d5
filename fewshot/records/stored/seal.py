"""The seal of a record's text: a digest that tells whether anything above it was changed after the run.

The user's cache folder keeps digests of whole contents that were found to be sound, so that each is checked once.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fewshot.core.files import others_who_write, size_of, write_whole
from fewshot.data.locations import cache_folder

FORMAT = 2  # of records with a seal; the first ones have neither a format nor a seal
LINE = '  "sha256": '
SIZE, MOST = 32, 200_000  # bytes of a digest, and the number of digests that are kept


def sealed(lines: Sequence[str], facts: str) -> str:
    """The text of a record: an object of these lines, the SHA-256 of the text so far, and the line of its facts."""
    above = "{\n" + "".join(f"{line},\n" for line in lines)
    return f'{above}{LINE}"{_digest(above)}",\n{facts}\n}}\n'


def check_seal(text: str, plain: Mapping[str, Any]) -> bool:
    """Whether a record has a seal; raises `ValueError` for one that is broken or has been removed.

    `plain` is the parsed text. A record without a format is one from before the seals, and has none.
    """
    if "format" not in plain and "sha256" not in plain:
        return False
    if plain.get("format") != FORMAT or "sha256" not in plain:
        raise ValueError(f"expected a record of format {FORMAT}, with a sha256")
    above, line, below = text.rpartition(LINE)
    if not line or [*json.loads("{" + line + below)] != ["sha256", "facts"] or _digest(above) != plain["sha256"]:
        raise ValueError("expected the text that its sha256 is of, got another; records are not edited")
    return True


def _digest(above: str) -> str:
    return hashlib.sha256(above.encode("utf-8", "surrogatepass")).hexdigest()


@contextmanager
def checked_before() -> Iterator[set[bytes]]:
    """The SHA-256 of contents that this code has checked; those that the block adds are kept for other processes.

    A file of digests that others can write to counts for nothing, nor does one of other code of this package.
    """
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        code.update(file.read_bytes())
    kept = b""
    with suppress(OSError, RuntimeError):  # the cache cannot be read or written, or there is no home folder
        file = cache_folder() / "records" / "checked"
        if size_of(file) <= SIZE * (MOST + 1) and not others_who_write(file) and not others_who_write(file.parent):
            kept = file.read_bytes()
    kept = kept[SIZE:] if kept[:SIZE] == code.digest() else b""
    old = {kept[place : place + SIZE] for place in range(0, len(kept), SIZE)}
    yield (checked := set(old))
    if new := checked - old:
        with suppress(OSError, RuntimeError):
            some = [*new, *old][:MOST]
            write_whole(cache_folder() / "records" / "checked", code.digest() + b"".join(some))

"""The seal of a record's text: a digest that tells whether anything above it was changed after the run."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

FORMAT = 2  # of records with a seal; the first ones have neither a format nor a seal
LINE = '  "sha256": '


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

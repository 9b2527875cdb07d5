"""The name of an identity, checked."""

import unicodedata

from fewshot.core.errors import RequestError

LONGEST = 200  # characters


def identity_name(text: str) -> str:
    """The name in Unicode's composed form (NFC), so that one name is written in one way.

    Raises `RequestError` for a name that is empty or long, has a slash, a character that cannot be printed, or blanks
    at its ends.

    >>> len("Zoe\\u0308"), len(identity_name("Zoe\\u0308"))
    (4, 3)
    """
    name = unicodedata.normalize("NFC", text)
    if not name or len(name) > LONGEST:
        raise RequestError(f"name of an identity: expected 1 to {LONGEST} characters, got {len(name)}")
    if not name.isprintable() or name != name.strip() or "/" in name or "\\" in name:
        lacking = "without slashes, control characters, and blanks at its ends"
        raise RequestError(f"name of an identity: expected one {lacking}, got {name!r}")
    return name

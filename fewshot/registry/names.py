"""Conversion of names that users write to names of files: "lake-small1" to lake_small1, "baseline++" to baseline_pp."""

from fewshot.core.errors import RequestError
from fewshot.registry.lookup import entries, own_name

NAMED_FREELY = ("protocol", "protocols", "loss", "losses")


def own_names(value: object, key: str = "") -> object:
    """A suite's table, or the value of its `key`, with the file name of every part.

    Raises `RequestError` for a part with options in two places, in two spellings.
    """
    if isinstance(value, dict):
        found = {}
        for name, one in value.items():
            own = own_part(name) if key == "options" else name
            if own in found:
                raise RequestError(f"options: expected each part once, got {own} twice, spelled {name} too", key, name)
            found[own] = own_names(one, name)
        return found
    if isinstance(value, list):
        return [own_names(one, key) for one in value]
    return own_part(value) if key in NAMED_FREELY else value


def own_part(name: object) -> object:
    """The file name of a part of any kind; any other value unchanged."""
    if not isinstance(name, str):
        return name
    protocol = own_name("protocols", name)
    return protocol if protocol in entries("protocols") else own_name("losses", name)

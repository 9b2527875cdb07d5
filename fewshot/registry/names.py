"""Names of parts as their files are called: "lake-small1" is lake_small1, "baseline++" baseline_pp."""

from fewshot.registry.lookup import entries, own_name

NAMED_FREELY = ("protocol", "protocols", "loss", "losses")


def own_names(value: object, key: str = "") -> object:
    """A suite's table, or what stands under one of its keys, with every part under its own name."""
    if isinstance(value, dict):
        return {own_part(name) if key == "options" else name: own_names(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [own_names(one, key) for one in value]
    return own_part(value) if key in NAMED_FREELY else value


def own_part(name: object) -> object:
    """The own name of a part of any kind; anything else as it is."""
    if not isinstance(name, str):
        return name
    protocol = own_name("protocols", name)
    return protocol if protocol in entries("protocols") else own_name("losses", name)

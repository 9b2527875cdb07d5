"""Values of a search put into a spec: those of its training and of its parts' options."""

from dataclasses import asdict, replace

from fewshot.core.errors import at, of_part
from fewshot.core.recipe import recipe_from_plain
from fewshot.core.spec.run_spec import RunSpec
from fewshot.registry.lookup import find, make_part
from fewshot.registry.source import KINDS
from fewshot.registry.uses import uses_option
from fewshot.suites.search.points import Point

SEARCHED = ("learner", "backbone", "similarity", "loss")  # the parts whose options can be searched


def with_values(spec: RunSpec, point: Point) -> RunSpec:
    """The spec with other values of its training and of its parts' options."""
    training = {key: value for key, value in point.items() if not key.startswith("options.")}
    with at("training"):
        recipe = recipe_from_plain(asdict(spec.training) | training)
    parts = {}
    for kind in SEARCHED:
        if own := {part_and_option(key)[1]: one for key, one in point.items() if is_option_of(key, spec, kind)}:
            part, entry = getattr(spec, kind), find(KINDS[kind], getattr(spec, kind).name)
            given = {key: value for key, value in part.options.items() if key != entry.family}
            with of_part(kind, part.name):
                parts[kind] = make_part(KINDS[kind], part.name, given | own)
    return replace(spec, training=recipe, **parts)


def without_values(spec: RunSpec, point: Point) -> RunSpec:
    """The spec without the options of its parts that are among searched values, for its texts alone."""
    parts = {}
    for kind in SEARCHED:
        if part := getattr(spec, kind):
            left = {key: one for key, one in part.options.items() if f"options.{part.name}.{key}" not in point}
            parts[kind] = replace(part, options=left)
    return replace(spec, **parts)


def is_option_of(key: str, spec: RunSpec, kind: str) -> bool:
    """True if a searched key ("options.contrastive.margin") names an option of this part of a spec."""
    name, option = part_and_option(key)
    if not (part := getattr(spec, kind)) or part.name != name:
        return False
    entry = find(KINDS[kind], name)
    return (option in entry.options or entry.open) and (kind != "similarity" or uses_option(spec, option))


def part_and_option(key: str) -> tuple[str, str]:
    """The two names in a key such as "options.PART.OPTION"; empty texts for a key of `[training]`."""
    name, _, option = key.removeprefix("options.").rpartition(".")
    return (name, option) if key.startswith("options.") else ("", "")

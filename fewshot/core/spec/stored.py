"""Specs of plain values, as records hold them, and of other seeds."""

import marshal
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, get_type_hints

from fewshot.core.checks import Size, check_type, size_of
from fewshot.core.errors import RequestError
from fewshot.core.recipe import recipe_from_plain
from fewshot.core.spec.plain import by_seed, method_of
from fewshot.core.spec.run_spec import Part, RunSpec


def from_plain(plain: dict) -> RunSpec:
    """The spec of the values that `RunSpec.plain` returns. Raises `RequestError` for a value of another type."""
    values = dict(plain)
    for item in fields(RunSpec):
        value, kind = values.get(item.name, item.default), item.type
        if kind in (Part, Part | None):
            needed = kind is Part or value is not None
            values[item.name] = _part(item.name, value) if needed else None
        elif kind == Size:
            values[item.name] = size_of(value)
        elif kind in (int, bool, str):
            check_type(item.name, value, kind)
        elif item.name in ("members", "pitfalls"):
            check_type(item.name, value, list | tuple, expected="a list")
            values[item.name] = tuple(value)
    if values["training"]:
        values["training"] = recipe_from_plain(values["training"])
    return RunSpec(**values)


def stored_spec(plain: dict) -> RunSpec:
    """The spec of `RunSpec.plain`, its ids those of these values. Raises `RequestError` where one is missing.

    Specs that differ only in their seed are checked once, and share their parts.
    """
    first, id_of = _stored(marshal.dumps(plain | {"seed": 0} if "seed" in plain else plain, 2))
    check_type("seed", plain["seed"], int)
    return _with_seed(first, plain["seed"], id_of)


@lru_cache
def _stored(values: bytes) -> tuple[RunSpec, Callable[[int], str]]:
    """The spec of plain values, with its method, and its id by the seed; the bytes tell 1 from 1.0 and from true."""
    spec = from_plain(plain := marshal.loads(values))
    if spec.plain() != plain:
        raise RequestError("spec: expected every value, none by default")
    id_of = by_seed(plain)
    vars(spec).update(method=method_of(plain))
    return spec, id_of


def of_seeds(spec: RunSpec, seeds: Sequence[int]) -> list[RunSpec]:
    """The spec with each of these seeds, all of one method."""
    id_of = by_seed(spec.plain())
    return [_with_seed(spec, seed, id_of) for seed in seeds]


def _with_seed(spec: RunSpec, seed: int, id_of: Callable[[int], str]) -> RunSpec:
    """A spec of the same method; unlike `replace` it checks no value again."""
    vars(one := object.__new__(RunSpec)).update(vars(spec), method=spec.method, seed=seed, id=id_of(seed))
    return one


def _part(key: str, plain: Any) -> Part:
    check_type(key, plain, dict)
    part = Part(**plain)
    for name, kind in _part_types().items():
        check_type(f"{name} of {key}", getattr(part, name), kind)
    return part


@lru_cache
def _part_types() -> dict[str, Any]:
    return get_type_hints(Part)

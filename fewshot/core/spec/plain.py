"""Specs as nested plain values, and the ids of these."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import lru_cache
from types import NoneType
from typing import Any

from fewshot.core.spec.names import FOLD

FIXED = {str, int, float, bool, NoneType}  # values that cannot change


def method_of(plain: dict) -> str:
    """The id of plain values with seed 0 and, where the protocol tests one of several folds, with any of them."""
    protocol = plain["protocol"]
    if protocol["options"].get(FOLD):
        plain = plain | {"protocol": protocol | {"options": protocol["options"] | {FOLD: "each"}}}
    return by_seed(plain)(0)


def by_seed(plain: dict) -> Callable[[int], str]:
    """The id of plain values by their seed: the digest of their canonical JSON."""
    above, below = (
        {key: plain[key] for key in plain if key < "seed"},
        {key: plain[key] for key in plain if key > "seed"},
    )
    before, behind = (
        json.dumps(part, sort_keys=True, separators=(",", ":"), allow_nan=False) for part in (above, below)
    )
    return lambda seed: hashlib.sha256(f'{before[:-1]},"seed":{seed},{behind[1:]}'.encode()).hexdigest()[:12]


def plain_of(value: Any) -> Any:
    """The value with its data classes as dicts; unlike `asdict` it copies nothing that cannot change."""
    if hasattr(value, "__dataclass_fields__"):
        value = {name: getattr(value, name) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {name: one if type(one) in FIXED else plain_of(one) for name, one in value.items()}
    return [*map(plain_of, value)] if isinstance(value, list | tuple) else value


def leave_out(plain: dict, kind: type) -> None:
    """Remove the fields marked as later that are at their defaults."""
    for name, default in _later(kind).items():
        if plain[name] == default:
            del plain[name]


@lru_cache
def _later(kind: type) -> dict[str, Any]:
    """The fields marked as later, with their defaults as plain values."""
    later = [item for item in fields(kind) if item.metadata.get("later")]
    return {
        one.name: plain_of(one.default if one.default_factory is MISSING else one.default_factory()) for one in later
    }

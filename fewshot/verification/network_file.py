"""The file of a network, in the format safetensors: written, and read without trust.

The file has the learner's weights as tensors, and one text of metadata, JSON: no code is stored in it, and none is run
when it is read. A digest of both finds damage.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from fewshot.core.checks import check_number, check_type, sides
from fewshot.core.errors import RequestError
from fewshot.core.files import regular
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.spec.stored import from_plain
from fewshot.registry.lookup import entries, find, load
from fewshot.registry.pitfalls import refuse_pitfalls
from fewshot.registry.source import KINDS
from fewshot.tasks.images import stored_size
from fewshot.verification.network import Network

FORMAT = 1
KEY, SEAL = "fewshot", "sha256"  # of the metadata, and in it
USED = ("dataset", "learner", "backbone", "similarity")  # the parts that a network needs
TYPES = {"spec": dict, "shape": list, "classes": list, "points": dict, "chosen_by": str, "rule": str, "facts": dict}


def to_bytes(network: Network) -> bytes:
    """The content of a network's file."""
    from safetensors.torch import save

    header = {
        "format": FORMAT, "spec": network.spec.plain(), "shape": network.shape, "classes": network.classes,
        "points": dict(network.points), "calibration": network.calibration, "chosen_by": network.chosen_by,
        "rule": network.rule, "facts": dict(network.facts), **for_others(network),
    }  # fmt: skip
    text = _text({SEAL: digest_of(_text(header), network.tensors)} | header)
    return save(dict(network.tensors), metadata={KEY: text})


def read_network(file: Path) -> Network:
    """The network in a file.

    Raises `RequestError` for a file that is missing, damaged or no network of a run, and for one whose parts have
    changed since or are not there.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(regular(file)), framework="pt") as stored:
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except OSError as error:
        raise RequestError(f"{file}: expected the file of a network, got: {error.strerror or error}") from error
    except (SafetensorError, ValueError, OverflowError, MemoryError) as error:
        raise RequestError(f"{file}: expected a file of the format safetensors, got: {error}") from error
    if KEY not in metadata:
        raise RequestError(f"{file}: expected a network kept by fewshot run, got other weights")
    try:
        check_type("header", header := json.loads(metadata[KEY]), dict)
        if header.pop(SEAL, None) != digest_of(_text(header), tensors):
            raise RequestError("expected a network as it was written, got other content; it is damaged")
        network = _network(header, tensors)
        refuse_pitfalls(f"network {network.spec.id}", [network.spec])
        _check_parts(network.spec)
    except RequestError as error:
        raise RequestError(f"{file}: {error}") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise RequestError(f"{file}: expected a network's header, got: {type(error).__name__}: {error}") from error
    return network


def for_others(network: Network) -> dict:
    """Facts on images and classes for other programs; here they follow from the spec."""
    spec, dataset = network.spec, load("datasets", network.spec.dataset.name)
    ink = bool(dataset.marks.ink)
    image = {
        "channels": network.shape[0], "side": spec.size, "values": f"0 to 1{', ink is 1' if ink else ''}",
        "resized": (dataset.prepare.__doc__ or "").strip().partition("\n")[0] if dataset.prepare else "",
        "stored_side": stored_size(spec), "normalise": spec.normalise,
    }  # fmt: skip
    names = "\n".join(network.classes).encode()
    return {"image": image, "classes_sha256": hashlib.sha256(names).hexdigest()}


def _network(header: dict, tensors: dict[str, Tensor]) -> Network:
    """The network of a parsed header. Raises `RequestError` and others for values that no run gives."""
    if (found := header.get("format")) != FORMAT:
        raise RequestError(f"expected format {FORMAT}, which this version reads, got {found!r}")
    for name, kind in TYPES.items():
        check_type(name, header[name], kind)
    shape, slope_and_offset = header["shape"], header["calibration"]
    for side in shape:
        check_type("shape", side, int)
    for name in header["classes"]:
        check_type("name of a class", name, str)
    for name, value in (*header["points"].items(), *(("calibration", one) for one in slope_and_offset or ())):
        check_type(name, value, float)
        check_number(name, value, -1e300, 1e300)
    if slope_and_offset is not None and len(slope_and_offset) != 2:
        raise RequestError(f"calibration: expected slope and offset, got {slope_and_offset!r}")
    spec = from_plain(header["spec"])
    if not spec.training or len(shape) != 3 or tuple(shape[1:]) != sides(spec.size):
        raise RequestError(f"expected a trained network for images of {spec.size} px, got shape {shape}")
    if broken := [name for name, one in tensors.items() if one.is_floating_point() and not one.isfinite().all()]:
        raise RequestError(f"weights {broken[0]}: expected finite numbers")
    return Network(
        spec, tuple(shape), tuple(header["classes"]), tensors, header["points"],
        tuple(slope_and_offset) if slope_and_offset else None, header["chosen_by"], header["rule"], header["facts"],
    )  # fmt: skip


def _check_parts(spec: RunSpec) -> None:
    """Refuse a spec whose parts are unknown or have changed."""
    for kind in USED:
        if not (part := getattr(spec, kind)):
            continue
        if part.sha256 and part.name not in entries(KINDS[kind]):
            raise RequestError(f"expected the {kind} {part.name} that it was trained with, a file to give by --plugin")
        entry = find(KINDS[kind], part.name)
        if entry.sha256 != part.sha256:
            raise RequestError(f"expected the {kind} {part.name} that it was trained with, got another file of it")
        if entry.marks.revision != part.revision:
            was, now = part.revision, entry.marks.revision
            raise RequestError(f"trained with revision {was} of {kind} {part.name}, which is now of revision {now}")


def _text(header: dict) -> str:
    return json.dumps(header, ensure_ascii=False)


def digest_of(text: str, tensors: Mapping[str, Tensor]) -> str:
    """The SHA-256 of a text and of weights by name."""
    digest = hashlib.sha256(text.encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"\0{name} {value.dtype} {list(value.shape)}\0".encode())
        digest.update(value.contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()

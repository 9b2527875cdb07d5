"""Checks that a model was not trained on the classes that it is evaluated on."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from fewshot.core.errors import RequestError
from fewshot.data.class_lists.names import overlap, unturned
from fewshot.protocols._protocol import Protocol, load_protocol
from fewshot.registry.lookup import entries, own_name
from fewshot.registry.source import REQUIRED


def learned_classes(given: str | Sequence[str], measured: Protocol) -> dict[str, tuple[str, ...]]:
    """Training classes, keyed by a description of the model: of each protocol that `given` names, its train and val
    classes, and the classes that `given` names.

    Raises `RequestError` for a name that is neither a protocol nor a class of the data set of `measured`.
    """
    given = [given] if isinstance(given, str) else given
    if not isinstance(given, Sequence) or not all(isinstance(name, str) for name in given):
        raise RequestError(f"learned_from: expected names of protocols or of classes, got {given!r}")
    listed = [name for name, entry in entries("protocols").items() if REQUIRED not in entry.options.values()]
    protocols = {name: load_protocol(name) for name in listed} if given else {}
    protocols = {name: one for name, one in protocols.items() if not one.open} | {measured.name: measured}
    known = {
        unturned(name)
        for one in protocols.values()
        if one.dataset == measured.dataset
        for names in one.classes.values()
        for name in names
    }
    found = {}
    for name in given:
        if (plain := own_name("protocols", name)) in protocols:
            found[f"a model trained on {name}"] = protocols[plain].learned_from("train+val")
        elif unturned(name) not in known:
            near = " or ".join(get_close_matches(name, [*protocols, *known])) or ", ".join(protocols)
            expected = f"expected a protocol or a class of {measured.dataset}, such as {near}"
            raise RequestError(f"learned_from: {expected}, got {name!r}")
    return found | {"this model": tuple(name for name in given if unturned(name) in known)}


def refuse_learned(learned: Iterable[str], whose: str, protocol: Protocol, stage: str) -> None:
    """Raise `RequestError` if a stage's classes include any that a model `learned`; `whose` names the model."""
    split, met = protocol.classes[stage], protocol.seen_in(stage)
    if not (shared := overlap(learned, split)):
        return
    of_tasks, of_split = (f"{len(overlap(shared, some))} of the {len(overlap(some, some))}" for some in (met, split))
    raise RequestError(
        f"{whose} cannot be evaluated on {protocol.name}: it was trained on {of_tasks} classes of the {stage} tasks "
        f"and on {of_split} classes of the {stage} split, such as {(overlap(shared, met) or shared)[0]}"
    )

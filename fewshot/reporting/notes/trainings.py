"""Notes on the trainings of a table: pretrained networks, those that went wrong, and losses that are one."""

from collections.abc import Sequence

from fewshot.records.training_notes import training_notes
from fewshot.registry.lookup import entries, find
from fewshot.registry.same_loss import same_loss
from fewshot.reporting.summary import Method


def of_trainings(methods: Sequence[Method]) -> list[str]:
    """On weights that are not fresh, trainings that went wrong, and losses that are one under several names."""
    return [*_on_pretrained(methods), *_on_wrong_trainings(methods), *_on_same_losses(methods)]


def _on_pretrained(methods: Sequence[Method]) -> list[str]:
    """On networks that do not start from nothing, and on data sets whose test classes those have seen."""
    notes = []
    for method in methods:
        spec, part = method.spec, method.spec.backbone
        network = entries("backbones").get(part.name.partition(":")[0]) if part else None
        seen = network.marks.seen if network and part.options.get(network.marks.pretrained) else ""
        if not seen:
            continue
        start = f"{method.texts['network']}: its weights were pretrained on {seen}"
        images = entries("datasets").get(spec.dataset.name.partition(":")[0])
        mixed = images is not None and images.marks.made_of == seen
        why = f"; contaminated, as data set {spec.dataset.name} is made of {seen}, so its test classes were seen"
        notes.append(start + (why if mixed else ""))
    return list(dict.fromkeys(notes))


def _on_wrong_trainings(methods: Sequence[Method]) -> list[str]:
    """On trainings that went wrong, the first of each method."""
    found = [next((texts for record in one.records if (texts := training_notes(record))), []) for one in methods]
    return [f"{one.label}: {text}" for one, texts in zip(methods, found, strict=True) for text in texts]


def _on_same_losses(methods: Sequence[Method]) -> list[str]:
    """On losses of different names that are one loss in their rows' trainings."""
    found: dict[object, dict[str, None]] = {}
    for spec, record in ((method.spec, method.records[0]) for method in methods):
        if (key := same_loss(spec, record.facts.get("same_loss", ()))) is not None:
            found.setdefault(key, {})[spec.loss.name] = None
    named = [", ".join(find("losses", name).called for name in names) for names in found.values() if len(names) > 1]
    return [f"{names}: one loss in training, equal in value and gradient, temperature apart" for names in named]

"""Options that only some runs make use of: the rate of class vectors, and the scale of logits."""

from collections.abc import Collection

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import RunSpec
from fewshot.registry.lookup import entries, find


def has_class_vectors(loss: str | None) -> bool:
    """True of the name of a loss with class vectors, whose rate `class_rate` sets."""
    return bool(loss) and find("losses", loss).marks.class_vectors


def uses_option(spec: RunSpec, option: str) -> bool:
    """False of an option of the similarity's logit in a run whose loss and shot rule are by other measures."""
    entry = entries("similarities").get(spec.similarity.name) if spec.similarity else None
    return entry is None or option not in entry.marks.of_logit or _by_logit(spec)


def check_uses(spec: RunSpec, given: Collection[str]) -> None:
    """Refuse options given to the similarity of which the run makes no use."""
    for option in given:
        if not uses_option(spec, option):
            name, whose = (
                spec.similarity.name,
                f"loss {spec.loss.name}" if spec.loss else f"learner {spec.learner.name}",
            )
            expected = f"option {option} of {name}: expected a loss or shot rule by logits, which alone have it"
            raise RequestError(f"{expected}, got {whose}", "options", name, option)


def _by_logit(spec: RunSpec) -> bool:
    if spec.shot_rule == "attention":
        return True
    needs = find("losses", spec.loss.name).marks.needs if spec.loss else ""
    return needs == "logit" or bool(spec.loss and spec.loss.options.get("learned_scale"))

"""The keys of a table's rows and columns, and the value of a spec under each."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from fewshot.core.errors import unknown
from fewshot.core.spec.names import FOLD
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.registry.lookup import entries, plain

NONE = "–"
TASK = "task"  # the one key that is no spec's but a figure's
VERIFIED = "verification"  # among a table's columns: blocks of rates and costs of pairs below it
RATE = "learning_rate"
SPREAD = "sd over seeds"  # the heading of a column that belongs to the one before


@dataclass(frozen=True)
class Key:
    """A column's header, a spec's value under it (None if it has none), and the value's phrase in a sentence."""

    header: str
    value: Callable[[RunSpec], object]
    phrase: str = "{}"


def _normalise(spec: RunSpec) -> str | None:
    return spec.normalise if spec.normalise != "none" else None


def _protocol(spec: RunSpec) -> str | None:
    """The protocol with its options, but for the fold: all folds are of one method."""
    options = {name: value for name, value in spec.protocol.options.items() if name != FOLD}
    return _named("protocols", replace(spec.protocol, options=options))


def _of_recipe(name: str) -> Callable[[RunSpec], object]:
    """A distortion's value; None without that distortion."""
    return lambda spec: (spec.training and getattr(spec.training, name)) or None


def _turn(spec: RunSpec) -> str | None:
    return spec.training.turn if spec.training and spec.training.turn != "none" else None


def _copies(spec: RunSpec) -> int | None:
    return spec.training.copies if spec.training and spec.training.pairs else None


def several(spec: RunSpec, name: str) -> str:
    """A method's name, behind "5 × " for the ensemble of five networks."""
    return f"{len(spec.members)} × {name}" if spec.members else name


def _method(spec: RunSpec) -> str:
    """The loss, or the learner for one that it lacks."""
    return several(spec, _named("losses", spec.loss) or _named("learners", spec.learner) or "")


KEYS = {
    "method": Key("method", _method),
    # A learner stands for the loss that it lacks.
    "loss": Key("loss", lambda spec: _called("losses", spec.loss) or spec.learner.name),
    "learner": Key("learner", lambda spec: spec.learner.name),
    "similarity": Key("similarity", lambda spec: _named("similarities", spec.similarity)),
    "backbone": Key("backbone", lambda spec: spec.backbone and spec.backbone.name),
    "network": Key("network", lambda spec: _named("backbones", spec.backbone)),
    "size": Key("px", lambda spec: spec.size, "{} px"),
    "learn": Key("trained on", lambda spec: spec.training and spec.training.learn, "trained on {}"),
    "steps": Key("steps", lambda spec: spec.training and spec.training.steps, "{} steps"),
    "pairs": Key("pairs", lambda spec: (spec.training and spec.training.pairs) or None, "{} pairs"),
    "copies": Key("copies", _copies, "{} copies of each pair"),
    RATE: Key("rate", lambda spec: spec.training and spec.training.learning_rate, "rate {}"),
    "shot_rule": Key("shot rule", lambda spec: spec.training and spec.shot_rule),
    "views": Key("views", lambda spec: spec.learner.options.get("views"), "the mean of {} views"),
    "normalise": Key("normalisation", _normalise, "normalised by {} mean and deviation"),
    "resize": Key("resize", lambda spec: spec.dataset.options.get("resize") or None, "stored at {} px"),
    "images": Key("images", lambda spec: spec.dataset.options.get("images"), "{} images"),
    "strokes": Key("strokes", lambda spec: spec.dataset.options.get("strokes"), "strokes: {}"),
    "optimiser": Key("optimiser", lambda spec: spec.training and spec.training.optimiser, "by {}"),
    "affine": Key("affine", _of_recipe("affine"), "distorted with probability {}"),
    "turn": Key("turn", _turn, "turned by {}"),
    "class_affine": Key("class affine", _of_recipe("class_affine"), "classes distorted with probability {}"),
    "crop": Key("crop", _of_recipe("crop"), "crops of at least {} of the area"),
    "flip": Key("flip", _of_recipe("flip"), "mirrored with probability {}"),
    "jitter": Key("jitter", _of_recipe("jitter"), "colour jitter of {}"),
    "protocol": Key("protocol", _protocol, "protocol {}"),
    "dataset": Key("data set", lambda spec: spec.dataset.name),
    "stage": Key("stage", lambda spec: spec.stage, "stage {}"),
    "revision": Key("revision", lambda spec: spec.revision, "revision {}"),
    "fold": Key("fold", lambda spec: f"{spec.fold} of {spec.folds}" if spec.folds else None, "fold {}"),
}
RECIPE = ("normalise", "resize", "class_affine", "crop", "flip", "jitter")
NOTED = (*RECIPE, "views")  # in a note where all trained rows have it
EVALUATION = ("dataset", "protocol", "stage", "fold")  # in columns where they differ
IDENTITY = ("method", "similarity", "network", "size", "learn", "steps")
TRAINED = ("learn", "steps", "pairs", "copies", "learning_rate", "shot_rule")  # of trained methods alone
SHADES = ({"method", "loss", "learner"}, {"backbone", "network"})  # keys for the same, more or less fine


def shown(spec: RunSpec, key: str) -> str:
    """A spec's text under a key, as in a cell: "7,500"; a dash where it has none."""
    value = KEYS[key].value(spec)
    if isinstance(value, float):
        return f"{value:g}"
    return NONE if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def texts(spec: RunSpec) -> dict[str, str]:
    """A spec's text under every key."""
    return {key: shown(spec, key) for key in KEYS}


def phrase(key: str, text: str) -> str:
    """The text under a key as part of a sentence: "7,500 steps"."""
    if text != NONE:
        return KEYS[key].phrase.format(text)
    return "untrained" if key in TRAINED else f"no {KEYS[key].header}"


def fits(spec: RunSpec, wanted: dict) -> bool:
    """True of a spec with the value that is `wanted` under each key: `{"loss": "triplet", "size": 28}`."""
    for key in wanted:
        if key not in KEYS:
            raise unknown("key of a row", key, KEYS)
    return all(
        value == KEYS[key].value(spec)
        or str(value) == shown(spec, key)
        or (key == "loss" and spec.loss and value == spec.loss.name)
        for key, value in wanted.items()
    )


def _named(kind: str, part: Part | None) -> str | None:
    """A part's name with the options that are not its defaults: "conv4(widths=[64, 128, 128, 256])"."""
    if part is None:
        return None
    entry = entries(kind).get(part.name.partition(":")[0])
    known = {**entry.options, entry.family: part.options.get(entry.family)} if entry else {}
    given = {key: value for key, value in part.options.items() if value != plain(known.get(key))}
    named = _called(kind, part)
    return f"{named}({', '.join(f'{key}={value}' for key, value in given.items())})" if given else named


def _called(kind: str, part: Part | None) -> str | None:
    """A part's name as users write it ("baseline++")."""
    if part is None:
        return None
    entry = entries(kind).get(part.name)
    return entry.called if entry else part.name

"""Texts on trainings that went wrong: collapsed images, a first loss far above chance, a common offset."""

from fewshot.records.record import RunRecord

FAR = 5  # times the loss of chance


def training_notes(record: RunRecord) -> list[str]:
    """A text on each thing that went wrong in a record's training; old records have no facts on these."""
    return [text for find in (_collapsed, _far_from_chance, _offset) if (text := find(record))]


def _collapsed(record: RunRecord) -> str:
    """Text on a training whose images could not be told apart, by their training classes, at its end."""
    looks = record.facts.get("looks", ())
    if not looks or looks[-1]["rank1"] >= 2 * looks[-1]["chance"]:
        return ""
    last = looks[-1]
    return (
        f"collapsed: after {last['step']:,} steps rank-1 on training classes is {last['rank1']:.1%} (chance "
        f"{last['chance']:.1%}), and images of different classes have a mean cosine of {last['cosine']:.2f}"
    )


def _far_from_chance(record: RunRecord) -> str:
    """Text on a training whose first loss was far above the loss of equal embeddings."""
    found = record.facts.get("first_loss")
    if not found or found["loss"] <= FAR * found["chance"]:
        return ""
    times = found["loss"] / found["chance"]
    return (
        f"its first loss, {found['loss']:.3g}, was {times:.3g} times that of chance: a smaller scale may train better"
    )


def _offset(record: RunRecord) -> str:
    """Text on embeddings of which float32 would lose digits."""
    if not (found := record.facts.get("offset")):
        return ""
    return f"embeddings share an offset of {found:.0f} times their spread, so they were compared in float64"

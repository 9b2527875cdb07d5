"""Texts on trainings that went wrong: collapsed images, a first loss far above chance, a common offset."""

from fewshot.records.record import RunRecord

FAR = 5  # times the loss of chance
LITTLE = 0.05  # of the way from chance to 100 %
ALIKE = 0.95  # cosine of images of different classes


def training_notes(record: RunRecord) -> list[str]:
    """A text on each thing that went wrong in a record's training; old records have no facts on these."""
    return [text for find in (collapsed, _far_from_chance, _offset) if (text := find(record))]


def collapsed(record: RunRecord) -> str:
    """Text on a training at whose end rank-1 is that of chance, or little more and all images lie in one direction."""
    if not (looks := record.facts.get("looks")):
        return ""
    last = looks[-1]
    little = last["chance"] + LITTLE * (1 - last["chance"])
    if last["rank1"] > last["chance"] and (last["rank1"] > little or last["cosine"] < ALIKE):
        return ""
    return (
        f"collapsed: after {last['step']:,} steps rank-1 on training classes is {100 * last['rank1']:.1f} % (chance "
        f"{100 * last['chance']:.2g} %), and images of different classes have a mean cosine of {last['cosine']:.2f}"
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

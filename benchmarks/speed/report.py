"""What was measured, in words: a Markdown table a measurement."""

import statistics
from collections.abc import Iterator, Sequence

from turns import ratio

HEAD = {
    "drawing": ("drawing and gathering a task as float images", "a task"),
    "step": ("a training step of conv4, prototypical loss", "a step"),
    "learning": ("whole training steps, from drawing to new weights", "a step"),
    "evaluation": ("10,000 test episodes, conv4", "an episode"),
}
OURS = "fewshot"


def report(found: dict) -> str:
    """Everything of one run on one machine; equal measurements give equal words."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: dict) -> Iterator[str]:
    facts = found["facts"]
    yield f"**{facts['processor']}, {facts['threads']} threads, {facts['device']}, torch {facts['versions']['torch']}**"
    yield ""
    yield f"Medians of {facts['rounds']} rounds, in which the contestants took turns; ratios (least to most) by round."
    for kind, (head, piece) in HEAD.items():
        yield from ("", f"| {head} | | ms {piece} | times ours |", "|---|---|---|---|")
        for task, seconds in found[kind].items():
            mine = next(values for name, values in seconds.items() if name.startswith(OURS))
            for name, values in seconds.items():
                times = "" if values is mine else str(ratio(values, mine))
                yield f"| {task} | {name} | {1000 * statistics.median(values):.3g} | {times} |"
    yield from _rates(found)
    yield from ("", "| command | seconds to its answer |", "|---|---|")
    for command, values in found["answers"].items():
        yield f"| `{command}` | {statistics.median(values):.2f} |"
    shares = found["shares"]
    yield from ("", f"| where a step's time goes, % | {' | '.join(shares)} |", f"|---|{'---|' * len(shares)}")
    for kind in next(iter(shares.values())):
        yield f"| {kind} | {' | '.join(f'{100 * of[kind]:.0f}' for of in shares.values())} |"
    yield from ("", "| training at 105 px | MB of images, mapped | MB before | MB at most |", "|---|---|---|---|")
    for protocol, held in found["holding"].items():
        yield f"| {protocol} | {' | '.join(f'{held[key] / 2**20:.0f}' for key in ('images', 'before', 'most'))} |"
    yield from ("", *_same(found["same"]))


def _rates(found: dict) -> Iterator[str]:
    """The operations a second of our steps beside those of matrix products."""
    yield from (
        "",
        "| 10⁹ operations a second | a training step of ours | matrix products | share |",
        "|---|---|---|---|",
    )
    for precision, rates in found["matrices"].items():
        both = " | ".join(f"{statistics.median(rates[what]) / 1e9:.0f}" for what in ("step", "products"))
        yield f"| {precision} | {both} | {ratio(rates['step'], rates['products'])} |"


def _same(same: dict) -> Sequence[str]:
    losses = "; ".join(f"{how}: {value:.1e}" for how, value in same["loss"].items())
    return (
        f"- the loss on the same weights and images differs from the ordinary one's by this share of it: {losses}",
        f"- the accuracy of an episode differs by {same['accuracy']:.1e} at most",
    )

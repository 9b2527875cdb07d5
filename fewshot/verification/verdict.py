"""`Verdict`: the outcome of one comparison, in one line or as plain values."""

from dataclasses import asdict, dataclass

MATCH, NON_MATCH, UNDETERMINED = "match", "non-match", "undetermined"


@dataclass(frozen=True)
class Verdict:
    """The outcome of comparing a probe with a reference: "match", "non-match" or "undetermined".

    `ratio` is the natural logarithm of the likelihood ratio of "same" to "different", and `probability` that of "same"
    at the prior; both are None for a network without calibration. The images match if the score is at least the
    threshold, which was `chosen` in the way that this text gives. Of an image that cannot be used nothing follows: the
    verdict is undetermined, with the `reason` and without a score.
    """

    reference: str
    probe: str
    verdict: str
    score: float | None = None
    ratio: float | None = None
    probability: float | None = None
    prior: float = 0.5
    threshold: float | None = None
    chosen: str = ""
    reason: str = ""

    def plain(self) -> dict:
        """The verdict as plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        if self.score is None:
            return f"{self.verdict}: {self.reason}"
        sign = ">=" if self.verdict == MATCH else "<"
        parts = [f"score {self.score:.4g} {sign} threshold {self.threshold:.4g} ({self.chosen})"]
        if self.ratio is None:
            parts += ["no calibration"]
        else:
            parts += [f"log-likelihood ratio {self.ratio:+.2f}", f"probability {self.probability:.3f}"]
            parts[-1] += f" (prior {self.prior:g})"
        return f"{self.verdict}: {', '.join(parts)}"

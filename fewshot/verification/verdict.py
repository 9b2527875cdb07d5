"""`Verdict`: the outcome of one comparison, in one line or as plain values, and the checks of what it is by."""

from dataclasses import asdict, dataclass

from fewshot.core.checks import check_type
from fewshot.core.errors import RequestError

MATCH, NON_MATCH, UNDETERMINED = "match", "non-match", "undetermined"


@dataclass(frozen=True)
class Verdict:
    """The outcome of comparing a probe with a reference: "match", "non-match" or "undetermined".

    `log_likelihood_ratio` is the natural logarithm of the ratio of "same" to "different", and `probability` that of
    "same" at the prior; both are None for a network without calibration. The images match if the score is at least the
    threshold, which was `chosen` in the way that this text gives. Of an image that cannot be used nothing follows: the
    verdict is undetermined, with the `reason` and without a score. `rule` is how several `references` were compared.
    """

    references: tuple[str, ...]
    probe: str
    verdict: str
    score: float | None = None
    log_likelihood_ratio: float | None = None
    probability: float | None = None
    prior: float = 0.5
    threshold: float | None = None
    chosen: str = ""
    reason: str = ""
    rule: str = ""

    def plain(self) -> dict:
        """The verdict as plain values, for JSON."""
        return asdict(self)

    @property
    def reference(self) -> str:
        """The names of all references as one text."""
        return ", ".join(self.references)

    def __str__(self) -> str:
        if self.score is None:
            return f"{self.verdict}: {self.reason}"
        sign = ">=" if self.verdict == MATCH else "<"
        by = f" by {self.rule}" if self.rule else ""
        parts = [f"score {self.score:.4g}{by} {sign} threshold {self.threshold:.4g} ({self.chosen})"]
        if self.log_likelihood_ratio is None or self.probability is None:
            parts += ["no calibration"]
        else:
            parts += [f"log-likelihood ratio {self.log_likelihood_ratio:+.2f}"]
            parts += [f"probability {shown(self.probability)} (prior {self.prior:g})"]
        return f"{self.verdict}: {', '.join(parts)}"


def shown(probability: float) -> str:
    """A probability with three decimals, or the bound beyond which it would look like 0 or 1.

    >>> shown(0.25), shown(2e-5), shown(0.99998)
    ('0.250', '<0.001', '>0.999')
    """
    return "<0.001" if probability < 0.0005 else ">0.999" if probability > 0.9995 else f"{probability:.3f}"


def named_point(at: str) -> str:
    """The name of an operating point as networks have it: "fmr=0.01" for "fmr=1e-2"."""
    key, _, rate = at.partition("=")
    try:
        return f"{key}={float(rate):g}" if rate else at
    except ValueError:
        return at


def check_prior(prior: float) -> None:
    """Raise `RequestError` for a prior that is no probability, and for 0 and 1, which no image could change."""
    check_type("prior", prior, float)
    if not 0 < prior < 1:
        raise RequestError(f"prior: expected a probability between 0 and 1, got {prior!r}")

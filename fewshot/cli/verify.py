"""`fewshot verify`: whether two images show the same class, by a trained network.

fewshot verify a.png b.png                          # handwritten characters, by the network in the package
fewshot verify a.png b.png --at fmr=1e-2 --json
fewshot verify mine1.png mine2.png mine3.png theirs.png --model 9d0c5f8a1b2c
fewshot verify signatures/anna questioned --best my_suite.toml --threshold -3.5
"""

import argparse
import json
from collections.abc import Sequence

from fewshot.cli import network_options
from fewshot.cli.columns import columns
from fewshot.core.errors import RequestError, one_line

CODES = {"match": 0, "non-match": 3, "undetermined": 4}
HEADER = ("reference", "probe", "score", "log-likelihood ratio", "probability", "verdict")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot verify`."""
    several = "an image, several images of one class, or a folder of images that are each compared"
    parser.add_argument("references", nargs="+", type=network_options.named, metavar="A", help=several)
    parser.add_argument(
        "probe", type=network_options.named, metavar="B", help="the image to compare with A, or a folder of such images"
    )
    network_options.add_network(parser)
    limit = parser.add_mutually_exclusive_group()
    limit.add_argument("--at", default="eer", metavar="POINT", help="a threshold chosen on val: eer, fmr=1e-2, … (eer)")
    limit.add_argument("--threshold", type=float, metavar="SCORE", help="a threshold of your own (none)")
    parser.add_argument("--prior", type=float, default=0.5, metavar="P", help="share of pairs that are the same (0.5)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def do(options: argparse.Namespace) -> int:
    """Print the verdicts of the parsed options, and return the exit code: of one pair 0, 3 or 4, of a table 0."""
    from fewshot.verification.verdict import check_prior

    given = {"at": options.at, "threshold": options.threshold, "prior": options.prior}
    verifier = network_options.verifier_of(options)
    verifier.threshold(options.at, options.threshold)  # refused, as a wrong prior is, before any image is read
    check_prior(options.prior)
    table = len(known := options.references) == 1 and network_options.is_folder(known[0])
    if any(map(network_options.is_folder, known)) and not table:
        raise RequestError(f"A: expected images of one class, or one folder, got a folder among {len(known)}")
    probes, references = (network_options.templates_of(verifier, some) for some in ([options.probe], known))
    probes, references = [*probes], [*references]
    found = [
        verdict
        for some in ([[one] for one in references] if table else [references])
        for verdict in verifier.verdicts(some, probes, **given)
    ]
    changes = {one.name: one.change for one in (*references, *probes) if one.change and one.embedding is not None}
    table = table or network_options.is_folder(options.probe)
    if options.json:
        plain = [verdict.plain() for verdict in found]
        about = {"network": verifier.network.spec.id, "changes": changes}
        print(json.dumps(about | ({"verdicts": plain} if table else plain[0])))
    else:
        network_options.print_changes((*references, *probes))
        print("\n".join(_lines(found)) if table else one_line(str(found[0])))
    return 0 if table else CODES[found[0].verdict]


def _lines(found: Sequence["Verdict"]) -> list[str]:
    """The table of several verdicts, its threshold and the reasons of the undetermined ones."""
    from fewshot.verification.verdict import shown

    rows = [HEADER]
    for one in found:
        numbers = (one.score, "{:.4g}".format), (one.log_likelihood_ratio, "{:+.2f}".format), (one.probability, shown)
        texts = ("–" if value is None else text(value) for value, text in numbers)
        rows.append((one_line(one.reference), one_line(one.probe), *texts, one.verdict))
    lines = columns(rows)
    scored = next((one for one in found if one.score is not None), None)
    by = f", references by {scored.rule}" if scored and scored.rule else ""
    lines += [f"threshold {scored.threshold:.4g} ({scored.chosen}), prior {scored.prior:g}{by}"] if scored else []
    return [*lines, *dict.fromkeys(one_line(f"undetermined: {one.reason}") for one in found if one.reason)]

"""`fewshot identify`: who of a gallery images show, as ranked candidates, or nobody.

fewshot identify probe.png --gallery people.gallery --model 9d0c5f8a1b2c
fewshot identify probes --gallery letters.gallery --top 1 --at fmr=1e-3 --json
fewshot identify probe.png --gallery people.gallery --threshold -3.5 --prior 0.9
"""

import argparse
import json
from collections.abc import Callable, Sequence
from itertools import tee

from fewshot.cli import network_options
from fewshot.cli.columns import columns
from fewshot.core.errors import one_line

CODES = {"candidate": 0, "nobody": 3, "undetermined": 4}
HEADER = ("probe", "rank", "identity", "score", "probability")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot identify`."""
    images = {"metavar": "IMAGES", "help": "images, or folders of images"}
    parser.add_argument("images", nargs="+", type=network_options.named, **images)
    network_options.add_gallery(parser)
    network_options.add_network(parser)
    parser.add_argument("--top", type=int, default=5, metavar="N", help="candidates for an image, at most (5)")
    limit = parser.add_mutually_exclusive_group()
    point = "a threshold chosen on val, for one comparison: eer, fmr=1e-3, … (fmr=1e-2)"
    limit.add_argument("--at", default="fmr=0.01", metavar="POINT", help=point)
    limit.add_argument("--threshold", type=float, metavar="SCORE", help="a threshold of your own (none)")
    prior = "share of probes that show somebody of the gallery (0.5)"
    parser.add_argument("--prior", type=float, default=0.5, metavar="P", help=prior)
    parser.add_argument("--json", action="store_true", help="print JSON")


def do(options: argparse.Namespace) -> int:
    """Print the candidates of the parsed options, and return the exit code: of one image 0, 3 or 4, of several 0."""
    from fewshot.gallery.gallery import Gallery

    verifier = network_options.verifier_of(options)
    verifier.threshold(options.at, options.threshold)  # refused before any image is read
    probes, templates = tee(network_options.templates_of(verifier, options.images))  # embedded once all else is right
    given = {"top": options.top, "at": options.at, "threshold": options.threshold, "prior": options.prior}
    found = [*Gallery(options.gallery, verifier).identify(probes, **given)]
    templates = [*templates]
    if options.json:
        changes = {one.name: one.change for one in templates if one.change and one.embedding is not None}
        about = {"network": verifier.id, "changes": changes, "probes": [one.plain() for one in found]}
        print(json.dumps(about))
    else:
        network_options.print_changes(templates)
        print("\n".join(_lines(found)))
    return CODES[found[0].outcome] if len(found) == 1 else 0


def _lines(found: Sequence["Identification"]) -> list[str]:
    """The table of candidates, what they are by, and the reasons of those undetermined."""
    from fewshot.verification.verdict import shown

    rows = [HEADER]
    for one in found:
        for rank, hit in enumerate(one.candidates, 1):
            rows.append((one.probe, f"{rank}", hit.identity, f"{hit.score:.4g}", _or_none(hit.probability, shown)))
        if not one.candidates:
            best = _or_none(one.best, "{:.4g}".format)
            rows.append((one.probe, "–", one.outcome, best, _or_none(one.nobody, shown)))
    lines = columns(tuple(map(one_line, row)) for row in rows)
    one = found[0]
    by = f", several images by {one.rule}" if one.rule else ""
    about = f"threshold {one.threshold:.4g} ({one.chosen}), prior {one.prior:g}{by}"
    lines.append(f"{one.identities:,} identities, {about}{_strangers(one)}")
    return [*lines, *dict.fromkeys(one_line(f"undetermined: {one.reason}") for one in found if one.reason)]


def _strangers(one: "Identification") -> str:
    """The share of strangers that pass, were all comparisons independent."""
    key, _, rate = one.chosen.partition(",")[0].partition("=")
    if key != "fmr":
        return ""
    share = 100 * (1 - (1 - float(rate)) ** one.identities)
    return f"; about {share:.{int(share < 10)}f} % of strangers have a candidate"


def _or_none(value: float | None, text: Callable[[float], str]) -> str:
    return "–" if value is None else text(value)

"""`fewshot gallery list`: the identities of a gallery, with their numbers of images.

fewshot gallery list --gallery people.gallery
fewshot gallery list --gallery people.gallery --json
"""

import argparse
import json
from collections import Counter

from fewshot.cli import network_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot gallery list`."""
    network_options.add_gallery(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def do(options: argparse.Namespace) -> int:
    """Print the identities of the parsed options' gallery, and return the exit code."""
    from fewshot.gallery.store import Store

    found = Store(options.gallery).read()
    counts = dict(sorted(Counter(found.identities).items()))
    if options.json:
        print(json.dumps({"network": found.network, "identities": counts}))
        return 0
    width = max(map(len, counts), default=0)
    lines = [f"{name:<{width}}  {count:,}" for name, count in counts.items()]
    by = f", network {found.network}" * bool(found.network)
    print("\n".join([*lines, f"{len(counts):,} identities, {len(found.numbers):,} images{by}"]))
    return 0

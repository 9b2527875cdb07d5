"""`fewshot check-plugin`: a user's parts, held to the promises of their kinds."""

import argparse

from fewshot.registry.lookup import add_plugin


def check_plugin(options: argparse.Namespace) -> int:
    """Print what was checked; a breach is refused with the reason."""
    from fewshot.conformance import check

    for entry in [add_plugin(file) for file in options.file]:
        for line in check(entry.kind, entry.name):
            print(line)
    return 0

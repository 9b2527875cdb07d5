"""`fewshot check-plugin`: a user's parts, held to the promises of their kinds."""

import argparse

from fewshot.registry.lookup import add_plugin


def check_plugin(options: argparse.Namespace) -> int:
    """Print a line for each promise that is kept; a breach is refused with the reason."""
    from fewshot.conformance import check

    for entry in [add_plugin(file) for file in options.file]:
        for line in check(entry.kind, entry.name, thorough=options.thorough):
            print(line)
    return 0

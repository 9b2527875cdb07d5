"""`fewshot check-plugin`: whether parts of the user's own keep what their kinds promise."""

import argparse

from fewshot.registry import add_plugin


def check_plugin(options: argparse.Namespace) -> int:
    """Print what was checked; a breach is refused with the reason."""
    from fewshot.conformance import check

    for entry in [add_plugin(file) for file in options.file]:
        for line in check(entry.kind, entry.name):
            print(line)
    return 0

"""`fewshot gallery check`: whether each row of a gallery's file is as it was written.

fewshot gallery check --gallery people.gallery
fewshot gallery check --gallery letters.gallery
"""

import argparse

from fewshot.cli import network_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot gallery check`."""
    network_options.add_gallery(parser)


def do(options: argparse.Namespace) -> int:
    """Check the parsed options' gallery, and return the exit code."""
    from fewshot.gallery.store import Store

    found = Store(options.gallery).check()
    count = f"{len({*found.identities}):,} identities, {len(found.numbers):,} images"
    print(f"{options.gallery}: {count}, as they were written")
    return 0

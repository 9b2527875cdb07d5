"""`fewshot gallery show`: the images of one identity of a gallery, by number.

fewshot gallery show anna --gallery people.gallery
fewshot gallery show "letter A" --gallery letters.gallery
"""

import argparse

from fewshot.cli import network_options
from fewshot.cli.columns import columns
from fewshot.core.errors import unknown


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot gallery show`."""
    parser.add_argument("name", metavar="NAME", help="the identity")
    network_options.add_gallery(parser)


def do(options: argparse.Namespace) -> int:
    """Print the images of the parsed options' identity, and return the exit code."""
    from fewshot.gallery.names import identity_name
    from fewshot.gallery.store import Store

    name, found = identity_name(options.name), Store(options.gallery).read()
    rows = [
        (f"{number}", digest.hex()[:12], file)
        for number, owner, file, digest in zip(found.numbers, found.identities, found.files, found.digests, strict=True)
        if owner == name
    ]
    if not rows:
        raise unknown("identity", name, {*found.identities})
    print("\n".join(columns([("number", "digest", "file"), *rows])))
    return 0

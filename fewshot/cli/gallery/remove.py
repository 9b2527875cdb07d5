"""`fewshot gallery remove`: an identity or some of its images, removed from a gallery and overwritten in its file.

fewshot gallery remove anna --gallery people.gallery
fewshot gallery remove anna --image 3 --image 7 --gallery people.gallery    # numbers as `gallery show` has them
"""

import argparse

from fewshot.cli import network_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot gallery remove`."""
    parser.add_argument("name", metavar="NAME", help="the identity")
    some = "an image by its number; several times for several (all images)"
    parser.add_argument("--image", type=int, action="append", default=[], metavar="NUMBER", help=some)
    network_options.add_gallery(parser)


def do(options: argparse.Namespace) -> int:
    """Remove the images of the parsed options, and return the exit code."""
    from fewshot.gallery.names import identity_name
    from fewshot.gallery.store import Store

    name = identity_name(options.name)
    count = Store(options.gallery).remove(name, options.image)
    print(f"{options.gallery}: {name}: {count:,} images removed")
    return 0

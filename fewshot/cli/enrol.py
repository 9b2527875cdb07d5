"""`fewshot enrol`: images of one identity, added to a gallery.

fewshot enrol anna anna1.png anna2.png --gallery people.gallery --model 9d0c5f8a1b2c
fewshot enrol "letter A" letters/a --gallery letters.gallery    # handwritten characters, by the network in the package
"""

import argparse
import sys

from fewshot.cli import network_options
from fewshot.core.errors import one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot enrol`."""
    parser.add_argument("name", metavar="NAME", help="the identity that all images show")
    images = {"metavar": "IMAGES", "help": "images, or folders of images"}
    parser.add_argument("images", nargs="+", type=network_options.named, **images)
    network_options.add_gallery(parser)
    network_options.add_network(parser)


def do(options: argparse.Namespace) -> int:
    """Enrol the images of the parsed options, and return the exit code."""
    from fewshot.gallery.gallery import Gallery
    from fewshot.gallery.names import identity_name

    name = identity_name(options.name)  # refused before any image is read
    verifier = network_options.verifier_of(options)
    templates = [*network_options.templates_of(verifier, options.images)]
    done = Gallery(options.gallery, verifier).enrol(name, templates)
    network_options.print_changes(templates)
    for one in done.failed:
        print(one_line(f"fewshot: failure to enrol: {one.name}: {one.change}"), file=sys.stderr)
    there = f", {done.there:,} enrolled already" * bool(done.there)
    failed = f", failures to enrol: {len(done.failed):,}" * bool(done.failed)
    print(f"{options.gallery}: {name}: {done.added:,} images enrolled{there}{failed}")
    return 0

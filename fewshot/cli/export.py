"""`fewshot export`: the encoder of a trained network, from images to embeddings, for other programs.

fewshot export --format onnx characters.onnx
fewshot export --model 9d0c5f8a1b2c --format torchscript faces.pt
"""

import argparse
from pathlib import Path

from fewshot.cli import network_options
from fewshot.core.files import check_place

FORMATS = ("onnx", "torchscript")  # as in verification.export_formats, which imports torch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot export`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the file to write")
    parser.add_argument("--format", choices=FORMATS, required=True, help="its form; onnx needs the extra export")
    network_options.add_network(parser)


def do(options: argparse.Namespace) -> int:
    """Write the encoder of the parsed options, print how near it is to torch's, and return the exit code."""
    check_place(options.file, *([Path(options.model)] if options.model else []))
    from fewshot.verification.export import expected, export

    verifier = network_options.verifier_of(options)
    apart = export(verifier, options.format, options.file)
    about = expected(verifier)
    takes = f"from uint8 [{' '.join(map(str, about['shape']))}] to embeddings"
    print(f"{options.file}: {takes}, which differ from fewshot's by at most {apart:.1e} of the largest number in them")
    print(f"images: {about['images']} (in its metadata too)")
    return 0

"""`fewshot init`: a commented file to start from, a suite for a folder of images or a part of your own.

fewshot init folder:photographs                    # writes mine.toml
fewshot init loss --out my_margin.py               # a loss called my_margin
fewshot init backbone
"""

import argparse
import ast
import keyword
import shlex
from itertools import chain
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.core.errors import RequestError, some
from fewshot.core.files import write_whole
from fewshot.data.locations import data_folders
from fewshot.registry.lookup import entries
from fewshot.registry.source import KINDS

PARTS = ("loss", "backbone", "similarity")
TEMPLATES = Path(__file__).parent / "templates"
FOLDER = "folder:"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot init`."""
    parser.add_argument("kind", metavar="folder:DIR|loss|backbone|similarity", help="the images, or the kind of part")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the new file (mine.toml, or my_loss.py and the like)")
    suite_options.add_data(parser)


def do(options: argparse.Namespace) -> int:
    """Write the file of the parsed options, and return the exit code."""
    if options.kind in PARTS:
        if options.data:
            raise RequestError(f"--data: expected beside folder:DIR, got it beside {options.kind}")
        return part(options.kind, options.out or Path(f"my_{options.kind}.py"))
    if options.kind.startswith(FOLDER) and options.kind != FOLDER:
        return suite(options.kind.removeprefix(FOLDER), options.out or Path("mine.toml"), options.data)
    near = f"; {FOLDER}{options.kind} is its images" if Path(options.kind).exists() else ""
    raise RequestError(f"expected folder:DIR or one of {', '.join(PARTS)}, got {options.kind!r}{near}")


def part(kind: str, file: Path) -> int:
    """Write a working plug-in, and print how to check and run it."""
    _check_new(file, ".py")
    name = file.stem
    if not name.isidentifier() or keyword.iskeyword(name):
        raise RequestError(f"{file}: expected a name in Python, as the {kind} is called like its file, got {name!r}")
    if name in entries(KINDS[kind]):
        raise RequestError(f"{file}: expected the name of a new {kind}, got {name}, which there is")
    text = (TEMPLATES / f"my_{kind}.py").read_text(encoding="utf-8").replace(f"my_{kind}", name)
    if name in _imported(text):
        raise RequestError(f"{file}: expected a name that a {kind} does not import, got {name}")
    write_whole(file, text.encode(), over=False)
    shown = shlex.quote(str(file))
    print(f"{file}: a {kind} to change")
    print(f"next: fewshot check plugin {shown} --thorough\n      fewshot run quickstart --add {shown}")
    return 0


def _imported(text: str) -> set[str]:
    """The names that a text in Python imports."""
    imports = [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Import | ast.ImportFrom)]
    return {alias.asname or alias.name.split(".")[0] for one in imports for alias in one.names}


def suite(path: str, file: Path, data: Path | None) -> int:
    """Survey a folder of images, write a suite for it, and print how to run it."""
    from fewshot.cli.starter import starter, starter_suite
    from fewshot.data.readers.find_folder import find_folder
    from fewshot.data.readers.survey import survey

    _check_new(file, ".toml")
    here = "./" * (path.replace("\\", "/").startswith("./") and Path(path) != Path())  # which a Path leaves out
    name, where = f"{FOLDER}{here}{Path(path)}", find_folder(path, data_folders(data))
    found = survey(where, name)
    try:
        lost = {one: len(files) for one, files in found.damaged.items()}
        chosen = starter(found.counts, found.side, lost)
        text = starter_suite(name, found.channels, found.summary, chosen, found.bits)
        write_whole(file, text.encode(), over=False)
    except (RequestError, UnicodeEncodeError) as error:
        raise RequestError(f"{name}: {error}") from error
    place = f" --data {shlex.quote(str(data))}" if data else ""
    print(f"{name}: {found.summary}\nread from {where.resolve()}")
    if found.damaged:
        print(f"damaged: {some(chain.from_iterable(found.damaged.values()))}")
    if found.others:
        print(f"not read: {found.others}")
    if chosen.min_images:
        small = sum(count < chosen.min_images for own in found.counts.values() for count in own.values())
        classes = f"{small} class{'es' if small > 1 else ''}"
        print(f"left out: {classes} of fewer than {chosen.min_images} images (min_images)")
    print(f"{file}: a suite to change\nnext: fewshot run {shlex.quote(str(file))}{place}")
    return 0


def _check_new(file: Path, suffix: str) -> None:
    """Refuse a file with another ending, and one that exists."""
    if file.suffix != suffix:
        raise RequestError(f"--out {file}: expected a name that ends in {suffix}")
    if file.exists() or file.is_symlink():
        raise RequestError(f"{file}: expected a new file, got one that is there; --out FILE names another")

"""`fewshot list`: parts and suites by name.

fewshot list
fewshot list losses --detail
fewshot list suites
"""

import argparse
from collections.abc import Iterator

from fewshot.core.errors import RequestError
from fewshot.registry.lookup import entries, full_name
from fewshot.registry.source import KINDS, REQUIRED, PartInfo
from fewshot.suites.schema import read_toml
from fewshot.suites.suite import suite_files

SHAPES = {"28 px grey": (1, 28, 28), "84 px colour": (3, 84, 84), "105 px grey": (1, 105, 105)}  # of the benchmarks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot list`."""
    parser.add_argument("kind", nargs="?", choices=[*KINDS.values(), "suites"], help="one kind alone (all)")
    parser.add_argument("--detail", action="store_true", help="with options and defaults (names alone)")


def do(options: argparse.Namespace) -> int:
    """Print the lists of the parsed options, and return the exit code."""
    return parts(options.kind, options.detail)


def parts(only: str | None, detail: bool) -> int:
    """Print names with a summary; in detail also the options and, for backbones alone, the costs."""
    for kind in [only] if only else [*KINDS.values(), "suites"]:
        if not only:
            print(f"{kind}:")
        if kind == "suites":
            for name, file in suite_files().items():
                print(f"  {name:<20} {read_toml(file.read_text('utf-8'))['title']}")
            continue
        for entry in entries(kind).values():
            print(f"  {full_name(entry):<20} {entry.summary}")
            for line in _detail(entry, costs=only == "backbones") if detail else ():
                print(f"  {'':<20}   {line}")
    return 0


def _detail(entry: PartInfo, costs: bool) -> Iterator[str]:
    """Lines for a part's options and costs; a family's option that stands after its colon is left out."""
    for name, default in entry.options.items():
        if name != entry.family:
            yield f"{name}, to be given" if default is REQUIRED else f"{name} = {default!r}"
    if entry.open:
        yield "and the options of its library"
    if not costs:
        return
    for name in [f"{entry.name}:{one}" for one in entry.marks.examples] if entry.family else [entry.name]:
        yield from (f"{name}, {line}" if entry.family else line for line in _costs(name))


def _costs(name: str) -> list[str]:
    """A line for each different cost or refusal, with the sizes of image that share it."""
    from fewshot.evaluation.cost import cost

    sizes_by_line: dict[str, list[str]] = {}
    for size, shape in SHAPES.items():
        try:
            found = cost(name, shape)
            work = f"{found.multiply_adds / 1e6:,.1f} M multiply-adds an image"
            line = f"{found.weights:,} weights, {work}, embedding of {found.dim:,}"
        except RequestError as error:
            line = f"refused: {error}"
        sizes_by_line.setdefault(line, []).append(size)
    return [f"{', '.join(sizes)}: {line}" for line, sizes in sizes_by_line.items()]

"""Parts that installed packages offer as entry points: `my_loss = "my_package.my_module:my_loss"`.

The groups are `fewshot.losses`, `fewshot.backbones` and so on. A part is found through its distribution's files and
read from its source; its package is imported only when the part is used.
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.part_code import no_exit, reason
from fewshot.registry.source import KINDS, PartInfo, read_part


def offered() -> Iterator[PartInfo]:
    """Yield every part that installed distributions offer. Raises `RequestError` that names a broken one's source."""
    points = entry_points()
    for kind in KINDS.values():
        for point in points.select(group=f"fewshot.{kind}"):
            try:
                yield _read(point, kind)
            except (OSError, ValueError) as error:  # a RequestError is a ValueError
                raise RequestError(f"distribution {point.dist.name}, entry point {point.name!r}: {error}") from error


def import_part(entry: PartInfo) -> Callable:
    """Import a part. Raises `RequestError` if it is not from the file that was read."""
    try:
        with no_exit():
            module = importlib.import_module(entry.module)
        part = getattr(module, entry.name)
    except Exception as error:
        raise RequestError(
            f"distribution {entry.distribution}: {entry.module} cannot be imported: {reason(error)}"
        ) from error
    if Path(module.__file__ or "").resolve() != entry.file.resolve():
        came = f"expected {entry.module} from {entry.file}, got it from {module.__file__}"
        raise RequestError(f"distribution {entry.distribution}: {came}")
    return part


def _read(point: EntryPoint, kind: str) -> PartInfo:
    module, _, attribute = (text.strip() for text in point.value.partition(":"))
    if attribute != point.name or not module:
        raise RequestError(f"expected package.module:{point.name}, of the same name, got {point.value!r}")
    entry = read_part(_locate(point, module), attribute, plugin=True)
    if entry.kind != kind:
        raise RequestError(f"{entry.file}: expected one of the {kind}, as its group says, got one of the {entry.kind}")
    return replace(entry, module=module, distribution=point.dist.name)


def _locate(point: EntryPoint, module: str) -> Path:
    top, *below = module.split(".")
    for place in _places(point, top):
        inside = place.joinpath(*below)
        for file in (inside.with_name(f"{inside.name}.py"), inside / "__init__.py"):
            if file.is_file():
                return file
    raise RequestError(f"expected a file of the module {module}, found none")


def _places(point: EntryPoint, top: str) -> Iterator[Path]:
    """Candidate paths of a top package, or of a module without its suffix: in its distribution, or on the import path.

    The latter is for editable installs; nothing is imported.
    """
    yield Path(point.dist.locate_file(top))
    if spec := importlib.util.find_spec(top):
        yield from (Path(folder) for folder in spec.submodule_search_locations or ())
        if spec.origin:
            yield Path(spec.origin).with_suffix("")

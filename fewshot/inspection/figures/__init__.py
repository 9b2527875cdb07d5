"""Figures with images: a task, mistakes, embeddings, training images and filters, a module each as in `FIGURES`.

Images of people, their signatures and photographs stay out of `paper_figures` and out of git.
"""

from collections.abc import Mapping
from pathlib import Path

from fewshot.core.files import write_whole
from fewshot.reporting.figures.given import Given

_HERE = "fewshot.inspection.figures"
PICTURES = {
    name: f"{_HERE}.{name}" for name in ("tasks", "mistakes", "embedding", "augmentations", "filters")
}  # the module of each figure
PUBLIC = ("omniglot", "typefaces")  # data sets whose images, and filters learned from them, anybody may see
COMMITTED = "paper_figures"  # the folder that is in git


def drawable(given: Given, out: Path) -> tuple[Mapping[str, str], str]:
    """The figures with images that may be drawn into a folder, or none and the reason why."""
    private = {record.spec.dataset.name for record in given.records} - {*PUBLIC}
    if private and COMMITTED in out.resolve().parts:
        named = " and ".join(sorted(private))
        return {}, f"would show images of {named}: expected --out, a folder of your own outside {COMMITTED}"
    return PICTURES, ""


def keep_out_of_git(given: Given, folder: Path) -> None:
    """Have git ignore the figures with images in a suite's folder, if these may be of people or photographs."""
    if not folder.is_dir() or {record.spec.dataset.name for record in given.records} <= {*PUBLIC}:
        return
    file = folder / ".gitignore"
    there = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    lines = [*there, *(line for name in PICTURES if (line := f"/{name}.*") not in there)]
    if lines != there:
        write_whole(file, "".join(f"{line}\n" for line in lines).encode())

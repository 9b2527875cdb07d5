"""Figures with images: a task, mistakes, embeddings, training images and filters, a module each as in `FIGURES`.

Images of people, their signatures and photographs stay out of `paper_figures` and out of git.
"""

from collections.abc import Mapping
from pathlib import Path

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
    if folder.is_dir() and {record.spec.dataset.name for record in given.records} - {*PUBLIC}:
        (folder / ".gitignore").write_text("".join(f"/{name}.*\n" for name in PICTURES), encoding="utf-8")

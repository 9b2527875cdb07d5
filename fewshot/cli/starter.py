"""A first suite for a user's folder of images: the tasks, the split and the steps that its classes allow."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from string import Template

from fewshot.core.errors import RequestError
from fewshot.data.class_lists.names import SPLITS, group_of
from fewshot.data.readers.class_split import GROUPS, divided

KEPT = {"classes": 2 / 3, "images": 0.9}  # least shares, where small classes are left out for larger tasks
SHOTS, QUERIES = 5, 15  # as usual in the field, where classes are large enough
WAY, TRAIN_WAY, TRAIN_QUERIES = 5, 20, 4
LEAST = {"train": 2, "val": 3, "test": 3}  # classes: verification pairs are drawn from three
SIZES = (16, 28, 32, 48, 64)  # px
WORK, MOST_STEPS = 2e8, 1000  # pixels of a training, minutes of conv4 on a laptop; steps

Counts = Mapping[str, Mapping[str, int]]  # images of each class by split, or all under "" without named splits


@dataclass(frozen=True)
class Starter:
    """The classes that a suite uses, by split, how many `images` of each a task holds, and the size of the images.

    `shares` are empty where the folder has a split of its own, `min_images` is 0 where no class is left out. Three
    or more `groups` are kept whole where they leave every split enough classes.
    """

    shares: str
    min_images: int
    classes: dict[str, int]
    images: int
    size: int
    resize: int
    groups: str = GROUPS[0]

    @property
    def values(self) -> dict[str, object]:
        """Values for the template."""
        shots = [1, SHOTS] if self.images >= 2 * SHOTS else [1]
        train_way, train_query = min(TRAIN_WAY, self.classes["train"]), min(TRAIN_QUERIES, self.images - 1)
        steps = int(WORK / (train_way * (1 + train_query) * self.size**2)) // 100 * 100
        steps = max(100, min(MOST_STEPS, steps))
        return {
            "size": self.size, "way": min(WAY, self.classes["val"], self.classes["test"]), "shots": shots,
            "query": self.images - shots[-1], "train_way": train_way, "train_query": train_query, "steps": steps,
            "val_every": steps // 4, **self.classes,
        }  # fmt: skip


def starter(counts: Counts, side: int, lost: Mapping[str, int] | None = None) -> Starter:
    """The values of a suite for classes of these sizes and for images whose shorter side is `side`.

    `lost` counts the damaged images of a class, which a run leaves out. Small classes are left out where that makes
    larger tasks and `KEPT` of the others are left. Raises `RequestError` for too few classes.
    """
    size = max((one for one in SIZES if one <= side), default=SIZES[0])
    sides = size, size * 9 // 8 if side >= size * 9 // 8 else 0
    tried = [_of_size(counts, lost or {}, least, *sides) for least in range(SHOTS + QUERIES, 1, -1)]
    if found := [one for one in tried if one]:
        return next((one for one in found if _keeps_enough(counts, one.min_images)), found[-1])
    needed = ", ".join(f"{LEAST[split]} for {split}" for split in SPLITS)
    needed = f"at least {sum(LEAST.values())} classes of two or more images ({needed}: no class is in two of them)"
    there = {split: sum(count > 1 for count in own.values()) for split, own in counts.items()}
    got = ", ".join(f"{number}{split and f' for {split}'}" for split, number in there.items())
    raise RequestError(f"expected {needed}, got {got}")


def starter_suite(dataset: str, channels: int, found: str, chosen: Starter, bits: int = 0) -> str:
    """The text of the suite; `found` describes the folder in a line."""
    lines = {
        "split": (chosen.shares, f'"{chosen.shares}"', "shares of the classes for train, val and test, at random"),
        "groups": (chosen.groups == GROUPS[1], f'"{GROUPS[1]}"', "folders of classes, as of one person, in one split"),
        "channels": (True, channels, "1: grey, 3: colour"),
        "bits": (bits, bits, "in use of 16-bit grey, as 8 of them are kept"),
        "resize": (chosen.resize, chosen.resize, "px a side, as the images are stored: room for random crops"),
        "min_images": (chosen.min_images, chosen.min_images, "smaller classes are left out, and counted in the table"),
        "skip_damaged": (True, "true", "damaged images are left out, and counted in the table"),
    }
    options = "\n".join(f"{key} = {value}  # {why}" for key, (there, value, why) in lines.items() if there)
    title = f"{Path(dataset.partition(':')[2]).name}: classes that were never seen in training"
    quoted = {"title": title, "dataset": dataset}
    quoted = {key: json.dumps(text, ensure_ascii=False) for key, text in quoted.items()}  # TOML too, but for one sign
    quoted = {key: text.replace("\x7f", r"\u007f") for key, text in quoted.items()}
    template = Template((Path(__file__).parent / "templates" / "mine.toml").read_text(encoding="utf-8"))
    return template.substitute(chosen.values, **quoted, found=found, options=options)


def _of_size(counts: Counts, lost: Mapping[str, int], least: int, size: int, resize: int) -> Starter | None:
    """The suite of the classes of at least so many images; None for too few, or if damage takes one below."""
    kept = {split: [name for name, count in own.items() if count >= least] for split, own in counts.items()}
    if any(own[name] - lost.get(name, 0) < least for split, own in counts.items() for name in kept[split]):
        return None
    ways = [("", GROUPS[0], kept)]
    if "" in kept:
        names, ways = kept[""], []
        if len({*map(group_of, names)}) >= len(SPLITS):
            with suppress(RequestError):  # of folders with images beside classes
                ways.append((shares := "0.6/0.2/0.2", GROUPS[1], divided(names, shares, 0, GROUPS[1])))
        if len(names) >= sum(LEAST.values()):
            ways.append((shares := _shares(len(names)), GROUPS[0], divided(names, shares, 0)))
    for shares, groups, parts in ways:
        classes = {split: len(parts.get(split, ())) for split in SPLITS}
        if all(classes[split] >= LEAST[split] for split in SPLITS):
            whole = sum(classes.values()) == sum(map(len, counts.values()))
            return Starter(shares, 0 if whole else least, classes, least, size, resize, groups)
    return None


def _keeps_enough(counts: Counts, least: int) -> bool:
    """Whether `KEPT` of the classes and of their images are in classes of at least so many; classes of one aside."""
    every = [count for own in counts.values() for count in own.values() if count > 1]
    kept = [count for count in every if count >= least]
    return len(kept) >= KEPT["classes"] * len(every) and sum(kept) >= KEPT["images"] * sum(every)


def _shares(classes: int) -> str:
    """Shares of train, val and test: 0.6/0.2/0.2, or more for val and test where classes are few."""
    part = max(LEAST["test"], classes // 5, min(WAY, classes // 4))
    if part == classes // 5:
        return "0.6/0.2/0.2"
    share = round(part / classes, 3)
    return f"{1 - 2 * share:.3g}/{share:g}/{share:g}"

"""Images prepared otherwise than those that the network has learned from.

Nearest neighbour: every file of Omniglot has one bit a pixel, and Pillow resizes those by nearest neighbour whichever
filter is named (MAML's resize_images.py, prototypical networks; cbfinn/maml, pull request 23). Ink: most code has ink
as 1, RelationNet's and torchvision's data set have it as 0. Quarter turns: the split of Vinyals et al. 2016 makes
classes of them at test too, 1,692 of 423 characters.
"""

from dataclasses import replace

import torch

from fewshot.data.bank import ImageBank
from fewshot.data.class_lists.names import TURNS
from fewshot.evaluation.pitfalls.setting import Setting
from fewshot.tasks.fixed import evaluation_tasks


def nearest_resizing(right: Setting) -> Setting:
    """The same tasks, of images of which a few pixels are taken and the others left out."""
    pixels, (_, height, width) = right.original().pixels, right.bank.shape
    rows, columns = (
        ((torch.arange(new, device=pixels.device) + 0.5) * old / new).long()
        for new, old in zip((height, width), pixels.shape[-2:], strict=True)
    )
    return replace(right, bank=replace(right.bank, pixels=pixels[..., rows[:, None], columns]))


def uninverted_ink(right: Setting) -> Setting:
    """The same tasks, of light ink on dark paper where the network knows the reverse."""
    return replace(right, bank=replace(right.bank, pixels=255 - right.bank.pixels))


def turned_classes(right: Setting) -> Setting:
    """Tasks drawn among four times as many classes: each quarter turn of a character is one."""
    bank = turned(right.bank)
    return replace(right, bank=bank, drawn=evaluation_tasks(bank, right.episodes, right.protocol))


def turned(bank: ImageBank) -> ImageBank:
    """A bank with the quarter turns of all classes behind them; class c turned is class c + k · classes."""
    times, classes = len(TURNS), len(bank.classes)
    pixels = torch.cat([torch.rot90(bank.pixels, number, (2, 3)) for number in range(times)])
    label = torch.cat([bank.label + number * classes for number in range(times)])
    same = {name: getattr(bank, name).repeat(times) for name in ("group", "author", "forged")}
    names = tuple(name if not number else f"{name}/{TURNS[number]}" for number in range(times) for name in bank.classes)
    return replace(bank, pixels=pixels, label=label, classes=names, names=bank.names * times, **same)

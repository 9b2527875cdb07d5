"""Images prepared otherwise, against plain loops."""

import torch
from PIL import Image

from fewshot.core.recipe import TaskShape
from fewshot.evaluation.pitfalls import images
from fewshot.evaluation.pitfalls.setting import Setting
from fewshot.models.learners.pixels import pixels
from fewshot.models.similarities.euclidean import euclidean
from fewshot.protocols import Episodes, Protocol
from fewshot.tasks.fixed import evaluation_tasks


def setting(bank, original=None) -> Setting:
    episodes = Episodes(TaskShape(way=3, shot=1, query=1), 60, within_group=True)
    protocol = Protocol(
        "p", "d", {"train": (), "val": bank.classes, "test": ()}, val=(episodes,), test=(), pairs=5, seed=3
    )
    tasks = evaluation_tasks(bank, episodes, protocol)
    return Setting(pixels(euclidean((64,))), bank, protocol, episodes, tasks, lambda: original)


def test_nearest_neighbour_is_that_of_pillow(glyph_bank):
    bank, large = glyph_bank(12, size=8), glyph_bank(12, size=27)
    wrong = images.nearest_resizing(setting(bank, large))
    for got, whole in zip(wrong.bank.pixels[:20, 0], large.pixels[:20, 0], strict=True):
        expected = Image.fromarray(whole.numpy()).resize((8, 8), Image.Resampling.NEAREST)
        assert bytes(got.flatten().tolist()) == expected.tobytes()


def test_ink_becomes_paper(glyph_bank):
    right = setting(glyph_bank(12))
    wrong = images.uninverted_ink(right)
    assert (wrong.bank.pixels.int() + right.bank.pixels.int() == 255).all()
    assert wrong.drawn is right.drawn


def test_each_quarter_turn_of_a_class_is_one(glyph_bank):
    right = setting(bank := glyph_bank(12, images=[4, 5, 6] * 4))
    wrong = images.turned_classes(right)
    assert len(wrong.bank.classes) == len({*wrong.bank.classes}) == 48
    assert wrong.bank.classes[:12] == bank.classes
    assert wrong.bank.classes[12] == f"{bank.classes[0]}/rot090"
    for number in range(4):
        for image in (0, 17, len(bank) - 1):
            turned = image + number * len(bank)
            expected = torch.rot90(bank.pixels[image, 0], number)
            assert wrong.bank.pixels[turned, 0].equal(expected)
            assert wrong.bank.label[turned] == bank.label[image] + 12 * number
            assert wrong.bank.group[turned] == bank.group[image]
    assert wrong.bank.first.tolist() == [one + number * len(bank) for number in range(4) for one in bank.first.tolist()]
    assert int(wrong.drawn.classes.max()) >= 36

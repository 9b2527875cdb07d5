"""Galleries drawn from a bank: by hand-made classes, by author, and in preflight."""

from dataclasses import replace

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.protocols import Episodes, Protocol
from fewshot.tasks.fixed import check_tasks
from fewshot.tasks.galleries import gallery_of

TASKS = (Episodes(TaskShape(2, 1, 1), 2),)
OTHERS = (replace(TASKS[0], other_authors=True),)


def protocol(gallery=(1,), probes=5, val=TASKS) -> Protocol:
    return Protocol("made-up", "made-up", {}, val, val, pairs=2, seed=3, gallery=gallery, probes=probes)


def test_all_classes_with_enough_images_are_enrolled_and_the_others_are_probes(glyph_bank):
    bank = glyph_bank(4, images=[2, 9, 3, 4], groups=1, authors=1)
    found = gallery_of(bank, protocol(), 3)
    assert bank.label[found.references].tolist() == [[1] * 3, [2] * 3, [3] * 3]
    assert bank.label[found.probes].tolist() == [1] * 5 + [3]
    assert found.own.tolist() == [0] * 5 + [2]
    every = torch.cat([found.references.flatten(), found.probes]).tolist()
    assert len({*every}) == len(every)


def test_more_references_leave_the_probes_and_add_to_the_references(glyph_bank):
    bank = glyph_bank(3, images=9, groups=1, authors=1)
    one, three = (gallery_of(bank, protocol(), number) for number in (1, 3))
    assert one.probes.tolist() == three.probes.tolist()
    assert one.references.tolist() == three.references[:, :1].tolist()
    other = gallery_of(bank, replace(protocol(), seed=4), 1)
    assert other.references.tolist() != one.references.tolist()


def test_references_and_probes_are_by_different_authors(glyph_bank):
    bank = glyph_bank(5, images=6, groups=2, authors=6)
    found = gallery_of(bank, protocol(val=OTHERS, probes=2), 2)
    made, probed = (bank.author[one].unique().tolist() for one in (found.references, found.probes))
    assert (len(made), len(probed), {*made} & {*probed}) == (2, 2, set())


def test_forgeries_are_neither(glyph_bank):
    bank = glyph_bank(3, images=4, groups=1, authors=1)
    bank = replace(bank, forged=torch.tensor([False, False, True, True] * 3))
    found = gallery_of(bank, protocol(), 1)
    assert not bank.forged[torch.cat([found.references.flatten(), found.probes])].any()
    assert found.own.tolist() == [0, 1, 2]


@pytest.mark.parametrize(("images", "references", "got"), [
    ([3, 1, 1], 2, "1 classes and 1 probes"),
    ([2, 2, 2], 2, "3 classes and 0 probes"),
    ([2, 2, 2], 3, "0 classes and 0 probes"),
])  # fmt: skip
def test_a_gallery_needs_two_identities_and_a_probe(glyph_bank, images, references, got):
    bank = glyph_bank(3, images=images, groups=1, authors=1)
    with pytest.raises(RequestError, match=f"gallery: expected two classes of {references} images, .* got {got}"):
        gallery_of(bank, protocol(), references)


def test_more_references_than_images_are_refused_before_a_run(glyph_bank):
    bank = glyph_bank(3, images=4, groups=1, authors=4)
    with pytest.raises(RequestError, match=r"protocol made-up on test: gallery: .* by half of the authors"):
        check_tasks(bank, protocol((1, 3), val=OTHERS), "test")

"""A record's network is that of a results folder, or the package's own by its id."""

import torch

from fewshot.inspection.subject import kept_network, part_of
from fewshot.records.kept import weights_file
from fewshot.verification.network_file import to_bytes
from fewshot.verification.verifier import Verifier


def test_a_network_is_found_by_its_runs_id(subject, tmp_path):
    own = Verifier.load().network.spec.id
    assert kept_network(own, tmp_path).spec.id == own
    assert kept_network(subject.record.id, tmp_path) is None
    file = weights_file(tmp_path, subject.record.id)
    file.parent.mkdir()
    file.write_bytes(to_bytes(subject.network))
    assert kept_network(subject.record.id, tmp_path).spec == subject.record.spec


def test_a_part_of_a_bank_has_the_images_in_their_order(subject):
    bank, images = subject.found.bank, torch.tensor([40, 3, 41])
    part = part_of(bank, images)
    assert part.pixels.equal(bank.pixels[images])
    assert [part.classes[label] for label in part.label] == [bank.classes[label] for label in bank.label[images]]
    assert part.names == tuple(bank.names[image] for image in images)

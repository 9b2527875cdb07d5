"""A record's network is that of a results folder, or the package's own by its id."""

from fewshot.inspection.subject import kept_network
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

"""The network for characters that the package holds, made from the run of the suite `characters`.

fewshot run characters --results DIR && python -m fewshot.verification.make_characters DIR

Its weights are halved, and val chooses thresholds, calibration and rule anew by these; no test class is decoded.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fewshot.core.files import write_whole
from fewshot.data.locations import data_folders
from fewshot.evaluation.operating_points import choose_on_val
from fewshot.protocols import protocol_of
from fewshot.records.kept import weights_file
from fewshot.suites.suite import read_suite
from fewshot.tasks.images import load_bank
from fewshot.verification.network import Network, learner_of
from fewshot.verification.network_file import read_network, to_bytes
from fewshot.verification.verifier import CHARACTERS, PACKAGED


def main(results: Path, folders: Sequence[Path]) -> Network:
    """Write the package's network, and return it."""
    (cell,) = read_suite(CHARACTERS).cells
    kept = read_network(weights_file(results, cell.finals[0].id))
    tensors = {name: one.half() if one.is_floating_point() else one for name, one in kept.tensors.items()}
    network, protocol = replace(kept, tensors=tensors), protocol_of(kept.spec, folders)
    val = load_bank(kept.spec.dataset, protocol, "val", kept.spec.size, folders)
    network = replace(network, **vars(choose_on_val(learner_of(network), val, protocol)))
    write_whole(PACKAGED, to_bytes(network))
    return network


if __name__ == "__main__":
    made = main(Path(sys.argv[1]), data_folders())
    print(made.spec.id, dict(made.points), made.calibration, made.rule, f"{PACKAGED.stat().st_size:,} bytes")

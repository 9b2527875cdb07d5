"""The networks of an ensemble: those that their runs have kept, and others trained anew."""

from collections.abc import Callable
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.types import Learner
from fewshot.models.ensemble import ensemble
from fewshot.records.kept import weights_file
from fewshot.verification.network import learner_of
from fewshot.verification.network_file import read_network


def to_train(spec: RunSpec, results: Path | None) -> list[RunSpec]:
    """The trainings of a run: its own or, of an ensemble, those of members whose networks the results folder lacks."""
    if spec.trains:
        return [spec]
    return [one for one in spec.of_members if not (results and weights_file(results, one.id).exists())]


def ensemble_of(spec: RunSpec, results: Path | None, train: Callable[[RunSpec], Learner]) -> Learner:
    """The learner of an ensemble's spec; `train` gives those members whose networks are not in the results folder.

    Raises `RequestError` for a network's file that is damaged or of another run.
    """
    missing = to_train(spec, results)
    return ensemble([train(one) if not results or one in missing else _kept(one, results) for one in spec.of_members])


def _kept(spec: RunSpec, results: Path) -> Learner:
    """The learner of a run by the network that it has kept."""
    file, anew = weights_file(results, spec.id), "without this file it is trained anew"
    try:
        network = read_network(file)
    except RequestError as error:
        raise RequestError(f"{error}; {anew}") from error
    if network.spec != spec:
        raise RequestError(f"{file}: expected the network of run {spec.id}, got that of {network.spec.id}; {anew}")
    return learner_of(network)

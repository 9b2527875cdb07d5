"""The page of one trained network: of its record, its file or both."""

from collections.abc import Sequence
from pathlib import Path

from fewshot.inspection.seen import seen, seen_network
from fewshot.records.record import RunRecord
from fewshot.records.store import ID, file_by_id
from fewshot.records.stored.text import read_record
from fewshot.registry.pitfalls import refuse_pitfalls
from fewshot.reporting.blocks import Block
from fewshot.reporting.labels import run_labels
from fewshot.reporting.render import html_block
from fewshot.reporting.screen.curves import overview
from fewshot.reporting.screen.method import NOTHING, method_html, pictures_html, spec_html
from fewshot.reporting.screen.page import model_page
from fewshot.reporting.screen.pictures import Pictures
from fewshot.reporting.summary import summarise
from fewshot.verification.find import find_network
from fewshot.verification.network import Network
from fewshot.verification.network_file import read_network
from fewshot.verification.verifier import CHARACTERS, PACKAGED


def network_page(named: str, results: Path, folders: Sequence[Path] | None, number: int) -> str:
    """The page of the network with a run's id, or of that in a file, with images from `folders` unless they are None.

    Raises `RequestError` where there is neither a record nor a network.
    """
    if ID.fullmatch(named) and (file := file_by_id(results, named)):
        return _of_record(read_record(file), results, folders, number)
    network = read_network(PACKAGED if named == CHARACTERS else find_network(named, results))
    if file := file_by_id(results, network.spec.id):
        return _of_record(read_record(file), results, folders, number, network)
    return _of_file(network, results, folders)


def _of_record(
    record: RunRecord, results: Path, folders: Sequence[Path] | None, number: int, network: Network | None = None
) -> str:
    refuse_pitfalls(f"record {record.id}", [record.spec])
    pictures, (method,) = Pictures(), summarise([record])
    found = NOTHING if folders is None else seen(record, folders, results, number, network)
    charts = f'<div class="charts">{"".join(overview([method]))}</div>'
    note = f"{record}; record {record.id}, protocol {record.spec.protocol.name}, stage {record.spec.stage}"
    return model_page(run_labels([record.spec])[0], note, [charts, method_html(method, found, pictures)], pictures)


def _of_file(network: Network, results: Path, folders: Sequence[Path] | None) -> str:
    """The page of a network without a record: its thresholds, embeddings and spec."""
    spec, pictures = network.spec, Pictures()
    found = NOTHING if folders is None else seen_network(network, folders)
    lacks = (f"scores, curves and mistakes, as {results} holds no record {spec.id}", *found.lacks)
    lines = tuple((name, f"{value:.6g}") for name, value in network.points.items())
    points = [html_block(Block(("point", "threshold"), lines), "Thresholds chosen on val")] if lines else []
    parts = [*points, pictures_html(found, pictures, lacks), spec_html(spec, network.facts)]
    note = f"network {spec.id}, learned from {len(network.classes):,} classes of {spec.dataset.name}"
    return model_page(run_labels([spec])[0], note, parts, pictures)

"""The digests of a user's images, compared with those of earlier records."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from fewshot.core.errors import RequestError
from fewshot.core.spec.evaluation import fold_of
from fewshot.core.spec.run_spec import RunSpec
from fewshot.records.record import RunRecord
from fewshot.registry.lookup import find

Digests = Mapping[str, tuple[str, str]]  # of a split of a data set: the digest, and the id of a record that has it


def digests_of(records: Iterable[RunRecord]) -> Digests:
    """The digests in records, by data set, protocol and split."""
    return {
        key: (digest, record.id)
        for record in records
        for split, digest in record.digests.items()
        if (key := _key(record.spec, split))
    }


def check_same(spec: RunSpec, digests: Mapping[str, str], made_of: Digests) -> None:
    """Raise `RequestError` for images other than those of a record on the same data set, protocol, fold and split.

    A path ("folder:PATH") or a data set in several forms does not determine the images, nor does the id of a spec.
    """
    for split, given in digests.items():
        digest, record = made_of.get(_key(spec, split), (given, ""))
        if digest != given:
            of_split = split if split.startswith("pairs") else f"images of {split}"
            raise RequestError(
                f"{spec.dataset.name}: expected the {of_split} that record {record} was made of, sha256 "
                f"{digest[:12]}…, got others, {given[:12]}…; other images need another --results folder"
            )


def _key(spec: RunSpec, split: str) -> str:
    """The key of a digest; empty for a data set that is not a user's files."""
    if not find("datasets", spec.dataset.name).photographs:
        return ""
    return json.dumps(
        [asdict(spec.dataset), spec.protocol.name, fold_of(spec), spec.size, spec.fold, spec.folds, split],
        sort_keys=True,
    )

"""Notes on the images of a table: pairs that could not be compared, shortcuts, and all that was left out."""

from collections import Counter
from collections.abc import Sequence

from fewshot.core.spec.names import VERIFICATION
from fewshot.core.statistics.intervals import t_interval
from fewshot.records.record import RunRecord
from fewshot.reporting.comparisons.identities import has_skilled
from fewshot.reporting.summary import Method


def of_images(methods: Sequence[Method]) -> list[str]:
    """On classes and images that were left out, and on shortcuts."""
    return [*_on_left_out(methods), *_on_shortcuts(methods)]


def of_failures(methods: Sequence[Method]) -> list[str]:
    """On named pairs that could not be compared."""
    found: dict[str, list[str]] = {}
    for method in [one for one in methods if VERIFICATION in one.accuracy]:
        failed = Counter()
        for records in method.folds.values() or (method.records,):
            failed.update(records[0].pair_list.failed if records[0].pair_list else {})
        if counts := ", ".join(f"{count:,} {kind}" for kind, count in sorted(failed.items(), reverse=True)):
            found.setdefault(counts, []).append(f"{method.label} {_with_failures(method)}")
    roles = {role for method in methods for one in method.records if one.pair_list for role in one.pair_list.roles}
    whose = "those of one class" if has_skilled(roles) else "them"
    return [
        f"failures to acquire, pairs with a missing image: {counts}, which accuracy leaves out (other figures of pairs "
        f"have {whose} match at no threshold); {VERIFICATION} with these as errors: {'; '.join(each)}"
        for counts, each in found.items()
    ]


def _with_failures(method: Method) -> str:
    """A method's accuracy on all pairs, in per cent, where those that cannot be compared are errors; ± over folds."""

    def share(record: RunRecord) -> float:
        right, failed = record.accuracy[VERIFICATION], record.pair_list.failed if record.pair_list else {}
        return sum(right) / (len(right) + sum(failed.values()))

    if method.folds:
        return str(t_interval(method.by_fold(share)))
    return f"{100 * sum(map(share, method.records)) / len(method.records):.1f}"


def _on_shortcuts(methods: Sequence[Method]) -> list[str]:
    """On single numbers of the test images that a network may have learned in place of their look."""
    found = dict.fromkeys(
        (record.spec.dataset.name, sentence)
        for method in methods
        for record in method.records
        for sentence in record.facts.get("shortcuts", ())
    )
    return [f"SHORTCUT in {dataset}: {sentence}" for dataset, sentence in found]


def _on_left_out(methods: Sequence[Method]) -> list[str]:
    """On classes with too few images and on damaged images, which the options of a user's data set leave out."""
    small, damaged = {}, {}
    for record in (record for method in methods for record in method.records):
        dataset = record.spec.dataset
        if record.left_out:
            small[dataset.name, dataset.options["min_images"]] = record.left_out
        if record.skipped:
            named = {split: _named(count, record.damaged.get(split, ())) for split, count in record.skipped.items()}
            damaged.setdefault(dataset.name, {}).update(named)
    notes = []
    for (name, least), found in small.items():
        counts = f"{found['classes']:,} class{'es' if found['classes'] > 1 else ''} ({found['images']:,} images)"
        notes.append(f"{name}: left out as they have fewer than {least:,} images: {counts}")
    for name, found in damaged.items():
        counts = ", ".join(f"{count} of {split}{files}" for split, (count, files) in found.items())
        notes.append(f"{name}: damaged images left out: {counts}")
    return notes


def _named(count: int, files: Sequence[str]) -> tuple[str, str]:
    """The number of damaged images, and in brackets the files of the first."""
    more = ", …" if count > len(files) else ""
    return f"{count:,}", f" ({', '.join(files)}{more})" if files else ""

"""The notes under a table: on how its figures were measured, and on all that its cells do not show."""

from collections import Counter
from collections.abc import Mapping, Sequence

from fewshot.core.spec import BATCH_STATISTICS, OPEN_SET, VERIFICATION, fold_of
from fewshot.core.statistics.intervals import t_interval
from fewshot.records.record import RunRecord
from fewshot.records.training_notes import training_notes
from fewshot.registry.lookup import entries, find
from fewshot.registry.same_loss import same_loss
from fewshot.reporting.cells import BEST
from fewshot.reporting.columns import RATE, TASK
from fewshot.reporting.comparisons.notes import of_intervals, of_stars
from fewshot.reporting.comparisons.published import Comparison, published_half
from fewshot.reporting.layout import Layout
from fewshot.reporting.summary import Method
from fewshot.suites.search import END
from fewshot.suites.status import MISSING

FEW = 8  # published figures without a row of ours that are named each


def of_figures(
    methods: Sequence[Method], layout: Layout, note: str, starred: bool, verified: bool = False
) -> list[str]:
    """On intervals, marks and seeds; on protocol and stage; on values shared by every row.

    Where pairs are `verified` in blocks of their own, these have notes of their own.
    """
    if not methods:
        return ["no cell has a record yet", *([note] if note else []), *layout.notes]
    protocols, stages = {method.texts["protocol"] for method in methods}, {method.spec.stage for method in methods}
    among = " of its line" if layout.rows == (TASK,) else " of its column" if layout.is_pivot else ""
    notes = of_intervals(methods, pairs=layout.columns == (TASK,) and not verified)
    if starred:
        notes.append(of_stars(methods, BEST, among))
    if layout.columns == (TASK,) and not verified:
        notes.append(
            "ROC area and equal error rate of same/different pairs in %; the rate is that of the ROC's convex hull"
        )
    elif not verified:
        notes.append("ROC areas, equal error rates and deviations over seeds are in the csv")
    if any(VERIFICATION in method.accuracy for method in methods):
        folds = any(one.pair_list and len({*one.pair_list.folds}) > 1 for method in methods for one in method.records)
        by_network = any(method.folds for method in methods)
        at = (
            "of each fold at the threshold that is best on val, of which its network has not learned"
            if by_network
            else "of each fold at the threshold that is best on the other folds"
            if folds
            else "at the threshold that is best on val (at stage val: on these pairs)"
        )
        notes.append(f"{VERIFICATION}: accuracy on pairs {at}")
    notes += [*_on_open_sets(methods), *_on_adapted(methods)]
    where = f"protocol {', '.join(sorted(protocols))}, stage {', '.join(sorted(stages))}"
    alone = {fold_of(method.spec) for method in methods if not method.folds} - {0}
    where += f", fold {' or '.join(map(str, sorted(alone)))} alone" if alone else ""
    notes += [where + (f"; {note}" if note else ""), *layout.notes]
    notes += _on_seeds(methods) if layout.is_pivot else []
    return [
        *notes,
        *([] if verified else _on_failures(methods)),
        *_on_left_out(methods),
        *_on_shortcuts(methods),
        *_on_pretrained(methods),
        *_on_wrong_trainings(methods),
        *_on_same_losses(methods),
    ]


def of_searches(methods: Sequence[Method], layout: Layout) -> list[str]:
    """On how searched values were chosen, on those that no column shows, and on the mark of those at an end."""
    searched = {method.label: choice for method in methods if (choice := method.choice)}
    by_search = _by({label: choice.search for label, choice in searched.items()})
    notes = [
        f"{', '.join(labels) if len(by_search) > 1 else 'searched rows'}: the best on val of {search}"
        for search, labels in by_search.items()
    ]
    keys = dict.fromkeys(key for choice in searched.values() for key in choice.values)
    for key in [key for key in keys if key != RATE or layout.is_pivot or RATE not in layout.rows]:
        chosen = _by({label: choice.text(key) for label, choice in searched.items() if key in choice.values})
        texts = [f"{text} ({'; '.join(labels)})" if len(chosen) > 1 else text for text, labels in chosen.items()]
        notes.append(f"chosen {key.removeprefix('options.')}: {', '.join(texts)}")
    if any(choice.ends for choice in searched.values()):
        notes.append(f"{END} the smallest or the largest of the values tried: a wider search may find a better one")
    return notes


def _by(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The names that have each text."""
    found: dict[str, list[str]] = {}
    for name, text in texts.items():
        found.setdefault(text, []).append(name)
    return found


def of_missing(methods: Sequence[Method], layout: Layout | None = None) -> list[str]:
    """On methods of which seeds or folds are missing or failed, where the cells do not show it."""
    found = []
    for method in methods:
        there, whys = len(method.records), {why for _, why in method.missing}
        each = "; ".join(f"{run} {why}" for run, why in method.missing)
        if there and each:
            many = "folds" if fold_of(method.spec) else "seeds"
            found.append(f"{method.label}: from {there} of {there + len(method.missing)} {many}; {each}")
        elif len(whys) > 1:
            found.append(f"{method.label}: {each}")
        elif layout and layout.is_pivot and whys - {MISSING}:
            found.append(f"{method.label}: {method.why}")
    return found


def of_published(held: Sequence[Comparison]) -> list[str]:
    """On the differences from published figures."""
    notes = []
    if any(one.difference for one in held):
        words = {False: "our best on the task", True: "our best of the rows that the suite names"}
        basis = dict.fromkeys(words["like" in one.item] for one in held if one.name)
        called = {one.name for one in held if one.name}
        ours = ", ".join([*(called if len(called) == 1 else ()), " or ".join(basis)])
        notes.append(
            f"difference: ours ({ours}) − published, in points; ± is our half-width, over classes and trainings where "
            f"it is known, combined in quadrature with {_published_halves(held)}"
        )
    unlike = [
        f"published {one.item['method']}: no row here has "
        + ", ".join(f"{key} = {value}" for key, value in one.item["like"].items())
        for one in held
        if "like" in one.item and not one.name
    ]
    if len(unlike) > FEW:
        unlike = [f"{unlike[0]}; {len(unlike) - 1} more published figures have no such row either"]
    return [*notes, *unlike]


def _published_halves(held: Sequence[Comparison]) -> str:
    """The half-widths of those published figures that are compared."""
    items = [one.item for one in held if one.difference]
    kinds = dict.fromkeys(
        "the published one" if "half_width" in item else "that of the published number of trials"
        for item in items
        if published_half(item) is not None
    )
    without = [item["method"] for item in items if published_half(item) is None]
    if not kinds:
        return "none, as the published figures have none"
    return " or ".join(kinds) + (f"; none is known of {', '.join(dict.fromkeys(without))}" if without else "")


def _on_seeds(methods: Sequence[Method]) -> list[str]:
    trained = [method for method in methods if method.spec.training and not method.folds]
    most = max((len(method.records) for method in trained), default=1)
    if most == 1:
        return []
    fewer = [f"{method.label} of {len(method.records)}" for method in trained if len(method.records) < most]
    return [f"a trained method's figure is the mean of {most} seeds" + (f", but {'; '.join(fewer)}" if fewer else "")]


def _on_same_losses(methods: Sequence[Method]) -> list[str]:
    """On losses of different names that are one loss in their rows' trainings."""
    found: dict[object, dict[str, None]] = {}
    for spec, record in ((method.spec, method.records[0]) for method in methods):
        if (key := same_loss(spec, record.facts.get("same_loss", ()))) is not None:
            found.setdefault(key, {})[spec.loss.name] = None
    named = [", ".join(find("losses", name).called for name in names) for names in found.values() if len(names) > 1]
    return [f"{names}: one loss in training, equal in value and gradient, temperature apart" for names in named]


def _on_wrong_trainings(methods: Sequence[Method]) -> list[str]:
    """On trainings that went wrong, the first of each method."""
    found = [next((texts for record in one.records if (texts := training_notes(record))), []) for one in methods]
    return [f"{one.label}: {text}" for one, texts in zip(methods, found, strict=True) for text in texts]


def _on_open_sets(methods: Sequence[Method]) -> list[str]:
    """On the figures of kinds of task with queries of unknown classes."""
    if not any(OPEN_SET in task for method in methods for task in method.accuracy):
        return []
    return [
        f"{OPEN_SET}: a task also has as many queries of as many classes without a support; by the score of the best "
        "class, ROC area of known against unknown queries (chance: 50), and OSCR, the area under the share of known "
        "queries that are accepted and right over the share of unknown ones accepted (Dhamija et al. 2018), both in "
        "each task on its own"
    ]


def _on_adapted(methods: Sequence[Method]) -> list[str]:
    """On kinds of task that are measured in two ways, and on pairs that are scored within tasks."""
    notes = []
    if any(task.endswith(f", {BATCH_STATISTICS}") for method in methods for task in method.accuracy):
        notes.append(
            f"{BATCH_STATISTICS}: batch norms use mean and variance of all queries of a task, as in published figures "
            "of MAML, so that a query's score depends on the others (transductive); otherwise they use the running "
            "statistics of training, and each query is scored on its own (maml's supports use their own statistics in "
            "both)"
        )
    adapted = [spec for method in methods if (spec := method.spec).training and not spec.similarity]  # to each task
    if adapted:
        names = dict.fromkeys(spec.learner.name for spec in adapted)
        notes.append(
            f"pairs of {', '.join(names)} are scored in 3-way 1-shot tasks by the log-probability of the class, which "
            "depends on the two other classes"
        )
    return notes


def _on_failures(methods: Sequence[Method]) -> list[str]:
    """On named pairs that could not be compared."""
    found: dict[str, list[str]] = {}
    for method in [one for one in methods if VERIFICATION in one.accuracy]:
        failed = Counter()
        for records in method.folds.values() or (method.records,):
            failed.update(records[0].pair_list.failed if records[0].pair_list else {})
        if counts := ", ".join(f"{count:,} {kind}" for kind, count in sorted(failed.items(), reverse=True)):
            found.setdefault(counts, []).append(f"{method.label} {_with_failures(method)}")
    return [
        f"failures to acquire, pairs with a missing image: {counts}, which accuracy leaves out, as do ROC area and "
        f"equal error beside it; {VERIFICATION} with these as errors: {'; '.join(each)}"
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


def _on_pretrained(methods: Sequence[Method]) -> list[str]:
    """On networks that do not start from nothing, and on data sets whose test classes those have seen."""
    notes = []
    for method in methods:
        spec, part = method.spec, method.spec.backbone
        network = entries("backbones").get(part.name.partition(":")[0]) if part else None
        seen = network.marks.seen if network and part.options.get(network.marks.pretrained) else ""
        if not seen:
            continue
        start = f"{method.texts['network']}: its weights were pretrained on {seen}"
        images = entries("datasets").get(spec.dataset.name.partition(":")[0])
        mixed = images is not None and images.marks.made_of == seen
        why = f"; contaminated, as data set {spec.dataset.name} is made of {seen}, so its test classes were seen"
        notes.append(start + (why if mixed else ""))
    return list(dict.fromkeys(notes))

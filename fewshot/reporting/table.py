"""Records to a table of ours, a block of published figures and a tidy list: a pure function of the records."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fewshot.core.spec.names import CALLED, FORGED, PAIR_FIGURES, RANDOM, SKILLED_FIGURES
from fewshot.core.spec.run_spec import RunSpec
from fewshot.records.record import RunRecord
from fewshot.reporting import cells, identification
from fewshot.reporting.blocks import Block, Table, clean, one_line
from fewshot.reporting.columns import KEYS, NONE, SPREAD, TASK, VERIFIED
from fewshot.reporting.comparisons.agreement import agreement_block
from fewshot.reporting.comparisons.differences import Stars, newcomers
from fewshot.reporting.comparisons.findings import of_findings
from fewshot.reporting.comparisons.published import Comparison, against_published, as_published
from fewshot.reporting.comparisons.tuning import of_tuning, tuning_block
from fewshot.reporting.layout import Layout, choose_layout
from fewshot.reporting.notes.figures import of_figures
from fewshot.reporting.notes.missing import of_missing
from fewshot.reporting.notes.published import of_published
from fewshot.reporting.notes.searches import of_searches
from fewshot.reporting.pivot import Grid, pivot
from fewshot.reporting.summary import Method, marked_apart, summarise
from fewshot.reporting.tidy import tidy
from fewshot.reporting.verification import references
from fewshot.reporting.verification.block import blocks_of, notes_of, tidy_values
from fewshot.reporting.verification.pair_scores import of_method
from fewshot.suites.search.choice import Choice
from fewshot.suites.status import MISSING


def make_table(
    title: str,
    note: str,
    records: Sequence[RunRecord],
    published: Sequence[dict] = (),
    *,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (TASK,),
    test_evaluations: int = 0,
    missing: Sequence[tuple[RunSpec, str]] = (),
    choices: Mapping[str, Choice] | None = None,
    sort: str = "",
) -> Table:
    """The table of records; `missing` are cells without one, and why, `choices` what searches chose, by the spec's id.

    `rows` and `columns` are keys of `columns.KEYS` or "task", with "verification" among the columns for blocks of rates
    and costs of pairs, `sort` is as in `pivot`. Raises `RequestError` where two
    methods fall into one cell and where several are like a published figure, whether they have records or not.
    """
    methods = marked_apart(summarise(records, missing))
    methods = [replace(one, choice=(choices or {}).get(one.spec.id)) for one in methods]
    verified, columns = VERIFIED in columns, [key for key in columns if key != VERIFIED] or [TASK]
    layout = choose_layout(methods, rows, columns)
    held = against_published(published, methods)
    stars: Stars = {}
    grid = pivot(methods, layout, sort, stars)
    recorded = [method for method in methods if method.records]
    scored = [one for one in recorded if verified and one.records[0].same and one.records[0].different]
    by_role = {one.spec.id: of_method(one, one.label).by_role() for one in scored}
    pairs = [scores for each in by_role.values() for scores in each]
    more = {one.spec.id: identification.tidy_values(one) for one in recorded}
    for one in scored:
        first, *others = by_role[one.spec.id]
        for scores in (first, *(others if first.role else ())):
            more[one.spec.id] |= tidy_values(scores)
        more[one.spec.id] |= references.tidy_values(one)
    several, (order, of_order) = references.block_of(scored), agreement_block(grid)
    notes = [
        *of_findings(methods, layout.columns if layout.is_pivot else (), stars),
        *of_figures(recorded, layout, note, bool(grid.best), verified),
    ]
    notes += [*of_missing(methods, layout), *of_searches(recorded, layout), *newcomers(recorded), *of_published(held)]
    notes += [*of_tuning(recorded), *of_order, *notes_of(pairs, "val"), *references.notes_of(scored)]
    notes += identification.notes_of(recorded)
    if test_evaluations:
        which = "these protocols" if len({method.spec.protocol.name for method in methods}) > 1 else "this protocol"
        notes.append(f"evaluations that met the test classes of {which} among these records: {test_evaluations}")
    below = [*(blocks_of(pairs, "method") if pairs else ()), several, *identification.blocks_of(recorded, "method")]
    below += [tuning_block(recorded), order, _published(held) if held else None]
    return Table(
        one_line(title),
        clean(_ours(recorded, grid, layout, verified)),
        clean(tidy(methods if layout.is_pivot else grid.methods, held, more)),
        tuple(map(one_line, notes)),
        tuple(map(clean, filter(None, below))),
        methods=tuple(line[-1] for line in grid.lines) if not layout.is_pivot and TASK not in layout.rows else (),
    )


def _ours(recorded: Sequence[Method], grid: Grid, layout: Layout, verified: bool) -> Block:
    """The figures where the grid has them, the seeds' deviations and, unless `verified` below, the pairs' figures.

    Those of skilled forgeries are the first of a row, with the equal error against random ones beside them.
    """
    spread = not layout.is_pivot and any(method.again and not method.folds for method in recorded)
    pairs = _pairs_of(recorded) if layout.columns == (TASK,) else ()
    forgeries, pairs = (pairs, ()) if pairs[:2] == SKILLED_FIGURES else ((), () if verified else pairs)
    header = [*(TASK if key == TASK else KEYS[key].header for key in layout.rows), *forgeries]
    for column in grid.columns:
        header += [", ".join(column) or "accuracy", *([SPREAD] if spread else [])]
    lines = []
    for line in grid.lines:
        texts, method = [*line[: len(layout.rows)]], None
        for number, column in enumerate(grid.columns):
            cell = grid.cells.get((line, column))
            method = cell.method if cell else method
            texts.append(cells.figure(cell, (line, column) in grid.best, full=not (number or layout.is_pivot)))
            texts += [cells.spread(cell)] if spread else []
        if pairs or forgeries:
            there = method and method.records
            found = [*cells.of_pairs(method)] if there else [NONE] * 2
            if len(forgeries) > len(SKILLED_FIGURES):
                found.append(cells.of_pairs(method, RANDOM)[1] if there else NONE)
            texts[len(layout.rows) : len(layout.rows)] = found[: len(forgeries)]
            texts += found[: len(pairs)]
        lines.append(tuple(texts))
    return Block((*header, *pairs), tuple(lines), len(layout.rows), cells.BEST)


def _pairs_of(recorded: Sequence[Method]) -> tuple[str, ...]:
    """The headings of the figures of pairs."""
    roles = {role for method in recorded for one in method.records if one.pair_list for role in one.pair_list.roles}
    if FORGED not in roles or not roles <= {"", *CALLED}:
        return PAIR_FIGURES if recorded else ()
    return *SKILLED_FIGURES, *([f"{PAIR_FIGURES[1]}, {CALLED[RANDOM]}"] if RANDOM in roles else [])


def _published(held: Sequence[Comparison]) -> Block:
    of_pairs = {place: number for names in (PAIR_FIGURES, SKILLED_FIGURES) for number, place in enumerate(names)}
    named = "figure" if any(one.item["task"] in of_pairs for one in held) else "accuracy"
    header = ("published", "task", named, "ours", "difference", "source", "trust", "note")
    lines, alone = [], len({one.name for one in held if one.name}) == 1  # then a note names it
    for one in held:
        item, half = one.item, one.item.get("half_width")
        figure = as_published(item["accuracy"]) + ("" if half is None else f" ± {as_published(half)}")
        ours = MISSING if one.name else NONE
        if one.ours:
            place = of_pairs.get(item["task"])
            ours = cells.with_classes(one.ours, item["task"]) if place is None else cells.of_pairs(one.ours)[place]
        ours = f"{one.name}: {ours}" if one.name and not alone else ours
        difference = one.difference.signed if one.difference else NONE
        rest = (item["source"], item.get("trust", ""), item.get("note", ""))
        lines.append((item["method"], item["task"], figure, ours, difference, *rest))
    kept = [i for i in range(len(header)) if i < 3 or any(line[i] not in ("", NONE) for line in lines)]
    return Block(
        tuple(header[i] for i in kept), tuple(tuple(line[i] for i in kept) for line in lines), 2, caption="Published"
    )

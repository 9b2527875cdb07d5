"""A cell and its search: the runs on val that choose its values, and the choice."""

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import RunSpec, twin_of
from fewshot.core.spec.stored import of_seeds
from fewshot.core.statistics.intervals import mean
from fewshot.records.record import RunRecord
from fewshot.suites.search.choice import Choice, Rungs, Runs, Standing
from fewshot.suites.search.points import Point
from fewshot.suites.search.values import with_values

SHARE = 3  # without rungs, a searched run trains for one part in so many of the steps


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its spec or, where values are searched, those it may become, a point of the search for each.

    `start` has none of the searched values, but those that a cell would have without a search. `rungs` hold the runs on
    val of every point, one for each fold. Of each rung but the last the best `keep` go on.
    """

    start: RunSpec
    finals: Runs
    points: tuple[Point, ...] = field(default=())
    rungs: tuple[tuple[Runs, ...], ...] = field(default=())
    keep: tuple[int, ...] = field(default=())
    untuned: Runs = ()  # the runs on val of `start`, in which the search has no part
    twins: bool = False  # whether a twin on val, which chooses operating points, runs before the cell

    @property
    def candidates(self) -> Runs:
        """Every run that the search may need, and those of the default values."""
        return (*(run for rung in self.rungs for runs in rung for run in runs), *self.untuned)

    @property
    def planned(self) -> Runs:
        """The runs of its search, where stand-ins take the places of points that are yet to go on to a later rung."""
        entrants = zip((len(self.points), *self.keep), self.rungs, strict=False)
        return (*(run for number, rung in entrants for runs in rung[:number] for run in runs), *self.untuned)

    @property
    def search(self) -> str:
        """The search in words: "12 points trained for 500 steps, the best 4 anew for 1,500 steps"."""
        each = [f"{rung[0][0].training.steps:,} steps" for rung in self.rungs]
        words = [f"{len(self.points)} points trained for {each[0]}"]
        words += [f"the best {keep} anew for {steps}" for keep, steps in zip(self.keep, each[1:], strict=True)]
        folds = self.rungs[0][0][0].folds
        return ", ".join([*words, *([f"each on {folds} folds of train and val"] if folds else [])])

    @property
    def tried(self) -> str:
        """The values tried: "learning_rate 0.001 to 0.016, contrastive.margin 1 to 30"."""
        words = []
        for key in self.points[0] if self.points else ():
            values = list({str(point[key]): point[key] for point in self.points}.values())
            if _are_numbers(values):
                text = f"{min(values):g} to {max(values):g}" if len(values) > 1 else f"{values[0]:g}"
            else:
                text = " or ".join(map(str, values))
            words.append(f"{key.removeprefix('options.')} {text}")
        return ", ".join(words)

    def standing(self, recorded: Mapping[str, RunRecord], failed: Mapping[str, str]) -> Standing:
        """The cell's state by the records and failures.

        A point's score is the mean accuracy on the first kind of val task, over its folds; a point with a failed run is
        out. The best score of the last rung chooses, the earliest point of equals.
        """
        settled = ChainMap(recorded, failed)
        untuned = tuple(run for run in self.untuned if run.id not in settled)
        entrants, best = range(len(self.finals)), [0]
        for number, rung in enumerate(self.rungs):
            left = [place for place in entrants if not any(run.id in failed for run in rung[place])]
            if runs := [run for place in left for run in rung[place] if run.id not in recorded]:
                return Standing(None, (*runs, *untuned), self._after(number))
            if not left:
                reason = next(failed[run.id] for place in entrants for run in rung[place] if run.id in failed)
                return Standing(why=f"every value of its search, {reason}")
            scores = {place: _score([recorded[run.id] for run in rung[place]]) for place in left}
            best = sorted(left, key=lambda place: -scores[place])
            entrants = sorted(best[: (*self.keep, 1)[number]])
        chosen = self.finals[best[0]]
        if chosen.members and chosen.id not in recorded:
            return self._of_members(chosen, recorded, failed)
        twin = twin_of(chosen) if self.twins and chosen.id not in recorded else None
        if twin and twin.id in failed:
            return Standing(why=f"its twin on val, {failed[twin.id]}")
        return Standing(chosen, (*untuned, *([twin] if twin and twin.id not in recorded else [])))

    def choice(self, chosen: RunSpec, recorded: Mapping[str, RunRecord]) -> Choice:
        """The values that a search has chosen, with their score and that of the default values by the records."""
        place = self.finals.index(chosen)
        values, own = self.points[place], (self.rungs[-1][place], self.untuned)
        scores = [_score(found) if (found := _known(runs, recorded)) else None for runs in own]
        tried = {key: [point[key] for point in self.points] for key in values}
        outer = {key: _outer(every, values[key]) for key, every in tried.items() if _are_numbers(every)}
        ends = [key for key, quarter in outer.items() if quarter is not None]
        others = {
            point: _score(found) for point, runs in enumerate(self.rungs[-1]) if (found := _known(runs, recorded))
        }
        others.pop(place, None)
        second = self.points[max(others, key=lambda point: others[point])] if others else {}
        wider = tuple(key for key in ends if second and second[key] in outer[key])
        return Choice(values, frozenset(ends), self.search, *scores, wider=wider)

    def _of_members(self, whole: RunSpec, recorded: Mapping[str, RunRecord], failed: Mapping[str, str]) -> Standing:
        """The state of an ensemble, which waits for the runs of its members, as these do for their twins."""
        runs = []
        for one in whole.of_members:
            if one.id in failed:
                return Standing(why=f"its member of seed {one.seed}, {failed[one.id]}")
            member = Cell(one, (one,), twins=self.twins).standing(recorded, failed)
            runs += (*member.runs, *(() if member.runs or one.id in recorded else (one,)))
        return Standing(whole, tuple(runs))

    def _after(self, number: int) -> Runs:
        """Stand-ins for the runs that follow a rung: those of the next ones, and the cell's own."""
        following = zip(self.keep[number:], self.rungs[number + 1 :], strict=True)
        return (*(run for keep, rung in following for runs in rung[:keep] for run in runs), self.finals[0])


def cells_of(
    spec: RunSpec, points: Sequence[Point], rungs: Rungs, seeds: Sequence[int], twins: bool = False
) -> list[Cell]:
    """The cells of a spec, one a seed, that become one of these points; runs of the first seed on val choose for all.

    Raises `RequestError` for a rung of more steps than the cells have, and for values that do not go together.
    """
    if not points:
        return [Cell(one, (one,), twins=twins) for one in of_seeds(spec, seeds)]
    whole = spec.training.steps
    steps = rungs.steps or (-(-whole // SHARE),)
    if steps[-1] > whole:
        expected = f"search.rungs: expected at most the {whole:,} steps of the cells, got {steps[-1]:,}"
        raise RequestError(expected, "search", "rungs")
    if rungs.keep and rungs.keep[0] >= len(points):
        expected = f"search.keep: expected fewer than the {len(points)} points of this cell, got {rungs.keep[0]}"
        raise RequestError(expected, "search", "keep")
    finals = [with_values(spec, point) for point in points]
    warmup = max(final.training.warmup for final in finals)
    if rungs.steps and steps[0] <= warmup < whole:
        expected = f"search.rungs: expected more steps than the warm-up of {warmup:,}, got {steps[0]:,}"
        raise RequestError(expected, "search", "rungs")
    folds = [{"fold": fold, "folds": rungs.folds} for fold in range(1, rungs.folds + 1)] or [{}]
    runs = tuple(tuple(_on_val(final, number, seeds[0], folds) for final in finals) for number in steps)
    found = zip(*(of_seeds(one, seeds) for one in (spec, *finals)), strict=True)
    untuned = _on_val(spec, steps[-1], seeds[0], folds) if rungs.defaults else ()
    return [Cell(start, tuple(own), tuple(points), runs, rungs.keep, untuned, twins) for start, *own in found]


def _on_val(final: RunSpec, steps: int, seed: int, folds: Sequence[dict[str, int]]) -> Runs:
    whole = final.training.momentum_ramp
    ramp = max(1, round(whole * steps / final.training.steps)) if whole else 0  # the schedule of its own length
    recipe = replace(final.training, learn="train", steps=steps, momentum_ramp=ramp)
    return tuple(replace(final, training=recipe, stage="val", seed=seed, **fold) for fold in folds)


def _known(runs: Runs, recorded: Mapping[str, RunRecord]) -> list[RunRecord]:
    """The records of runs; none unless all are there."""
    found = [recorded.get(run.id) for run in runs]
    return [one for one in found if one] if None not in found else []


def _are_numbers(values: Sequence[object]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _outer(tried: Sequence[float], value: object) -> list[float] | None:
    """The outer quarter of the values tried, at the end where a value is; None of a value at neither end."""
    ordered = sorted({*tried})
    quarter = len(ordered) // 4
    if len(ordered) < 2 or value not in (ordered[0], ordered[-1]):
        return None
    return ordered[:quarter] if value == ordered[0] else ordered[len(ordered) - quarter :]


def _score(records: list[RunRecord]) -> float:
    first = [next(iter(record.accuracy.values())) for record in records]
    return mean([mean(values) for values in first])

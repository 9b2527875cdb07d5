"""The wrong answers to official trials."""

from collections.abc import Iterator
from dataclasses import dataclass

from fewshot.data.class_lists.names import group_of
from fewshot.records.answers import Trials
from fewshot.reporting.mistakes.page import Images, Row, Section, digits, shown


@dataclass(frozen=True)
class WrongAnswer:
    """A query of a run by its place, the places of its true and its answered class among the candidates, and scores."""

    run: int
    query: int
    true: int
    answered: int
    scores: list[float]

    @property
    def lead(self) -> float:
        """The lead of the answered class over the true one: 0 where they tie."""
        return self.scores[self.answered] - self.scores[self.true]

    @property
    def rank(self) -> int:
        """The rank of the true class among all candidates, with ties against it."""
        return sum(score >= self.scores[self.true] for score in self.scores)


def wrong_answers(trials: Trials) -> list[WrongAnswer]:
    """The queries whose true class is not alone in scoring best, those with the largest lead first."""
    return sorted(_wrong(trials), key=lambda one: -one.lead)


def trials_section(task: str, trials: Trials, images: Images, number: int) -> Section:
    """The first `number` wrong answers to the trials of a kind of task."""
    support, query = images.trials[task]
    wrong, rows = wrong_answers(trials), []
    for one in wrong[:number]:
        queries = [image for of_class in query[one.run] for image in of_class]
        candidates = [of_class[0] for of_class in support[one.run]]  # of several shots, the first stands for the class
        true, answered = (images.classes[trials.classes[one.run][place]] for place in (one.true, one.answered))
        verb = "taken for" if one.lead else "tied with"
        scores = f"score {digits(one.scores[one.answered])} against {digits(one.scores[one.true])}"
        rank = f"the true class in place {one.rank} of {len(one.scores)}"
        run = f"run {one.run + 1}"
        pictures = (
            images.picture("query", queries[one.query]),
            images.picture("answer", candidates[one.answered], one.scores[one.answered], wrong=True),
            images.picture("truth", candidates[one.true], one.scores[one.true]),
        )
        short = f"{run}, {group_of(true)}" if "/" in true else run
        rows.append(Row(f"{true} {verb} {answered}: {scores}; {run}, {rank}", short, pictures))
    every = sum(map(len, trials.answered))
    title = f"{task}: {len(wrong):,} of {every:,} answers wrong"
    return Section(title, shown(number, len(wrong), "the largest lead of the answer over the truth first"), tuple(rows))


def _wrong(trials: Trials) -> Iterator[WrongAnswer]:
    for run, (classes, rows) in enumerate(zip(trials.classes, trials.scores, strict=True)):
        for query, scores in enumerate(rows):
            true = query * len(classes) // len(rows)
            best = [place for place, score in enumerate(scores) if score == max(scores) and place != true]
            if best:
                yield WrongAnswer(run, query, true, best[0], scores)

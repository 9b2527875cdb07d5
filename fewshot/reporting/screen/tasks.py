"""Tasks with a network's answers as pictures: official trials, or the first drawn tasks."""

from dataclasses import dataclass

from fewshot.records.answers import Trials
from fewshot.reporting.mistakes.html import escaped
from fewshot.reporting.mistakes.page import Images, digits
from fewshot.reporting.mistakes.trials import WrongAnswer, wrong_answers
from fewshot.reporting.screen.pictures import Pictures


@dataclass(frozen=True)
class Answered:
    """Tasks of one kind with their answers, and the numbers of their images: support `[task][way][shot]`, and query
    `[task][way][query]`. They are the first of so many as the evaluation has."""

    kind: str
    trials: Trials
    support: list[list[list[int]]]
    query: list[list[list[int]]]
    of: int


def tasks_html(tasks: Answered, images: Images, pictures: Pictures) -> str:
    """The tasks, one below the other and closed at first: the known images, and each query with the class answered."""
    runs = len(tasks.trials.answered)
    shown = f"all {runs}" if runs == tasks.of else f"the first {runs} of {tasks.of:,}"
    wrong: list[dict[int, WrongAnswer]] = [{} for _ in range(runs)]
    for one in wrong_answers(tasks.trials):
        wrong[one.run][one.query] = one
    rows = "\n".join(_task(tasks, number, wrong[number], images, pictures) for number in range(runs))
    return (
        f"<h4>{escaped(tasks.kind)}: {shown} tasks, with the answers</h4>\n"
        f'<p class="note">Each query stands beside the image of the class that was answered and, where that is wrong, '
        f"beside the true one.</p>\n{rows}"
    )


def _task(tasks: Answered, number: int, wrong: dict[int, WrongAnswer], images: Images, pictures: Pictures) -> str:
    def show(image: int, look: str = "") -> str:
        return pictures.show(images.picture("", image).pixels, look)

    known = [of_class[0] for of_class in tasks.support[number]]  # of several shots, the first stands for the class
    labels = tasks.trials.classes[number]
    names = [images.classes[label] for label in labels]
    queries = [image for of_class in tasks.query[number] for image in of_class]
    cards = []
    for place, (image, answer) in enumerate(zip(queries, tasks.trials.answered[number], strict=True)):
        if one := wrong.get(place):
            words = escaped(f"{names[one.true]} {'taken for' if one.lead else 'tied with'} {names[one.answered]}")
            scores = f"{digits(one.scores[one.answered])} against {digits(one.scores[one.true])}"
            shown = f"{show(image)}{show(known[one.answered], 'wrong')}{show(known[one.true], 'truth')}"
            cards.append(f'<li class="wrong" title="{words}: {scores}"><span class="out">{words}</span>{shown}</li>')
        else:
            own = labels.index(answer)
            words = f"{escaped(names[own])}, right"
            cards.append(f'<li title="{words}"><span class="out">{words}</span>{show(image)}{show(known[own])}</li>')
    return (
        f"<details><summary>task {number + 1}: {len(queries) - len(wrong)} of {len(queries)} right</summary>\n"
        f'<p class="known">known: {"".join(map(show, known))}</p>\n<ul class="answers">{"".join(cards)}</ul></details>'
    )

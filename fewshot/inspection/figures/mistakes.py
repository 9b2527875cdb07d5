"""The worst mistakes: queries by the lead of the answered class over the true one, with what they were taken for."""

from collections.abc import Sequence

from fewshot.inspection.figures import thumbnails
from fewshot.inspection.figures.shown import named, shown_tasks
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import digits
from fewshot.reporting.figures.page import text_size as words
from fewshot.reporting.figures.page.look import FAINT
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import put_remark, sheet, write
from fewshot.reporting.mistakes.page import digits as score
from fewshot.reporting.mistakes.trials import wrong_answers

NEEDS = "needs a wrong answer to a task"
MOST = 11  # that stand side by side in a column of text
NAMES = ("query", "taken for", "true class")


def data(given: Given) -> list[dict]:
    """A row for each of the worst mistakes in the first kind of task, the worst first."""
    subject, kinds = shown_tasks(given)
    rows, images = [], subject.images
    for found in kinds[:1]:
        wrong, every = wrong_answers(found.trials), sum(map(len, found.trials.answered))
        for one in wrong[:MOST]:
            classes, support = found.trials.classes[one.run], found.support[one.run]
            query = [image for of_class in found.query[one.run] for image in of_class][one.query]
            three = (query, support[one.answered][0], support[one.true][0])
            rows.append({
                "task": found.kind, "number": one.run + 1, "run": named(subject.record), "wrong": len(wrong),
                "answers": every, "tasks": len(found.support), "of": found.of,
                "answered": images.classes[classes[one.answered]], "true": images.classes[classes[one.true]],
                "scores": [digits(one.scores[one.answered]), digits(one.scores[one.true])],
                "files": [images.files[image] for image in three],
                "images": [images.picture("", image).pixels for image in three],
                "records": [subject.record.id],
            })  # fmt: skip
    return rows


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """A column for each mistake: the query, the class that it was taken for, and the true one, with their scores."""
    left, line = 0.75, words.tall("", words.SMALL)
    shown = rows[: thumbnails.across(page.wide, left)]
    side = thumbnails.side_of(len(shown), page.wide, left)
    step = side + thumbnails.APART
    text = words.wrap(_words(rows, len(shown)), page.wide - 2 * thumbnails.MARGIN, words.SMALL)
    tops = [thumbnails.MARGIN + down for down in (0, step, 2 * step + line)]
    figure = sheet(page, 3 * step + 2 * line + words.tall(text, words.SMALL) + 0.2)
    for top, name in zip(tops, NAMES, strict=True):
        thumbnails.label(figure, top, side, name)
    for column, row in enumerate(shown):
        x, colours = left + step * column, (FAINT, thumbnails.WRONG, thumbnails.RIGHT)
        for top, pixels, colour in zip(tops, row["images"], colours, strict=True):
            thumbnails.put(figure, x, top, side, pixels, colour)
        for top, value in zip(tops[1:], row["scores"], strict=True):
            write(figure, x + side / 2, top + side + 0.03, _short(value), ha="center", va="top", size=words.SMALL)
    put_remark(figure, text)
    return figure


def _short(value: float) -> str:
    """A score, short enough for a column."""
    return f"{value:.3f}".replace("-", "−") if abs(value) < 10 else score(float(f"{value:.3g}"))


def _words(rows: Sequence[dict], shown: int) -> str:
    """The mistakes in words."""
    row = rows[0]
    which = f"the first {row['tasks']:,} of {row['of']:,} tasks" if row["tasks"] < row["of"] else f"{row['of']:,} tasks"
    what = f"{row['wrong']:,} of {row['answers']:,} answers wrong in {which}, {row['task']}"
    return f"{what}; the {shown} with the largest lead over the true class, with scores ({row['run']})"

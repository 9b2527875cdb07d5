"""One task of the evaluation as the network sees it: the support, the queries, and its answers, right and wrong."""

from collections.abc import Sequence

from fewshot.inspection.figures import thumbnails
from fewshot.inspection.figures.shown import named, shown_tasks
from fewshot.reporting.figures.given import Given, LeftOut
from fewshot.reporting.figures.methods import digits
from fewshot.reporting.figures.page import text_size as words
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import put_remark, sheet
from fewshot.reporting.mistakes.trials import wrong_answers
from fewshot.reporting.screen.tasks import Answered

NEEDS = "needs a record of a training with its images"
SHOTS, QUERIES, CLASSES = 5, 2, 30  # shown of a task, at most


def data(given: Given) -> list[dict]:
    """A row for each class of the first task with a right and a wrong answer, or of the first: images and answers."""
    subject, kinds = shown_tasks(given)
    if not kinds:
        raise LeftOut("needs tasks with right and wrong answers")
    found, images = kinds[0], subject.images
    number = _chosen(found)
    classes, scores = found.trials.classes[number], found.trials.scores[number]
    each, rows = len(scores) // len(classes), []
    for place, label in enumerate(classes[:CLASSES]):
        support, query = found.support[number][place][:SHOTS], found.query[number][place][:QUERIES]
        answered = [classes.index(one) for one in found.trials.answered[number][each * place :][: len(query)]]
        own = scores[each * place :][: len(query)]
        rows.append({
            "task": found.kind, "number": number + 1, "of": found.of, "run": named(subject.record),
            "class": images.classes[label], "support": [images.files[image] for image in support],
            "query": [images.files[image] for image in query], "way": len(classes),
            "answer": [images.classes[classes[one]] for one in answered],
            "score": [digits(row[one]) for row, one in zip(own, answered, strict=True)],
            "right": [one == place for one in answered],
            "share": digits(found.trials.accuracy()[number]),
            "queries": each, "shots": len(found.support[number][place]),
            "support images": [images.picture("", image).pixels for image in support],
            "query images": [images.picture("", image).pixels for image in query],
            "answer images": [images.picture("", found.support[number][one][0]).pixels for one in answered],
            "records": [subject.record.id],
        })  # fmt: skip
    return rows


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Bands of classes side by side: rows of supports, then each query above the class that the network answered."""
    shots, queries = len(rows[0]["support"]), len(rows[0]["query"])
    columns = _even(len(rows), thumbnails.across(page.wide))
    side = thumbnails.side_of(columns, page.wide)
    step = side + thumbnails.APART
    band = step * (shots + 2 * queries) + 0.12
    rows = rows[: columns * max(1, int((page.high - 0.5) / band))]
    bands = [rows[first : first + columns] for first in range(0, len(rows), columns)]
    text = words.wrap(_words(rows), page.wide - 2 * thumbnails.MARGIN, words.SMALL)
    figure = sheet(page, band * len(bands) + words.tall(text, words.SMALL) + 0.14)
    for number, some in enumerate(bands):
        top = thumbnails.MARGIN + band * number
        for line, name in enumerate(("support", *[""] * (shots - 1), *["query", "answer"] * queries)):
            thumbnails.label(figure, top + step * line, side, name)
        for column, row in enumerate(some):
            left = thumbnails.LABELS + step * column
            for line, pixels in enumerate(row["support images"]):
                thumbnails.put(figure, left, top + step * line, side, pixels)
            for query, right in enumerate(row["right"]):
                below = top + step * (shots + 2 * query)
                colour = thumbnails.RIGHT if right else thumbnails.WRONG
                thumbnails.put(figure, left, below, side, row["query images"][query])
                thumbnails.put(figure, left, below + step, side, row["answer images"][query], colour)
                thumbnails.mark(figure, left, below + step, side, right)
    put_remark(figure, text)
    return figure


def _chosen(found: Answered) -> int:
    """The number of the first task with right and wrong answers, among those shown if there is one, or else 0."""
    wrong: dict[int, bool] = {}  # by run: whether a wrong answer is shown
    for one in wrong_answers(found.trials):
        each = len(found.trials.scores[one.run]) // len(found.trials.classes[one.run])
        place, query = divmod(one.query, each)
        wrong[one.run] = wrong.get(one.run, False) or (place < CLASSES and query < QUERIES)
    both = [run for run, share in enumerate(found.trials.accuracy()) if run in wrong and share]
    return min(both, key=lambda run: (not wrong[run], run), default=0)


def _even(many: int, most: int) -> int:
    """Columns by which bands of at most `most` are about equally long."""
    return -(-many // -(-many // most))


def _words(rows: Sequence[dict]) -> str:
    """The task in words."""
    row = rows[0]
    parts = [(len(rows), row["way"], "classes"), (len(row["support"]), row["shots"], "supports of each")]
    parts.append((len(row["query"]), row["queries"], "queries of each"))
    some = [f"{shown} of {each} {what}" for shown, each, what in parts if shown < each]
    left = f"; {', '.join(some)}" if some else ""
    share = f"{100 * row['share']:.3g} % of its answers right"
    return f"{row['task']}, task {row['number']} of {row['of']:,}{left}, {share} ({row['run']})"

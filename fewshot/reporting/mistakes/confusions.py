"""The commonest confusions in drawn episodes."""

from fewshot.records.answers import ClassCounts
from fewshot.reporting.mistakes.page import Images, Row, Section, shown


def confusions_section(task: str, counts: ClassCounts, images: Images, number: int) -> Section:
    """The `number` commonest confusions of a true with an answered class, with an example image of each."""
    rows = []
    for true, answered, times in counts.confusions[:number]:
        share = f"{100 * times / counts.asked[true]:.1f} %"
        often = f"{times:,.10g} time{'s' if times != 1 else ''}"
        text = f"{images.classes[true]} taken for {images.classes[answered]}: {often}, {share} of its queries"
        pictures = images.example("truth", true), images.example("answer", answered, wrong=True)
        rows.append(Row(text, f"{often}, {share}", pictures))
    asked, wrong = sum(counts.asked), sum(counts.asked) - sum(counts.right)
    title = f"{task}: {wrong:,.0f} of {asked:,} answers wrong"
    order = shown(number, len(counts.confusions), "the commonest first")
    note = f"confusions of two classes, each by its first image, {order}"
    return Section(title, note, tuple(rows), examples=True)

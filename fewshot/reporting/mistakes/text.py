"""A page of mistakes as text."""

from collections.abc import Iterator

from fewshot.core.errors import one_line
from fewshot.reporting.mistakes.page import Page


def to_text(page: Page) -> str:
    """The page as a list of mistakes, each with the files of its images."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield from (page.title, page.note)
    for section in page.sections:
        yield from ("", section.title, *([f"({section.note})"] if section.rows else []))
        for number, row in enumerate(section.rows, start=1):
            yield f"{number:>4}. {one_line(row.text)}"
            pictures = () if section.examples else row.pictures
            roles = max((len(picture.role) for picture in pictures), default=0)
            yield from (f"      {picture.role:{roles}} {one_line(picture.file)}".rstrip() for picture in pictures)

"""A page of mistakes as one HTML file, with its images inside."""

import base64
import io
from collections.abc import Iterator
from html import escape

import numpy as np

from fewshot.reporting.mistakes.page import Page, Picture, Row, Section, digits

SIDE = 112  # pixels at which an image is shown
STYLE = f"""
:root {{ color-scheme: light dark; --faint: #8884; --wrong: #d55e00; --right: #0072b2; }}
body {{ font: 15px/1.45 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; margin-bottom: 0; }}
h2 {{ font-size: 1.15rem; margin: 2.5rem 0 0; }}
p {{ margin: 0.2rem 0 1rem; opacity: 0.75; }}
ol {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 1rem; list-style: none;
      margin: 0; padding: 0; }}
li {{ border: 1px solid var(--faint); border-radius: 6px; padding: 0.7rem; }}
li > div {{ display: flex; gap: 0.7rem; margin-top: 0.6rem; }}
figure {{ margin: 0; width: {SIDE}px; }}
img {{ display: block; width: {SIDE}px; height: {SIDE}px; object-fit: contain; box-sizing: border-box;
       border: 2px solid var(--faint); image-rendering: pixelated; }}
img.wrong {{ border-color: var(--wrong); }}
img.truth {{ border-color: var(--right); }}
figcaption {{ font-size: 0.75rem; line-height: 1.3; margin-top: 0.25rem; overflow-wrap: anywhere; }}
figcaption b {{ display: block; }}
""".strip()


def to_html(page: Page) -> str:
    """The page as HTML that needs no other file."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>Mistakes: {_text(page.title)}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n<main>"
    yield f"<h1>Mistakes of {_text(page.title)}</h1>\n<p>{_text(page.note)}</p>"
    for section in page.sections:
        yield from _section(section)
    yield "</main>\n</body>\n</html>"


def _section(section: Section) -> Iterator[str]:
    yield f"<section>\n<h2>{_text(section.title)}</h2>"
    if section.rows:
        yield f"<p>{_text(section.note)}</p>\n<ol>"
        yield from map(_row, section.rows)
        yield "</ol>"
    yield "</section>"


def _row(row: Row) -> str:
    return f"<li>{_text(row.text)}\n<div>{''.join(map(_figure, row.pictures))}</div></li>"


def _figure(picture: Picture) -> str:
    look = "wrong" if picture.wrong else "truth" if picture.role == "truth" else ""
    mark = f' class="{look}"' if look else ""
    score = "" if picture.score is None else f" {digits(picture.score)}"
    head = f"<b>{_text(picture.role)}{score}</b>" if picture.role else ""
    words = f"{head}{_text(picture.of_class)}<br><small>{_text(picture.file)}</small>"
    alt = _text(f"{picture.role} {picture.file}".strip())
    return f'<figure><img{mark} alt="{alt}" src="{data_uri(picture.pixels)}"><figcaption>{words}</figcaption></figure>'


def data_uri(pixels: np.ndarray) -> str:
    """A PNG of uint8 pixels `[channel height width]` as an address that holds it."""
    from PIL import Image

    file = io.BytesIO()
    image = pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0))
    Image.fromarray(image).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _text(text: str) -> str:
    """Text for HTML; bytes of a file's name that are no UTF-8 are shown as escapes."""
    return escape(text.encode("utf-8", "backslashreplace").decode())

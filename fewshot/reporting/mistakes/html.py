"""A page of mistakes as one HTML file, with its images inside."""

import base64
import io
from collections.abc import Callable, Iterator
from html import escape

import numpy as np

from fewshot.reporting.mistakes.page import Page, Picture, Row, Section, digits

Draw = Callable[[np.ndarray, str, str], str]  # of pixels, a look ("wrong", "truth", "") and escaped words: HTML
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
    yield f"<title>Mistakes: {escaped(page.title)}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n<main>"
    yield f"<h1>Mistakes of {escaped(page.title)}</h1>\n<p>{escaped(page.note)}</p>"
    for section in page.sections:
        yield section_html(section, _image)
    yield "</main>\n</body>\n</html>"


def section_html(section: Section, image: Draw, heading: str = "h2") -> str:
    """A section of a page, its pictures as `image` draws them."""
    lines = [f"<section>\n<{heading}>{escaped(section.title)}</{heading}>"]
    if section.rows:
        rows = (_row(row, image) for row in section.rows)
        lines += [f"<p>{escaped(section.note)}</p>\n<ol>", *rows, "</ol>"]
    return "\n".join([*lines, "</section>"])


def _row(row: Row, image: Draw) -> str:
    figures = "".join(_figure(one, image) for one in row.pictures)
    return f"<li>{escaped(row.text)}\n<div>{figures}</div></li>"


def _figure(picture: Picture, image: Draw) -> str:
    look = "wrong" if picture.wrong else "truth" if picture.role == "truth" else ""
    score = "" if picture.score is None else f" {digits(picture.score)}"
    head = f"<b>{escaped(picture.role)}{score}</b>" if picture.role else ""
    words = f"{head}{escaped(picture.of_class)}<br><small>{escaped(picture.file)}</small>"
    alt = escaped(f"{picture.role} {picture.file}".strip())
    return f"<figure>{image(picture.pixels, look, alt)}<figcaption>{words}</figcaption></figure>"


def _image(pixels: np.ndarray, look: str, alt: str) -> str:
    mark = f' class="{look}"' if look else ""
    return f'<img{mark} alt="{alt}" src="{data_uri(pixels)}">'


def data_uri(pixels: np.ndarray, form: str = "PNG") -> str:
    """A file of uint8 pixels `[channel height width]` as an address that holds it."""
    from PIL import Image

    file = io.BytesIO()
    image = pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels.transpose(1, 2, 0))
    Image.fromarray(image).save(file, form)
    return f"data:image/{form.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def escaped(text: str) -> str:
    """Text for HTML; bytes of a file's name that are no UTF-8 are shown as escapes."""
    return escape(text.encode("utf-8", "backslashreplace").decode())

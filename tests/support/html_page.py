"""A page of HTML, read."""

from html.parser import HTMLParser

EMPTY = ("meta", "img", "input", "br", "circle", "path")


class HtmlPage(HTMLParser):
    """The elements of a page, its texts, and the tags that stay open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.found, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def of(self, tag: str) -> list[dict]:
        return [values for name, values in self.found if name == tag]

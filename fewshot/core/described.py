"""`Described`: values shown as a few facts, on one line or as a notebook's table."""

from abc import ABC, abstractmethod
from html import escape


class Described(ABC):
    """A value shown by its `summary` instead of its numbers."""

    @abstractmethod
    def summary(self) -> dict[str, str]:
        """A few facts by name."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}: {text}' for name, text in self.summary().items())})"

    def _repr_html_(self) -> str:
        rows = [f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>'
                for name, text in self.summary().items()]  # fmt: skip
        return f"<table><caption>{escape(type(self).__name__)}</caption>{''.join(rows)}</table>"

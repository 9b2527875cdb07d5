"""Pictures of a page, each kept once in its style sheet, however often it is shown."""

import numpy as np

from fewshot.reporting.mistakes.html import data_uri

LARGEST = 112  # pixels of a side; of larger images every second pixel is kept, every third, …


class Pictures:
    """The pictures of a page by their content."""

    def __init__(self) -> None:
        self._names: dict[tuple, str] = {}
        self._rules: list[str] = []

    def name(self, pixels: np.ndarray) -> str:
        """The class that shows uint8 pixels `[channel height width]`, as they are to be seen: "p12"."""
        step = -(-max(pixels.shape[1:]) // LARGEST)
        pixels = np.ascontiguousarray(pixels[:, ::step, ::step])
        key = pixels.shape, pixels.tobytes()
        if key not in self._names:
            self._names[key] = f"p{len(self._names)}"
            address = data_uri(pixels, "PNG" if len(pixels) == 1 else "JPEG")
            self._rules.append(f".{self._names[key]}{{background-image:url({address})}}")
        return self._names[key]

    def show(self, pixels: np.ndarray, look: str = "", words: str = "") -> str:
        """HTML of a picture with a look ("wrong", "truth") and, where these do not stand beside it, escaped words."""
        said = f' role="img" aria-label="{words}"' if words else ""
        return f'<i class="{" ".join(filter(None, ("p", self.name(pixels), look)))}"{said}></i>'

    @property
    def rules(self) -> str:
        """The rules of all pictures for a style sheet."""
        return "\n".join(self._rules)

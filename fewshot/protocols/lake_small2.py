"""Official Omniglot one-shot task, trained on the second minimal background set: five alphabets, 3,120 images.

Lake, Salakhutdinov and Tenenbaum 2015, images_background_small2. One of the five, Greek, is used for validation.
`drawn` adds tasks as in `lake`.
"""

from fewshot.protocols._official import official
from fewshot.protocols._protocol import Protocol, protocol

ALPHABETS = ("Greek", "Japanese_(katakana)", "Latin", "Sanskrit", "Tagalog")


@protocol(later=["drawn"])
def lake_small2(*, drawn: int = 0) -> Protocol:
    """The official trials; train and val are Greek, Japanese_(katakana), Latin, Sanskrit and Tagalog."""
    return official("lake_small2", ALPHABETS, ("Greek",), drawn=drawn)

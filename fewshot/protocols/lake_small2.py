"""Official Omniglot one-shot task, trained on the second minimal background set: five alphabets, 3,120 images.

Lake, Salakhutdinov and Tenenbaum 2015, images_background_small2. One of the five, Greek, is used for validation.
"""

from fewshot.protocols._official import official
from fewshot.protocols._protocol import Protocol, protocol

ALPHABETS = ("Greek", "Japanese_(katakana)", "Latin", "Sanskrit", "Tagalog")


@protocol
def lake_small2() -> Protocol:
    """The official trials; train and val are Greek, Japanese_(katakana), Latin, Sanskrit and Tagalog."""
    return official("lake_small2", ALPHABETS, ("Greek",))

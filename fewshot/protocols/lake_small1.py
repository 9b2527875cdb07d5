"""Official Omniglot one-shot task, trained on the first minimal background set: five alphabets, 2,720 images.

Lake, Salakhutdinov and Tenenbaum 2015, images_background_small1. One of the five, Early_Aramaic, is used for
validation. `drawn` adds tasks as in `lake`.
"""

from fewshot.protocols._official import official
from fewshot.protocols._protocol import Protocol, protocol

ALPHABETS = ("Balinese", "Early_Aramaic", "Greek", "Korean", "Latin")


@protocol(later=["drawn"])
def lake_small1(*, drawn: int = 0) -> Protocol:
    """The official trials; train and val are Balinese, Early_Aramaic, Greek, Korean and Latin."""
    return official("lake_small1", ALPHABETS, ("Early_Aramaic",), drawn=drawn)

"""Official Omniglot one-shot task: learn from images_background only, tested on the 400 official trials.

Lake, Salakhutdinov and Tenenbaum, Science 2015. The rule: nothing of images_evaluation may be learned from. `test`
holds all of its 659 characters, so that the split is proven disjoint from more than the ten alphabets of the trials.
Validation poses 400 official-style runs from five background alphabets, which training leaves out: Armenian, Bengali,
Early_Aramaic, Hebrew and Mkhedruli_(Georgian).
"""

from fewshot.data.class_lists.omniglot import VAL
from fewshot.protocols._official import official
from fewshot.protocols._protocol import Protocol, protocol


@protocol
def lake() -> Protocol:
    """The official split and trials; 25, 5 and 20 alphabets."""
    return official("lake", None, VAL)

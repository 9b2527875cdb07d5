"""Official Omniglot one-shot task: learn from images_background only, tested on the 400 official trials.

Lake, Salakhutdinov and Tenenbaum, Science 2015. The rule: nothing of images_evaluation may be learned from. `test`
holds all of its 659 characters, so that the split is proven disjoint from more than the ten alphabets of the trials.
Validation poses 400 official-style runs from five background alphabets, which training leaves out.
"""

from fewshot.protocols import Episodes, Protocol, protocol
from fewshot.protocols._omniglot import background_classes, evaluation_classes
from fewshot.spec import TaskShape

VAL = ("Armenian", "Bengali", "Early_Aramaic", "Hebrew", "Mkhedruli_(Georgian)")


@protocol
def lake() -> Protocol:
    """The official split and trials; 25, 5 and 20 alphabets."""
    background = background_classes()
    one_shot = TaskShape(way=20, shot=1, query=1)
    return Protocol(
        name="lake",
        dataset="omniglot",
        classes={
            "train": tuple(name for name in background if name.split("/")[0] not in VAL),
            "val": tuple(name for name in background if name.split("/")[0] in VAL),
            "test": evaluation_classes(),
        },
        val=(Episodes(one_shot, 400, within_group=True, other_authors=True),),
        test=(Episodes(one_shot, 20, within_group=True, other_authors=True, trials="official"),),
        pairs=2000,
        seed=2015,
    )

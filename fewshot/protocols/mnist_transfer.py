"""Koch, Zemel and Salakhutdinov 2015, table 3: learned from Omniglot's characters, tested on MNIST's digits.

The ten digits are an alphabet of which no image is learned from or chosen by: train and val are the background of
Omniglot, as in `lake`. The paper has 400 trials; ours are 40 tasks, each with one image of every digit as supports and
ten others as queries.
"""

from fewshot.core.checks import between
from fewshot.core.recipe import TaskShape
from fewshot.data.class_lists.omniglot import VAL, background_classes
from fewshot.protocols._episodes import MOST, Episodes
from fewshot.protocols._protocol import Protocol, protocol


@protocol
def mnist_transfer(*, tasks: int = 40) -> Protocol:
    """10-way 1-shot `tasks` of ten queries each."""
    between(2, MOST, tasks=tasks)
    one_shot, names = TaskShape(way=10, shot=1, query=1), background_classes()
    return Protocol(
        name="mnist_transfer",
        dataset="omniglot_and_mnist",
        classes={
            "train": tuple(name for name in names if name.split("/")[0] not in VAL),
            "val": tuple(name for name in names if name.split("/")[0] in VAL),
            "test": tuple(f"MNIST/{digit}" for digit in range(10)),
        },
        val=(Episodes(one_shot, 400, within_group=True),),
        test=(Episodes(one_shot, tasks),),
        pairs=2000,
        seed=2015,
    )

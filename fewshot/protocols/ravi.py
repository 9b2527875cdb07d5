"""The usual miniImageNet: 5-way, 1-shot and 5-shot, on 64, 16 and 20 classes of ImageNet.

The split of Ravi and Larochelle, ICLR 2017, not that of Vinyals et al. 2016, whose lists were not published. There are
15 queries of each class and 10,000 test tasks of each kind; many papers use 600 tasks.
"""

from fewshot.core.recipe import TaskShape
from fewshot.data.class_lists.miniimagenet import classes
from fewshot.protocols._episodes import Episodes
from fewshot.protocols._protocol import Protocol, protocol


@protocol
def ravi() -> Protocol:
    """5-way 1-shot and 5-shot; classes are WordNet ids ("n01532829")."""
    shapes = [TaskShape(5, 1, 15), TaskShape(5, 5, 15)]
    return Protocol(
        name="ravi",
        dataset="miniimagenet",
        classes=classes(),
        val=tuple(Episodes(shape, 1000) for shape in shapes),
        test=tuple(Episodes(shape, 10_000) for shape in shapes),
        pairs=2000,
        seed=2017,
    )

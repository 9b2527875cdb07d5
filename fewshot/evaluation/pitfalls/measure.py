"""One trained network measured again with each mistake, as further kinds of task beside the right ones."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from fewshot.core.device import measuring
from fewshot.core.types import Learner
from fewshot.data.bank import ImageBank
from fewshot.evaluation.measure import Measured
from fewshot.evaluation.pitfalls import draws, images, ties
from fewshot.evaluation.pitfalls.batch_statistics import batch_statistics
from fewshot.evaluation.pitfalls.setting import Setting
from fewshot.evaluation.scorer import Scorer
from fewshot.protocols import Protocol
from fewshot.records.answers import Answers, ClassCounts, rounded
from fewshot.registry.pitfalls import CONSTANT, MEASURED, mistaken
from fewshot.tasks.fixed import evaluation_tasks

MISTAKES: dict[str, Callable[[Setting], Setting]] = {
    "batch_statistics": batch_statistics,
    "across_alphabets": draws.across_alphabets,
    "same_drawers": draws.same_drawers,
    "identical_image": draws.identical_image,
    "with_replacement": draws.with_replacement,
    "nearest_resizing": images.nearest_resizing,
    "uninverted_ink": images.uninverted_ink,
    "turned_classes": images.turned_classes,
    "counted_ties": ties.counted_ties,
    "constant_ties": ties.constant_ties,
}


@measuring()
def with_mistakes(
    measured: Measured,
    names: Sequence[str],
    learner: Learner,
    bank: ImageBank,
    protocol: Protocol,
    *,
    original: Callable[[], ImageBank],
    progress: Callable[[str], None] = lambda _: None,
) -> Measured:
    """The measurements with those of each mistake on the first kind of val tasks, under the name of the mistake.

    A constant network's right figure stands beside its mistaken one. Mistakes of a training are passed over.
    """
    episodes = protocol.selects_by
    right = Setting(learner, bank, protocol, episodes, evaluation_tasks(bank, episodes, protocol), original)
    settings = {}
    for name in names:
        if name == "constant_ties":
            settings[f"{episodes.name}, {CONSTANT}"] = ties.constant
        if name in MEASURED:
            settings[mistaken(episodes.name, name)] = MISTAKES[name]
    accuracy, answers = dict(measured.accuracy), dict(measured.answers)
    for task, mistake in settings.items():
        progress(task)
        accuracy[task], answers[task] = measured_in(mistake(right), len(bank.classes))
    return replace(measured, accuracy=accuracy, answers=answers)


def measured_in(setting: Setting, classes: int) -> tuple[list[float], Answers]:
    """The accuracy of every task of a setting, and its answers by class without the confusions; turns of a class are
    counted as that class, so that units stay the same."""
    scorer = Scorer(setting.learner, setting.bank)
    ((accuracy, found),) = scorer.answers(setting.drawn, setting.episodes, setting.judge)
    return accuracy, folded(found, classes)


def folded(counts: ClassCounts, classes: int) -> ClassCounts:
    """Counts in which class c and all classes a multiple of `classes` behind it are one."""
    sums = (
        rounded(sum(values[first::classes]) for first in range(classes))
        for values in (counts.asked, counts.right, counts.beside)
    )
    return ClassCounts(counts.way, counts.one_group, *sums, confusions=[])

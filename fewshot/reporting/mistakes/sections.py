"""The sections of a record's mistakes."""

from fewshot.core.spec.names import OPEN_FIGURES
from fewshot.records.answers import Trials
from fewshot.records.record import RunRecord
from fewshot.reporting.mistakes.confusions import confusions_section
from fewshot.reporting.mistakes.page import Images, Section
from fewshot.reporting.mistakes.pairs import pair_sections
from fewshot.reporting.mistakes.trials import trials_section


def sections_of(record: RunRecord, images: Images, number: int) -> tuple[Section, ...]:
    """Wrong answers to each kind of task, then the hardest pairs, at most `number` in a section."""
    answers = (
        trials_section(task, found, images, number)
        if isinstance(found, Trials)
        else confusions_section(task, found, images, number)
        for task, found in record.answers.items()
        if not task.endswith(OPEN_FIGURES)  # which count no answers
    )
    return *answers, *pair_sections(record, images, number)

"""CEDAR's offline signatures (Kalera, Srihari and Xu 2004): 55 writers, 24 genuine and 24 forged ones of each.

They are parted from the paper, whose grey would give the forgeries away, by Otsu's threshold.
A folder or zip file `cedar` or `signatures` has the official `full_org` and `full_forg`, or files prepared before.
"""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fewshot.core.checks import Size
from fewshot.data.bank import ImageBank
from fewshot.data.class_lists.writers import CEDAR, CEDAR_TEST, CEDAR_VAL, divided
from fewshot.data.datasets import dataset
from fewshot.data.signatures import Scans, Signature, locate_scans, prepare, read_signatures, verify_scans

NAME = re.compile(r"(original|forgeries)_(\d+)_(\d+)\.[^./]+$")


def parse(file: str) -> Signature | None:
    """The signature of a file: "full_org/original_29_1.png"."""
    found = NAME.search(file)
    return Signature(f"{int(found[2]):02d}", found[1] == "forgeries") if found else None


SCANS = Scans(
    "cedar",
    CEDAR,
    ("cedar", "signatures"),
    parse,
    "CEDAR's signatures.rar (cedar.buffalo.edu/NIJ/data), unpacked",
    each=(24, 24),
)


def splits(folders: Sequence[Path], **options: object) -> dict[str, tuple[str, ...]]:
    """45 writers to learn from, 5 to choose by and 5 to test, as MS-SigNet divides them."""
    return divided(CEDAR, CEDAR_VAL, CEDAR_TEST)


@dataset(
    locate=partial(locate_scans, SCANS),
    verify=partial(verify_scans, SCANS),
    splits=splits,
    prepare=prepare,
    oblong=True,
    class_word="writers",
    group_word="writers",
)
def cedar(classes: Sequence[str], size: Size | None, folders: Sequence[Path]) -> ImageBank:
    """The signatures of each writer ("01" to "55"), forgeries last, in `size` (None: 220 × 310).

    Raises `RequestError` if the scans are missing or damaged.
    """
    return read_signatures(SCANS, classes, size, folders)

"""SigComp2011's Dutch offline signatures: 10 writers of the competition's training set and 54 of its test set.

Genuine signatures and skilled forgeries are parted from the paper by Otsu's threshold.
A folder or zip file `sigcomp2011-dutch` has the competition's folders, at any depth, or files prepared before.
"""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fewshot.core.checks import Size
from fewshot.data.bank import ImageBank
from fewshot.data.class_lists.writers import SIGCOMP, sigcomp_split
from fewshot.data.datasets import dataset
from fewshot.data.signatures import Scans, Signature, locate_scans, prepare, read_signatures, verify_scans

FORGED = re.compile(r"(?:^|_)\d{4}(\d{3})(?:_|$)")  # "0119001_01", "01_0113013": forger, then writer
GENUINE = re.compile(r"^(?:[A-Za-z]?\d{1,3}_(\d{3})|(\d{3})_\d{1,3})$")  # "01_013"; "001_01"


def parse(file: str) -> Signature | None:
    """The signature of a file by its stem; None for the competition's Chinese signatures."""
    stem = file.rpartition("/")[2].rpartition(".")[0]
    if "chinese" in file.lower():
        return None
    if found := FORGED.search(stem):
        return Signature(found[1], True)
    found = GENUINE.match(stem)
    return Signature(found[1] or found[2], False) if found else None


SCANS = Scans(
    "sigcomp2011_dutch",
    SIGCOMP,
    ("sigcomp2011-dutch", "sigcomp2011_dutch", "SigComp2011"),
    parse,
    "SigComp2011's Dutch offline signatures (iapr-tc11.org), unpacked",
)


def splits(folders: Sequence[Path], **options: object) -> dict[str, tuple[str, ...]]:
    """Seven of the competition's training writers to learn from, three to choose by, and its test writers."""
    return sigcomp_split()


@dataset(
    locate=partial(locate_scans, SCANS),
    verify=partial(verify_scans, SCANS),
    splits=splits,
    prepare=prepare,
    oblong=True,
    class_word="writers",
    group_word="writers",
)
def sigcomp2011_dutch(classes: Sequence[str], size: Size | None, folders: Sequence[Path]) -> ImageBank:
    """The signatures of each writer ("001" to "069"), forgeries last, in `size` (None: 220 × 310).

    Raises `RequestError` if the scans are missing or damaged.
    """
    return read_signatures(SCANS, classes, size, folders)

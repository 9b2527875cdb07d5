"""A process that keeps its memory is given the same pages again."""

import gc
import subprocess
import sys

import pytest

from fewshot.core.allocator import uncollected

COUNT = """
import resource, sys
import torch
from fewshot.core.allocator import keep_memory

if sys.argv[1] == "keep":
    keep_memory()
torch.set_num_threads(1)
for _ in range(2):  # the first time round, the pages are new either way
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.zeros(2**24).add_(1.0)  # 64 MB, freed at once; of up to 32 MB glibc keeps some by itself
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="page faults are counted where glibc allocates")
def test_freed_memory_is_not_mapped_again():
    def faults(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", COUNT, how], check=True, capture_output=True, text=True)
        return int(done.stdout)

    assert faults("keep") < faults("give back") / 5


def test_cycles_are_looked_for_again_after_the_outermost_block():
    with uncollected():
        with pytest.raises(ZeroDivisionError), uncollected():
            1 / 0  # noqa: B018
        assert not gc.isenabled()
    assert gc.isenabled()

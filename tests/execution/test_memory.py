"""The line on memory: what the process has held, and the images."""

import numpy as np

from fewshot.execution.memory import GIB, memory_line


def test_it_is_no_less_than_the_process_holds_and_the_images_add_to_it():
    held = np.ones(300 * 2**20, np.uint8)
    assert held.all()
    line = memory_line("cpu", 10 * GIB, 2)
    amount = float(line.split()[1])
    assert line.endswith("GiB of memory for each process, 10.0 GiB of it images")
    assert amount > 10.3

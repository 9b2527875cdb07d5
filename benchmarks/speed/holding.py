"""What a training on Omniglot at 105 px holds in memory, learning from 25 alphabets and from four of them.

`python benchmarks/speed/holding.py` trains on each in a process of its own and prints the bytes of the images, which
are mapped from the cache, and of anonymous memory before and at most. If that grows with the images, a copy is held.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

PROTOCOLS = ("lake", "lake_small1")
SIZE, STEPS = 105, 20
NETWORK = {"conv4": {"widths": [8, 8, 8, 8]}}  # whose step is smaller than a copy of all images would be
LOOK_EVERY = 0.002  # seconds


def measure() -> dict[str, dict[str, int]]:
    """Bytes by protocol."""
    found = {}
    for protocol in PROTOCOLS:
        asked = [sys.executable, __file__, protocol]
        subprocess.run(asked, check=True, stdout=subprocess.DEVNULL)  # from here on the images are in the cache
        found[protocol] = json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)
    return found


def train(protocol: str) -> dict[str, int]:
    """Bytes of the images of train and val, and of anonymous memory before the training and at most."""
    import torch  # before it is looked at what there is: only a training imports it

    import fewshot

    torch.zeros(1)
    before = anonymous()
    with watched() as most:
        fewshot.train("prototypical", protocol=protocol, size=SIZE, steps=STEPS, device="cpu", batch=1, options=NETWORK)
    banks = [fewshot.load_split("omniglot", protocol, split, size=SIZE) for split in ("train", "val")]
    return {"images": sum(bank.pixels.nbytes for bank in banks), "before": before, "most": most[0]}


@contextmanager
def watched() -> Iterator[list[int]]:
    """The most anonymous memory that this process has in the block."""
    most, done = [0], Event()

    def look() -> None:
        while not done.wait(LOOK_EVERY):
            most[0] = max(most[0], anonymous())

    watcher = Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        done.set()
        watcher.join()


def anonymous() -> int:
    """Bytes of this process that no file stands behind, as Linux says them."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


if __name__ == "__main__":
    print(json.dumps(train(sys.argv[1]) if sys.argv[1:] else measure(), indent=1))

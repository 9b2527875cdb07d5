"""Seconds and memory until the images of a folder are there, of many files and of many groups, and how they grow.

`uv run python benchmarks/speed/starting.py [--images 5000 20000] [--groups 10000 100000]`: makes folders of small
images, ten a class by split, and zip files whose classes are each a group of their own, in a temporary folder. The
first start decodes them; the second maps them from the cache. Seconds are of the processor, in a new process, without
imports.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

SIDE, EACH, OF_A_GROUP = 16, 10, 3
SHARES = {"train": 0.6, "val": 0.8, "test": 1.0}
LOADS = """
import json, sys, time
from pathlib import Path
import fewshot.execution.run
from fewshot.data.datasets.folder import folder, splits
options = json.loads(sys.argv[1])
def most():  # MB of memory; in getrusage, those of the process that started this one count too
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
before, begin = most(), time.process_time()
for classes in splits([Path()], **options).values():
    folder(classes, 16, [Path()], **options)
print(time.process_time() - begin, most() - before)
"""


def files() -> list[bytes]:
    """A hundred images of noise."""
    draw, made = np.random.default_rng(0), []
    for _ in range(100):
        Image.fromarray(draw.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)).save(file := io.BytesIO(), "PNG")
        made.append(file.getvalue())
    return made


def many_images(place: Path, images: int) -> dict[str, str]:
    """Write a folder of so many images in split folders, and return the options that read it."""
    kept, classes = files(), images // EACH
    for number in range(classes):
        split = next(split for split, share in SHARES.items() if number < share * classes)
        (own := place / "set" / split / f"class{number:06d}").mkdir(parents=True)
        for image in range(EACH):
            (own / f"{image}.png").write_bytes(kept[(number + image) % len(kept)])
    return {"path": "set"}


def many_groups(place: Path, groups: int) -> dict[str, str]:
    """Write a zip file of so many groups of one class each, and return the options that read it."""
    kept = files()
    with zipfile.ZipFile(place / "set.zip", "w") as archive:
        for number in range(groups):
            for image in range(OF_A_GROUP):
                archive.writestr(f"group{number:06d}/class/{image}.png", kept[(number + image) % len(kept)])
    return {"path": "set", "split": "0.6/0.2/0.2"}


def measure(what: str, number: int) -> list[tuple[float, float]]:
    """Seconds and MB of the first and of the second start with `number` images or groups."""
    with tempfile.TemporaryDirectory() as place:
        options = json.dumps({"images": many_images, "groups": many_groups}[what](Path(place), number))
        environ = os.environ | {"FEWSHOT_CACHE": str(Path(place, "cache"))}
        words = [sys.executable, "-c", LOADS, options]
        done = [subprocess.run(words, cwd=place, env=environ, check=True, stdout=subprocess.PIPE) for _ in range(2)]
    return [tuple(map(float, one.stdout.split())) for one in done]


def main() -> None:
    """Print seconds and memory, and by what power of the number the seconds grow between the last two."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, nargs="*", default=[5000, 20_000])
    parser.add_argument("--groups", type=int, nargs="*", default=[10_000, 100_000])
    for what, numbers in vars(parser.parse_args()).items():
        found = {number: measure(what, number) for number in numbers}
        for turn, name in enumerate(("first", "second")):
            each = [found[number][turn] for number in numbers]
            shown = ", ".join(
                f"{number:,} {what} {seconds:.2f} s and {memory:,.0f} MB"
                for number, (seconds, memory) in zip(numbers, each, strict=True)
            )
            ratio = np.log(each[-1][0] / each[-2][0]) / np.log(numbers[-1] / numbers[-2]) if len(each) > 1 else 1.0
            print(f"{name} start: {shown}; n^{ratio:.2f}", flush=True)


if __name__ == "__main__":
    main()

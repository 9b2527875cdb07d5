"""The progress bar, redrawn often on a terminal and rarely in a log."""

import sys


def open_bar(total: int | None, unit: str, **options: object) -> "tqdm.std.tqdm":
    """A tqdm bar over `total` units, with further options of tqdm; a context manager with `update`."""
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, mininterval=0.5 if sys.stderr.isatty() else 20, **options)

"""The kinds of input that are fuzzed: for each, original files, their mutation, and how they are read.

A new kind is an entry of `KINDS`: a function that writes originals and one that reads a file's content.
"""

import csv
import io
import json
import pickle
import re
import warnings
import zipfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from random import Random

import mutations
import numpy as np
import photographs
import pillow_heif
from hypothesis import strategies as some
from PIL import Image

from fewshot.cli.commands import completed, make_parser
from fewshot.cli.main import main
from fewshot.cli.suite_options import suite_request
from fewshot.core.errors import RequestError
from fewshot.data.bank import ImageBank, make_bank
from fewshot.data.cache import cached
from fewshot.data.datasets.folder import folder as photo_folder
from fewshot.data.readers.pickles.read import read_pickle
from fewshot.records.failures import Failure, failure_file, read_failures, write_failure
from fewshot.records.record import RunRecord
from fewshot.records.stored.seal import LINE, sealed
from fewshot.records.stored.text import read_record, to_text
from fewshot.suites.suite import read_suite
from fewshot.training.checkpoint import Checkpoint

ROOT = Path(__file__).parents[2]
SIDE = 8  # pixels of the images that are read
CELLS = 10_000  # of a suite that may be read
Content = object
ENDINGS = {"JPEG2000": "jp2"}
pillow_heif.register_heif_opener()


def never(original: Content, found: Content) -> bool:
    """False: no other content than the original is allowed."""
    return False


@dataclass(frozen=True)
class Kind:
    """A kind of input: `make` writes originals in a folder and returns those to mutate, `read` returns the content.

    `allowed` tells whether content other than the original is right for a mutated file; by default it never is.
    """

    make: Callable[[Path], Sequence[Path]]
    read: Callable[[Path], Content]
    mutate: mutations.Mutate = mutations.of_bytes
    allowed: Callable[[Content, Content], bool] = never


# Images, in folders and zip files, and the lists beside them


def _pictures(count: int = 12) -> dict[str, bytes]:
    return {f"{number}.png": photographs.photo(number) for number in range(count)}


def _formats(folder: Path) -> list[Path]:
    """A folder of three classes for each format; the image of the first class is mutated."""
    wide = Image.fromarray(np.arange(120, dtype=np.uint16).reshape(10, 12) * 500)
    files = {
        "grey16.png": photographs.encoded(wide),
        "palette.png": photographs.encoded(photographs.picture(mode="P")),
        "grey16.tif": photographs.encoded(wide, "TIFF"),
        "packed.tif": photographs.encoded(photographs.picture(), "TIFF", compression="tiff_lzw"),
        "progressive.jpg": photographs.encoded(photographs.picture(), "JPEG", progressive=True),
        "alpha.webp": photographs.encoded(photographs.picture(mode="RGBA"), "WEBP", lossless=True),
        **{
            f"plain.{ENDINGS.get(form, form.lower())}": photographs.encoded(photographs.picture(), form)
            for form in ("PNG", "JPEG", "GIF", "BMP", "PPM", "WEBP", "TIFF", "JPEG2000", "HEIF")
        },
    }
    return [_split_folder(folder / name, name, content) for name, content in files.items()]


def _pngs(folder: Path) -> list[Path]:
    return [file for file in _formats(folder) if file.suffix == ".png"]


def _split_folder(place: Path, name: str, content: bytes) -> Path:
    photographs.write(
        place, {f"train/a/{name}": content, "val/b/1.png": photographs.photo(1), "test/c/2.png": photographs.photo(2)}
    )
    return place / "train" / "a" / name


def _zips(folder: Path) -> list[Path]:
    """A zip file of class folders below splits, and one with lists."""
    pictures = _pictures()
    by_split = {f"{split}/{split}{number}/{name}": content for number, split in enumerate(("train", "val", "test"))
                for name, content in [*pictures.items()][4 * number : 4 * number + 4]}  # fmt: skip
    by_list = {f"images/{name}": content for name, content in pictures.items()}
    by_list |= {name: text.encode() for name, text in _lists().items()}
    return [
        photographs.write_zip(folder / "folders.zip", by_split),
        photographs.write_zip(folder / "lists.zip", by_list),
    ]


def _lists() -> dict[str, str]:
    """Lists of four pictures of a class for each split."""
    return {
        f"{split}.csv": "".join(
            ["filename,label\n", *(f"{one}.png,class {number}\n" for one in range(4 * number, 4 * number + 4))]
        )
        for number, split in enumerate(("train", "val", "test"))
    }


def _listed_folder(folder: Path) -> list[Path]:
    """Images and the lists of three splits, which are mutated."""
    place = folder / "listed"
    photographs.write(place / "images", _pictures())
    photographs.write(place, {name: text.encode() for name, text in _lists().items()})
    return sorted(place.glob("*.csv"))


def _images(place: Path) -> dict[str, bytes]:
    """The pixels of every image below a folder or in a zip file, by its name and class."""
    splits = photo_folder.splits((), path=str(place))
    names = tuple(name for own in splits.values() for name in own)
    return _pixels(photo_folder(names, SIDE, (), path=str(place)))


def _pixels(bank: ImageBank) -> dict[str, bytes]:
    assert bank.pixels.shape[1:] == (3, SIDE, SIDE)
    return {f"{bank.classes[label]}: {name}": pixels.numpy().tobytes()
            for label, name, pixels in zip(bank.label.tolist(), bank.names, bank.pixels, strict=True)}  # fmt: skip


def _same_images(original: Content, found: Content) -> bool:
    """Other names and classes, for pictures of the original."""
    return {*found.values()} <= {*original.values()}


def _one_other_picture(original: Content, found: Content) -> bool:
    """Another picture under the same name, of the same shape, beside the pictures of the original."""
    return found.keys() == original.keys() and sum(found[name] != original[name] for name in original) == 1


def _rows(random: Random, content: bytes) -> bytes:
    """A list with the files of the original and any labels, and now and then with any other cells."""
    files = [line.split(",")[0] for line in content.decode().splitlines()[1:]]
    row = some.tuples(some.sampled_from(files), some.text(min_size=1, max_size=8))
    odd = some.lists(some.text(max_size=8), max_size=4)
    rows = mutations.drawn(some.lists(row, unique_by=lambda one: one[0]) | some.lists(row | odd), random)
    text = io.StringIO()
    csv.writer(text).writerows([["filename", "label"], *rows] if random.random() < 0.8 else rows)
    return text.getvalue().encode(errors="surrogatepass")


PARTS = some.sampled_from(
    ["train", "val", "test", "images", "a", "é", ".", "..", "@eaDir", "$RECYCLE.BIN", "__MACOSX", "C:", "", "._0.png"]
)
ENTRY = some.lists(PARTS | some.text(max_size=4), max_size=4).flatmap(
    lambda above: some.tuples(
        some.just(above), some.sampled_from(["0.png", "1.PNG", "x", ""]), some.sampled_from("//\\")
    )
)


def _any_names(random: Random, content: bytes) -> bytes:
    """A zip file of class folders, with a few more entries of any names."""
    file = io.BytesIO(content)
    with warnings.catch_warnings(), zipfile.ZipFile(file, "a") as archive:
        warnings.simplefilter("ignore")  # the same name twice
        for above, last, slash in mutations.drawn(some.lists(ENTRY, min_size=1, max_size=4), random):
            name = slash.join([*above, last]).encode(errors="replace").decode()
            with suppress(IndexError):  # an empty name
                archive.writestr(name, archive.read(random.choice(archive.namelist())))
    return file.getvalue()


# Banks in the cache, and checkpoints


def _bank() -> ImageBank:
    """Two classes of three images of noise."""
    label = np.repeat(np.arange(2), 3)
    pixels = np.random.default_rng(0).integers(0, 256, (6, 1, SIDE, SIDE), dtype=np.uint8)
    return make_bank(
        pixels, label, 0 * label, np.arange(6) % 3, classes=("a/x", "a/é"), groups=("a",), authors=("1", "2", "3")
    )


def _cached(file: Path) -> Content:
    bank = cached("fuzz", {}, _bank)
    content = (getattr(bank, one.name) for one in fields(bank))
    return [one.tolist() if hasattr(one, "tolist") else one for one in content]


def _cache(folder: Path) -> list[Path]:
    """The files of a bank in the cache, which $FEWSHOT_CACHE puts below the folder."""
    _cached(folder)
    return [file for file in sorted(folder.rglob("banks/fuzz-*/*")) if file.is_file()]


def _checkpoint(folder: Path) -> list[Path]:
    """A checkpoint of a small training."""
    import torch

    moments = {number: {"step": torch.tensor(7.0), "exp_avg": torch.ones(3, 4)} for number in range(2)}
    state = {"step": 7, "network": torch.nn.Linear(4, 3).state_dict(), "optimiser": moments, "curve": [(1, 0.5, None)]}
    file = folder / "0123456789ab-cdef.pt"
    Checkpoint(file).write(state)
    return [file]


def _state(file: Path) -> Content:
    """The state as text; "None" where the training starts again."""
    return repr(Checkpoint(file).read())


# Pickles


PLAIN = (
    some.none()
    | some.booleans()
    | some.integers(-(2**70), 2**70)
    | some.floats(allow_nan=False)
    | some.text()
    | some.binary()
)
VALUES = some.recursive(
    PLAIN,
    lambda inner: (
        some.lists(inner) | some.tuples(inner, inner) | some.dictionaries(some.text() | some.integers(0, 99), inner)
    ),
)


def _pickles(folder: Path) -> list[Path]:
    """The content of a split of miniImageNet in small, by each protocol."""
    value = {
        "image_data": np.arange(48, dtype=np.uint8).reshape(4, 2, 2, 3),
        "class_dict": {"n01": [0, 1], "n02": np.array([2, 3])},
    }
    files = [folder / f"cache-{protocol}.pkl" for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for protocol, file in enumerate(files):
        file.write_bytes(pickle.dumps(value, protocol))
    return files


def _unpickled(file: Path) -> Content:
    with file.open("rb") as stream:
        return repr(read_pickle(stream, str(file)))  # text, as containers of a damaged pickle may hold themselves


def _any_value(random: Random, content: bytes) -> bytes:
    return pickle.dumps(mutations.drawn(VALUES, random), random.randint(0, pickle.HIGHEST_PROTOCOL))


def _read_alike(file: Path) -> Content:
    """True if our reader and Python's find the same content."""
    return _unpickled(file) == repr(pickle.loads(file.read_bytes()))


def anything(original: Content, found: Content) -> bool:
    """True: the file has no digest, and any content that its reader accepts is right."""
    return True


# Records


def _records(folder: Path, *, seal: bool = True) -> list[Path]:
    """A short record of a cell of quickstart."""
    spec = read_suite("quickstart").specs[0]
    record = RunRecord(
        spec,
        {"5-way 1-shot": [0.8, 1.0, 0.6], "20-way 1-shot": [0.5, 0.25, 0.75]},
        same=[1.5, 0.25],
        different=[-1.0, 0.125],
        curve=[(10, 0.5, 0.25), (20, 0.25, None)],
        kept=10,
        digests={"test": "0" * 64},
        facts={"commit": "abc", "seconds": 1.0},
    )
    file = folder / f"{spec.id}.json"
    file.write_text(to_text(record), encoding="utf-8")
    return [file]


def _recorded(file: Path) -> Content:
    return replace(read_record(file), facts={}).plain()


def _sealed_anew(random: Random, content: bytes) -> bytes:
    """The text mutated, and sealed again."""
    text = mutations.of_words(random, content).decode(errors="replace")
    above, line, below = text.rpartition(LINE)
    lines = above.removeprefix("{\n").removesuffix(",\n").split(",\n")
    facts = below.partition("\n")[2].removesuffix("\n}\n")
    return (sealed(lines, facts) if line else text).encode(errors="surrogatepass")


def _in_range(original: Content, found: Content) -> bool:
    """Other values in their ranges, of the same spec."""
    accuracies = [one for values in found["accuracy"].values() if isinstance(values, list) for one in values]
    return found["id"] == original["id"] and all(0 <= one <= 1 for one in accuracies)


def _failures(folder: Path) -> list[Path]:
    """The failure of a cell of quickstart."""
    spec = read_suite("quickstart").specs[0]
    write_failure(folder, Failure(spec, "NotFinite: the loss is no longer finite"))
    return [failure_file(folder, spec)]


def _failed(file: Path) -> dict[str, str]:
    return read_failures(file.parents[1], [file.stem])


# Suites and arguments


def _suites(folder: Path) -> list[Path]:
    """The suites of the package."""
    files = []
    for name in ("quickstart", "omniglot-small", "losses"):
        files.append(folder / f"{name}.toml")
        files[-1].write_bytes((ROOT / "benchmarks" / f"{name}.toml").read_bytes())
    return files


def _planned(file: Path) -> Content:
    suite = read_suite(str(file))
    return suite.title, suite.note, [cell.start.id for cell in suite.cells], suite.published, suite.rows, suite.columns


def _few_cells(original: Content, found: Content) -> bool:
    return 0 < len(found[2]) < CELLS


NUMBERS = some.integers(-3, 300) | some.sampled_from([*mutations.NUMBERS, 10**8, 10**400]) | some.floats()
NAMES = some.sampled_from(["triplet", "conv4", "cosine", "typefaces", "scripts", "test", "0.6/0.2/0.2", "folder:x"])
ODD = NUMBERS | NAMES | some.none() | some.booleans() | some.text(max_size=8)
NESTED = some.recursive(
    ODD, lambda inner: some.lists(inner) | some.dictionaries(some.text(max_size=6), inner, max_size=3), max_leaves=6
)


def _toml(value: object) -> str:
    """A value as TOML; None stands for a date, which JSON has none of."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(own)}" for key, own in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return "1979-05-27" if value is None else str(value) if isinstance(value, float) else json.dumps(value)


def _other_values(random: Random, content: bytes) -> bytes:
    """A suite with another number, or another value of a key."""
    text = content.decode()
    numbers = [*re.finditer(r"\b\d[\d.]*\b", text)]
    if random.random() < 0.5:
        start, end = random.choice(numbers).span()
        value = mutations.drawn(NUMBERS, random)
    else:
        start, end = random.choice([*re.finditer(r"(?<= = ).+$", text, re.MULTILINE)]).span()
        value = mutations.drawn(NESTED, random)
    return f"{text[:start]}{_toml(value)}{text[end:]}".encode(errors="surrogatepass")


WORD = some.text(some.characters(exclude_characters="/\0"), max_size=8)
KEYS = ("size", "losses", "training", "training.steps", "training.task.way", "options.triplet.margin", "seeds",
        "protocol", "backbones", "title", "options", "training.batch", "")  # fmt: skip
CHANGE = some.tuples(some.sampled_from(KEYS), some.sampled_from(["=", "+="]), NESTED.map(_toml)).map("".join)
WHERE = some.sampled_from(["results", "no/such", ".", "", "é", "arguments.json"])
NUMBER = NUMBERS.map(str)
SUITE = {
    "--set": CHANGE, "--only": some.sampled_from(["loss=triplet", "seed=0", "backbone=x", "loss=", "loss"]) | WORD,
    "--seeds": NUMBER, "--steps": NUMBER, "--stage": some.sampled_from(["val", "test", "train"]),
    "--split": some.sampled_from(["0.6/0.2/0.2", "1/0/0", "nan/nan/nan", "a/b/c", "1e400/1/1"]), "--min-images": NUMBER,
    "--add": WHERE, "--plugin": WHERE, "--results": WHERE,
    "--rows": some.sampled_from(["loss", "loss,size", "task", ","]) | WORD, "--columns": some.just("task") | WORD,
}  # fmt: skip
COMMANDS = {  # each with arguments that lead far into it, and options with their values
    "run quickstart": SUITE | {"--device": WORD, "--workers": NUMBER, "--gpus-per-cell": NUMBER, "--ray": WORD},
    "table quickstart": SUITE | {"--format": some.just("csv") | WORD, "--sort": some.just("accuracy") | WORD},
    "table losses": SUITE,
    "mistakes quickstart --out page.html": SUITE | {"--id": WORD, "--number": NUMBER},
    "check results": {"--results": WHERE, "--figures": WHERE},
    "data status": {"--data": WHERE, "--plugin": WHERE},
    "init folder:.": {"--data": WHERE, "--out": WHERE},
    "list": {},
}
COMMAND_LINES = some.sampled_from([*COMMANDS]).flatmap(
    lambda command: some.lists(_option(COMMANDS[command]), max_size=3).map(
        lambda given: [*command.split(), *(word for words in given for word in words)]
    )
)


def _option(known: dict[str, some.SearchStrategy[str]]) -> some.SearchStrategy[tuple[str, ...]]:
    """A known option with a value of its own, or any word."""
    return some.one_of(*(some.tuples(some.just(name), value) for name, value in known.items()), some.tuples(WORD))


def _arguments(folder: Path) -> list[Path]:
    """A file of arguments."""
    file = folder / "arguments.json"
    file.write_text('["list"]')
    return [file]


def _other_arguments(random: Random, content: bytes) -> bytes:
    return json.dumps(mutations.drawn(COMMAND_LINES, random)).encode()


def _printed(file: Path) -> Content:
    """The output of a command that ends well; `run` is asked for its plan alone. Raises its refusal otherwise."""
    words = json.loads(file.read_text())
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            if words[0] == "run" and "--help" not in words:
                suite_request(make_parser(words).parse_args(completed(words))).read()
                return ""
            code = main(words)
        except SystemExit as exit:  # of --help
            code = exit.code
    lines = err.getvalue().splitlines()
    if code == 2 and len(lines) == 1 and lines[0].startswith("fewshot: "):
        raise RequestError(f"{file}: {lines[0]}")
    assert code in (0, 1), (code, lines)  # 1: a check has found something
    return out.getvalue()


KINDS = {
    "images": Kind(_formats, lambda file: _images(file.parents[2]), allowed=_one_other_picture),
    "images, checksums right": Kind(
        _pngs, lambda file: _images(file.parents[2]), mutations.png_checked(mutations.of_bytes), _one_other_picture
    ),
    "zip files": Kind(_zips, _images, allowed=_same_images),
    "zip files of any names": Kind(_zips, _images, _any_names, _same_images),
    "lists": Kind(_listed_folder, lambda file: _images(file.parent), mutations.of_words, _same_images),
    "lists of any text": Kind(_listed_folder, lambda file: _images(file.parent), _rows, _same_images),
    "banks in the cache": Kind(_cache, _cached),
    "checkpoints": Kind(_checkpoint, _state, allowed=lambda original, found: found == "None"),
    "pickles": Kind(_pickles, _unpickled, allowed=anything),
    "pickles of any values": Kind(_pickles, _read_alike, _any_value),
    "records": Kind(_records, _recorded, mutations.of_words),
    "records, sealed anew": Kind(_records, _recorded, _sealed_anew, _in_range),
    "failures": Kind(_failures, _failed, mutations.of_words, lambda original, found: found.keys() == original.keys()),
    "suites": Kind(_suites, _planned, mutations.of_words, _few_cells),
    "suites of other values": Kind(_suites, _planned, _other_values, _few_cells),
    "arguments": Kind(_arguments, _printed, _other_arguments, anything),
}

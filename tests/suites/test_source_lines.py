import tomllib

import pytest

from fewshot.core.errors import RequestError
from fewshot.suites.source_lines import Origin, line_of


def line_marked_here(text: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), start=1) if line.endswith("# here"))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a = 1\nsize = 2  # here\n", ("size",)),
        ("a = 1\n'size' = 2  # here", ("size",)),
        ('a = 1\ntraining.steps = "x"  # here\ntraining.batch = 1', ("training", "steps")),
        ("[training]\nbatch = 1\nsteps = 2  # here\n", ("training", "steps")),
        ('["options".\'triplet\']\n"margin" = 2  # here\n', ("options", "triplet", "margin")),
        ("task = { way = 5, shot = 1 }  # here\na = 1", ("task", "shot")),
        ("losses = [  # of ] all\n  'a', # [\n  'b',  # here\n  'c',\n]\n", ("losses", 1)),
        ("losses = [\n  'a'\n,\n  'b'  # here\n]", ("losses", 1)),
        ("losses = ['a', 'b',\n'c']  # here\nseeds = [1,\n2]", ("losses", 2)),
        ("grid = [[1,\n2],  # here\n[3]]", ("grid", 0, 1)),
        ("exclude = [\n  { loss = 'a' },\n  { loss = 'b' },  # here\n]", ("exclude", 1, "loss")),
        ("search = { rate = [\n  1,\n  2,  # here\n] }", ("search", "rate", 1)),
        ("[[cells]]\nloss = 'a'\n[[cells]]\nsize = 1\nloss = 'b'  # here\n", ("cells", 1, "loss")),
        ("[[cells]]\nloss = 'a'\n[[cells]]  # here\nsize = 1\n", ("cells", 1)),
        ("[[cells]]\n[cells.options.a]\nb = 1  # here\n[[cells]]\n", ("cells", 0, "options", "a", "b")),
        ('note = """\nsize = 3\n"""\nsize = 4  # here', ("size",)),
        ("note = '[ { # ]'\nsize = 4  # here", ("size",)),
        ("note = 'a\u2028b'  # \x85\u2029\nsize = 4  # here", ("size",)),
        ("'été' = 1\n'größe' = [\n'ß',\n'日本',  # here\n]", ("größe", 1)),
        ("cells = [\n{ options = { a = { b = [  # here\n1,\n] } } },\n]", ("cells", 0, "options", "a", "b")),
    ],
)  # fmt: skip
def test_a_value_stands_on_the_line_that_it_is_written_on(text, where):
    tomllib.loads(text)
    assert line_of(text, where) == line_marked_here(text)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a = 1\n[training]  # here\nsteps = 2\n", ("training", "select")),
        ("a = 1\nlosses = [  # here\n'a',\n]\n", ("losses", 3)),
        ("[[cells]]\nsize = 1\n[[cells]]  # here\nsize = 2\n", ("cells", 1, "options", "triplet")),
        ("a = 1\nsize = 3  # here\n", ("size", 0, "deeper")),
    ],
)
def test_what_is_not_there_stands_on_the_line_of_what_is_around_it(text, where):
    assert line_of(text, where) == line_marked_here(text)


@pytest.mark.parametrize(
    ("text", "where"), [("", ("size",)), ("\n# size = 3\n", ("size",)), ("a = 1", ()), ("a = [1]", (0,))]
)
def test_a_text_without_even_the_first_key_has_no_such_line(text, where):
    assert line_of(text, where) is None


def refused(origin: Origin, *where: str | int) -> str:
    error = RequestError("it is wrong")
    error.where = where
    return str(origin.refusal(error))


def test_a_refusal_names_the_file_and_the_line_as_far_as_there_is_one():
    origin = Origin("mine.toml", "a = 1\n[training]\nsteps = 2\n")
    assert refused(origin, "training", "steps") == "suite mine.toml, line 3: it is wrong"
    assert refused(origin, "size") == "suite mine.toml: it is wrong"
    assert refused(origin) == "suite mine.toml: it is wrong"


def test_a_refusal_names_the_option_that_changed_a_value_instead_of_its_line():
    text = "size = 1\n[training]\nsteps = 2\nbatch = 1\n"
    origin = Origin("mine.toml", text, {("training", "steps"): "--set one", ("losses", 1): "--set other"})
    assert refused(origin, "training", "steps") == "suite mine.toml, --set one: it is wrong"
    assert refused(origin, "losses", 1) == "suite mine.toml, --set other: it is wrong"
    assert refused(origin, "training", "batch") == "suite mine.toml, line 4: it is wrong"
    assert refused(origin, "size") == "suite mine.toml, line 1: it is wrong"
    assert refused(origin) == "suite mine.toml: it is wrong"


def test_the_last_of_two_options_that_change_one_value_is_named():
    origin = Origin("mine.toml", "size = 1", {("options",): "--set first", ("options", "triplet"): "--set last"})
    assert refused(origin, "options", "triplet", "margin") == "suite mine.toml, --set last: it is wrong"
    assert refused(origin, "options", "contrastive") == "suite mine.toml, --set first: it is wrong"

"""The line, or the option of the command line, of what a message is about."""

import re
import tomllib

import pytest
from suite_texts import CELL, FIGURE, HEAD, PAPER, SEVERAL, SMALL

from fewshot.core.errors import RequestError
from fewshot.reporting.comparisons.published import against_published
from fewshot.reporting.summary import summarise
from fewshot.suites.source_lines import Source, line_of


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
        ('[options."baseline++"]\na = 1\nscale = 2  # here\n', ("options", "baseline_pp", "scale")),
        ("task = { way = 5, shot = 1 }  # here\na = 1", ("task", "shot")),
        ("losses = [  # here\n  'a',\n  'b',\n]\n", ("losses", 1)),
        ("exclude = [  # here\n  { loss = 'a' },\n  { loss = 'b' },\n]", ("exclude", 1, "loss")),
        ("[[cells]]\nloss = 'a'\n[[cells]]\nsize = 1\nloss = 'b'  # here\n", ("cells", 1, "loss")),
        ("[[cells]]\nloss = 'a'\n[[cells]]  # here\nsize = 1\n", ("cells", 1)),
        ("[[cells]]\n[cells.options.a]\nb = 1  # here\n[[cells]]\n", ("cells", 0, "options", "a", "b")),
        ("[[cells]]\n[[cells]]\n[cells.training]\nsteps = 1  # here\n", ("cells", 1, "training", "steps")),
        ('note = """\nsize = 3\n"""\nsize = 4  # here', ("size",)),
        ('note = """a \\""" b\nsize = 3\n"""\nsize = 4  # here', ("size",)),
        ('note = """a""""\nsize = 4  # here', ("size",)),
        ('# """ old\n[[cells]]\na = 1\n# """ end\n[[cells]]  # here\nb = 2', ("cells", 1)),
        ("title = \"it's '''big\"\nsize = 4  # here\n# '''", ("size",)),
        ("note = '''\n[a]\n'''\nsize = 4  # here", ("size",)),
        ("note = '[ { # ]'\nsize = 4  # here", ("size",)),
        ("note = 'a\u2028b'  # \x85\u2029\nsize = 4  # here", ("size",)),
        ("'été' = 1\n'größe' = ['ß']  # here", ("größe", 0)),
    ],
)
def test_a_value_stands_on_the_line_of_its_key(text, where):
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


def refused(source: Source, *where: str | int, message: str = "wrong: steps, size, losses, options") -> str:
    return str(source.refusal(RequestError(message, *where))).removesuffix(message)


def test_the_message_names_the_keys_where_the_error_does_not():
    source = Source("mine.toml", "[training]\nbatch = 2\n")
    for error, message in (
        (("no", "training", "batch"), "suite mine.toml, line 2, training.batch: no"),
        (("batch: no", "training", "batch"), "suite mine.toml, line 2: batch: no"),
        (("no", "published", 1, "like"), "suite mine.toml, published.like: no"),
        (("unknown similarity", "similarities", 1), "suite mine.toml: unknown similarity"),
        (("no",), "suite mine.toml: no"),
    ):
        assert str(source.refusal(RequestError(*error))) == message


def test_what_the_command_line_changed_is_named_by_its_option():
    text = "size = 1\nlosses = ['a']\n[training]\nbatch = 2\n"
    source = Source("mine.toml", text, {("training", "steps"): "--set one", ("losses", 1): "--set other"})
    assert refused(source, "training", "steps") == "suite mine.toml, --set one: "
    assert refused(source, "losses", 1) == "suite mine.toml, --set other: "
    assert refused(source, "training", "batch", message="batch") == "suite mine.toml, line 4: "
    assert refused(source, "size") == "suite mine.toml, line 1: "
    assert refused(source) == "suite mine.toml: "


def test_the_last_of_two_changes_is_the_one_that_counts():
    changed = {("options",): "--set first", ("options", "baseline++"): "--set last"}
    source = Source("mine.toml", "size = 1", changed)
    assert refused(source, "options", "baseline_pp", "scale") == "suite mine.toml, --set last: "
    assert refused(source, "options", "contrastive") == "suite mine.toml, --set first: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SMALL + 'lossse = ["triplet"]  # here', "unknown key 'lossse': did you mean losses"),
        (SMALL + "note = 3  # here", "note: expected str, got 3"),
        (SMALL + "note = '''\nsize = 0\n'''\nthreads = 0  # here", "threads: expected a whole number of at least 1"),
        (HEAD + 'backbones = ["conv4"]\nlosses = [  # here\n"triplet",\n"triplett",\n"contrastive"]', "mean triplet"),
        (HEAD + 'losses = ["triplet"]\nbackbones = [ # [ # here\n"conv5",\n]', "unknown backbone 'conv5'"),
        (SMALL + 'similarities = [  # here\n"cosine",\n"cosin"\n]', "unknown similarity 'cosin': did you mean cosine"),
        (SMALL + 'learners = ["siamese",  # here\n"pixel"]', "unknown learner 'pixel': did you mean pixels"),
        (SMALL + 'learner = "pixel"  # here', "unknown learner 'pixel': did you mean pixels"),
        (SMALL + 'learners = ["pixels"]\nlearner = "siamese"  # here', "either 'learner' or 'learners', got both"),
        (SMALL.replace('"typefaces"', '"letters"  # here'), "expected data set typefaces, got letters"),
        (SMALL.replace('"scripts"', '"script"  # here'), "unknown protocol 'script': did you mean scripts"),
        (SMALL + "seeds = [0,  # here\n-1]", "seeds: expected a whole number of at least 0, got -1"),
        (SMALL + 'training.steps = "x"  # here', "steps: expected int, got 'x'"),
        (SMALL + "[training]\nbatch = 1\nstep = 5  # here", "unknown training option 'step': did you mean steps"),
        (SMALL + '[training]\nturn = "every"  # here\nbatch = 2', "unknown turn 'every'"),
        (SMALL + "[training]\ntask = { way = 1, shot = 1, query = 1 }  # here", "way: expected a whole number of at l"),
        (SMALL + "[training]\ntask = { way = 732, shot = 1, query = 1 }  # here", "need 732 classes, but"),
        (SMALL + "[options]\n[options.triplett]  # here\nmargin = 1", "[options] 'triplett', one of"),
        (SMALL + '[options]\ntriplet = { mining = "all", margn = 2 }  # here', "unknown option of triplet 'margn'"),
        (SMALL + '["options"."triplet"]\n"margin" = "wide"  # here', "option margin of triplet: expected float"),
        (SMALL + "options.conv4.widths = [8,  # here\n'x']", "option widths of conv4: expected list"),
        (SMALL + "exclude = [  # here\n{ loss = 'triplett' },\n]", "mean triplet"),
        (SMALL + "[[exclude]]\nloss = 'triplet'\n[[exclude]]\nlos = 'triplet'  # here", "'los': did you mean loss"),
        (SMALL + "search = { learning_rate = [0.1] }  # here", "expected two or more different values, got [0.1]"),
        (SMALL + "[search]\nbatch = [1, 2]\nlearning_rate = [  # here\n0.1,\n-1]", "of at least 0, got -1"),
        (SMALL + "[search]\nlearnig_rate = [1, 2]  # here", "'learnig_rate': did you mean learning_rate"),
        (SMALL + "[search]\nbatch = [1, 2]\nsteps = [1, 2]  # here", "steps cannot be searched"),
        (HEAD + CELL + '[[cells]]\nlerner = "pixels"  # here', "key of [[cells]] 'lerner': did you mean learner"),
        (HEAD + CELL + '[[cells]]\nlearner = "pixel"  # here', "unknown learner 'pixel': did you mean pixels"),
        (HEAD + CELL + '[[cells]]  # here\nbackbone = "conv4"', "a cell of learner siamese needs a loss"),
        (HEAD + CELL + 'similarity = "cosin"  # here', "unknown similarity 'cosin': did you mean cosine"),
        (HEAD + CELL + 'shot_rule = "mean"  # here', "unknown shot_rule 'mean': did you mean mean_score"),
        (HEAD + CELL + "size = 0  # here", "size: expected a number from 1 to 4096, got 0"),
        (HEAD + CELL + "[cells.options.triplet]\nmargn = 2  # here", "unknown option of triplet 'margn': did you mean"),
        (HEAD + CELL + "options.triplet.margin = true  # here", "option margin of triplet: expected float"),
        (HEAD + CELL + "[cells.training]\nstep = 2  # here", "unknown training option 'step': did you mean steps"),
        (HEAD + CELL + "[training]\nsteps = 0  # here\nbatch = 1", "steps: expected a number of at least 1, got 0"),
        (HEAD + "cells = [  # here\n{ learner = 'pixels' },\n{ learner = 'pixel' },\n]", "unknown learner 'pixel'"),
        (HEAD + CELL + CELL.replace('"triplet"', '"triplet"  # here'), "two of its cells are the same"),
        (SMALL + FIGURE + FIGURE.replace("1.0", '"1.0"  # here'), "accuracy: expected a number or a table, got '1.0'"),
        (SMALL + FIGURE + FIGURE.replace("trust", "trusts").replace('"read"', '"read"  # here'), "did you mean trust"),
        (SMALL + FIGURE + "[[published]]  # here\nmethod = 'm'", "lacks the key 'task'"),
        (SMALL + PAPER.replace('"m"', '"m"\ntask = "t"  # here'), "in the table of accuracies alone, got 't' too"),
        (SMALL + PAPER.replace("= 0.5 }", '= "x" }  # here'), "half_width of 20-way 1-shot: expected float, got 'x'"),
        (SMALL + PAPER.replace('{ "20-way 1-shot" = 0.5 }', "0.5  # here"), "expected a table of tasks, got 0.5"),
        (SMALL + FIGURE + "half_width = { t = 1 }  # here", "half_width: expected a number, got {'t': 1}"),
        (SMALL + PAPER + "[published.like]\nloss = 1\n" + PAPER.partition("accuracy")[0]
         + "[published.accuracy]\nt = 1\nu = 'x'  # here", "accuracy of u: expected float, got 'x'"),
        (SMALL + PAPER.partition("half")[0] + "[published.half_width]\n'5-way 2-shot' = 1  # here", "mean 5-way 1"),
        (SMALL + "stage = 'vali'  # here", "unknown stage 'vali': did you mean val"),
        (SEVERAL + "protocol = 'lake'  # here", "expected either 'protocol' or 'protocols', got both"),
        (SEVERAL.replace('"vinyals"]', ' # here\n"vinials"]'), "unknown protocol 'vinials': did you mean vinyals"),
        (SEVERAL.replace('"vinyals"]', ' # here\n"lake"]'), "protocols: 'lake' stands there twice"),
        (SEVERAL.replace('"lake", "vinyals"]', ']  # here'), "protocols: expected at least one, got none"),
        (SEVERAL.replace('"vinyals"]', ' # here\n"scripts"]'), "protocol scripts: expected data set typefaces"),
        (SEVERAL.replace('"vinyals"]', ' # here\n"lake_small1", "lake-small1"]'), "'lake_small1' stands there twice"),
        (
            SEVERAL.replace('"vinyals"]', '"vinyals"]  # here').replace('"omniglot"', '"typefaces"'),
            "protocol lake: expected data set omniglot, got typefaces",
        ),
        (HEAD.replace('protocol = "scripts"', 'protocols = ["scripts",  # here\n"lake"]') + CELL, "data set omniglot"),
        (SEVERAL + CELL + "protocol = 'lak'  # here", "unknown protocol 'lak': did you mean lake"),
        (SEVERAL + "exclude = [{ protocol = 'koch' }]  # here", "unknown protocol of the grid 'koch'"),
        (SMALL + "exclude = [{ protocol = 'scripts' }]  # here", "the grid names no protocols"),
        (SMALL + "note = 'a\u2028b'  # \u0085\nthreads = '1'  # here", "threads: expected int, got '1'"),
        (SMALL + "seeds = [0, 0]  # here", "same"),
        (SMALL + "learners = ['pixels',  # here\n'pixels']", "same"),
        (SMALL + "[options.contrastive]\nmargn = 1  # here", "did you mean margin"),
        (HEAD + CELL + "[cells.options.triplett]  # here\na = 1", "did you mean triplet"),
        (HEAD + CELL + "training.learn = 'train+val'  # here", "as select = \"best_val\" needs val"),
        (SMALL + "[training]\nsteps = 900\nval_every = 1  # here", "val_every: "),
        (SMALL + "options.triplet.margin = inf  # here", "margin"),
        (SMALL + "exclude = [{ loss = 'triplet' }]  # here", "no cell"),
        (HEAD + "learners = ['siamese']  # here", "backbone"),
        (HEAD + "cells = [{ learner = 'pixels', loss = 'triplet' }]  # here", "loss"),
        (SMALL + "exclude = [{ loss = 'triplett' }]  # here", "did you mean triplet"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(suite, text, message):
    line = next(number for number, said in enumerate(text.split("\n"), start=1) if "# here" in said)
    with pytest.raises(RequestError) as refused:
        suite(text)
    assert re.match(rf"suite mine\.toml, line {line}(, exclude)?: ", str(refused.value))
    assert message in str(refused.value)


def test_what_a_published_row_is_wrongly_like_has_its_line_after_a_table_of_accuracies(suite):
    text = SMALL + PAPER + FIGURE.replace('"t"', '"5-way 1-shot"') + 'like = { los = "triplet" }  # here\n'
    found = suite(text)
    methods = summarise([], [(spec, "missing") for spec in found.specs])
    with pytest.raises(RequestError, match="unknown key of a row 'los'") as refused:
        against_published(found.published, methods)
    line = text[: text.index("# here")].count("\n") + 1
    assert str(found.refusal(refused.value)).startswith(f"suite mine.toml, line {line}, published.like: ")


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(suite, end):
    with pytest.raises(RequestError, match=r"^suite mine\.toml, line 10: steps: expected int"):
        suite((SMALL + "[training]  # more\nbatch = 1\nsteps = 'x'\n").replace("\n", end))

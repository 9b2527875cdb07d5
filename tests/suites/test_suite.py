import re

import pytest
from runs import check

from fewshot.core.errors import RequestError
from fewshot.registry.lookup import add_plugin
from fewshot.reporting.columns import fits, shown
from fewshot.reporting.comparisons import against_published
from fewshot.suites.suite import read_suite, suite_files

SMALL = """
title = "t"
dataset = "typefaces"
protocol = "scripts"
size = 28
backbones = ["conv4"]
losses = ["triplet"]
"""

HEAD = SMALL.partition("backbones")[0]  # of a suite of single cells
CELL = '[[cells]]\nbackbone = "conv4"\nloss = "triplet"\n'
FIGURE = '[[published]]\nmethod = "m"\ntask = "t"\naccuracy = 1.0\nsource = "s"\ntrust = "read"\n'


SEVERAL = SMALL.replace("typefaces", "omniglot").replace('protocol = "scripts"', 'protocols = ["lake", "vinyals"]')
PAPER = """
[[published]]
method = "m"
source = "s"
trust = "read"
accuracy = { "5-way 1-shot" = 98.8, "20-way 1-shot" = 96 }
half_width = { "20-way 1-shot" = 0.5 }
"""


@pytest.fixture
def suite(tmp_path):
    def write(text=SMALL, **keywords):
        file = tmp_path / "mine.toml"
        file.write_text(text, encoding="utf-8", newline="")
        return read_suite(str(file), **keywords)

    return write


@pytest.mark.parametrize("name", suite_files())
def test_every_suite_of_the_package_is_sound(name):
    suite = read_suite(name)
    assert suite.title
    assert suite.specs
    assert len({spec.id for spec in suite.specs}) == len(suite.specs)


def test_each_loss_brings_its_own_similarity_and_shot_rule():
    rows = {
        spec.loss.name: (spec.similarity.name, spec.shot_rule) for spec in read_suite("quickstart").specs if spec.loss
    }
    assert rows == {
        "verification": ("weighted_l1", "mean_score"),
        "contrastive": ("euclidean", "mean_score"),
        "triplet": ("euclidean", "mean_score"),
        "prototypical": ("squared_euclidean", "mean_embedding"),
    }


def test_seeds_and_steps_make_other_cells(suite):
    first, more, longer = suite(), suite(seeds=3), suite(steps=9)
    assert [spec.seed for spec in more.specs] == [0, 1, 2]
    assert more.specs[0].id == first.specs[0].id
    assert longer.specs[0].training.steps == 9
    assert longer.specs[0].id != first.specs[0].id


def test_set_changes_adds_and_nests(suite):
    changes = ["losses+=contrastive", "training.learning_rate=1", "options.triplet.mining=hardest"]
    triplet, contrastive = suite(changes=changes).specs
    assert contrastive.loss.name == "contrastive"
    assert triplet.training.learning_rate == 1.0
    assert triplet.loss.options["mining"] == "hardest"


def test_the_stage_is_part_of_a_cell(suite):
    assert suite(stage="val").specs[0].id != suite(stage="test").specs[0].id


def test_the_stage_is_test_unless_the_file_or_the_command_line_says_otherwise(suite):
    text = SMALL + 'stage = "val"'
    found = [suite(), suite(stage="val"), suite(text), suite(text, stage="test"), suite(text, changes=["stage=test"])]
    assert [one.specs[0].stage for one in found] == ["test", "val", "val", "test", "test"]
    assert found[1].specs == found[2].specs
    with pytest.raises(RequestError, match=r"^suite mine\.toml, --stage dev: unknown stage 'dev'"):
        suite(text, stage="dev")


def protocols(found) -> list[tuple[str, str]]:
    return [(spec.protocol.name, (spec.loss or spec.learner).name) for spec in found.specs]


def test_a_suite_over_several_protocols(suite):
    text = SEVERAL + CELL.replace("triplet", "contrastive") + 'protocol = "lake-small1"\n'
    found = suite(text)
    assert protocols(found) == [("lake", "triplet"), ("vinyals", "triplet"), ("lake_small1", "contrastive")]
    assert protocols(found.only(["protocol=vinyals", "protocol=lake_small1"])) == protocols(found)[1:]
    assert protocols(found.only(["protocol=lake", "loss=triplet"])) == [("lake", "triplet")]
    with pytest.raises(RequestError, match="unknown protocol of suite mine 'vinials': did you mean vinyals"):
        found.only(["protocol=vinials"])
    assert protocols(suite(SEVERAL + 'exclude = [{ protocol = "lake" }]')) == [("vinyals", "triplet")]
    assert protocols(suite(SMALL + CELL + "size = 20\n")) == [("scripts", "triplet")] * 2
    assert protocols(suite(changes=["dataset=omniglot", "protocol=koch"])) == [("koch", "triplet")]


def test_single_cells_may_each_have_a_protocol_of_their_own(suite):
    head = HEAD.replace("typefaces", "omniglot").replace("scripts", "lake")
    text = head + '[[cells]]\nlearner = "hausdorff"\n[[cells]]\nlearner = "hausdorff"\nprotocol = "koch"\n'
    assert protocols(suite(text)) == [("lake", "hausdorff"), ("koch", "hausdorff")]


def test_a_table_of_published_accuracies_is_a_figure_for_each_task(suite):
    found = suite(SMALL + FIGURE.replace('"t"', '"5-way 1-shot"') + PAPER).published
    common = {"method": "m", "source": "s", "trust": "read"}
    assert list(found) == [
        common | {"task": "5-way 1-shot", "accuracy": 1.0, "row": 0},
        common | {"task": "5-way 1-shot", "accuracy": 98.8, "row": 1},
        common | {"task": "20-way 1-shot", "accuracy": 96, "half_width": 0.5, "row": 1},
    ]


def test_what_a_published_row_is_wrongly_like_has_its_line_after_a_table_of_accuracies(suite):
    text = SMALL + PAPER + FIGURE.replace('"t"', '"5-way 1-shot"') + 'like = { los = "triplet" }  # here\n'
    found = suite(text)
    with pytest.raises(RequestError, match="unknown key of a row 'los'") as refused:
        against_published(found.published, [], found.specs)
    line = text[: text.index("# here")].count("\n") + 1
    assert str(found.origin.refusal(refused.value)).startswith(f"suite mine.toml, line {line}: ")


def test_a_value_set_and_a_search_set_stand_for_one_another(suite):
    text = SMALL + "[search]\nlearning_rate = [0.1, 0.2]"
    (cell,) = suite(text, changes=["training.learning_rate=0.5"]).cells
    assert (cell.candidates, cell.finals[0].training.learning_rate) == ((), 0.5)
    text = SMALL + "[training]\nlearning_rate = 0.5"
    for change in ("search.learning_rate=[0.1, 0.2]", "search={ learning_rate = [0.1, 0.2] }"):
        (cell,) = suite(text, changes=[change]).cells
        assert [spec.training.learning_rate for spec in cell.finals] == [0.1, 0.2]
    with pytest.raises(RequestError, match=r"line 9: learning_rate is searched: .* not in both"):
        suite(text + "\n[search]\nlearning_rate = [0.1, 0.2]")


def test_adding_nothing_changes_nothing(suite):
    assert suite(changes=["losses+=[]"]).specs == suite().specs


def test_only_keeps_alternatives_of_a_key_and_meets_all_keys():
    suite = read_suite("quickstart", seeds=2)
    chosen = suite.only(["loss=triplet", "loss=contrastive", "seed=1"]).specs
    assert [(spec.loss.name, spec.seed) for spec in chosen] == [("contrastive", 1), ("triplet", 1)]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (["los=triplet"], "did you mean loss"),
        (["loss=triplett"], "did you mean triplet"),
        (["loss=triplet", "learner=pixels"], "no cell"),
    ],
)
def test_only_refuses_what_is_not_there(wanted, message):
    with pytest.raises(RequestError, match=message):
        read_suite("quickstart").only(wanted)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 3 4", "line 1"),
        (SMALL + 'lossse = ["triplet"]', "did you mean losses"),
        (SMALL.replace("28", '"28"'), "size: expected int, got '28'"),
        (SMALL.replace("28", "0"), "size: expected a number of at least 1, got 0"),
        (SMALL.replace('"triplet"', '"triplett"'), "unknown loss 'triplett': did you mean triplet"),
        (SMALL.replace("conv4", "conv5"), "unknown backbone 'conv5'"),
        (SMALL + FIGURE, "unknown task of this suite 't': expected one of 20-way 1-shot, 5-way 1-shot"),
        (SMALL + PAPER.replace("5-way 1-shot", "5-way 1-shto"), "unknown task of this suite '5-way 1-shto': did"),
        (SMALL.replace("scripts", "lake"), "protocol lake is of data set omniglot, not typefaces"),
        (SMALL.replace('protocol = "scripts"', ""), "'protocol' is missing"),
        (SMALL + "[options.triplet]\nmargn = 2", "unknown option of triplet 'margn'"),
        (SMALL + '[options.triplet]\nmargin = "wide"', "option margin of triplet: expected float"),
        (SMALL + "[training]\nstep = 5", "unknown training option 'step'"),
        (SMALL + "[training]\nsteps = 5.5", "steps: expected int, got 5.5"),
        (SMALL + "[training]\nsteps = true", "steps: expected int, got True"),
        (SMALL + '[training]\nprecision = "float16"', "unknown precision 'float16'"),
        (SMALL + '[training]\nlearn = "train+val"', "nothing to select by"),
        (SMALL + "[training]\ntask = { way = 1, shot = 1, query = 1 }", "way: expected a whole number of at least 2"),
        (SMALL + "[training]\ntask = { way = 5 }", "task: expected way, shot and query"),
        (SMALL + '[[cells]]\nlearner = "siamese"', "needs a backbone"),
        (SMALL + '[[cells]]\nlerner = "pixels"', "did you mean learner"),
        (SMALL + '[[cells]]\nbackbone = "conv4"\nloss = "triplet"', "two of its cells are the same"),
        (SMALL + '[[published]]\nmethod = "m"\naccuracy = "high"', "accuracy: expected a number or a table"),
        (SMALL + '[[published]]\nmethod = "m"', "lacks the key 'task'"),
        (SMALL + 'seeds = ["one"]', "an item of seeds: expected int, got 'one'"),
        (SMALL.replace('["triplet"]', "[7]"), "an item of losses: expected str, got 7"),
        (SMALL + "[options]\ntriplet = 3", "options.triplet: expected dict, got 3"),
        (SMALL + '[[cells]]\nbackbone = 3\nloss = "triplet"', "backbone: expected str, got 3"),
        (SMALL + "cells = [1]", "an item of cells: expected dict, got 1"),
    ],
)
def test_a_mistake_is_named_with_what_was_expected(suite, text, message):
    with pytest.raises(RequestError, match=message):
        suite(text)


def test_an_unknown_suite_or_file_is_named(tmp_path):
    with pytest.raises(RequestError, match="unknown suite 'quickstrat': did you mean quickstart"):
        read_suite("quickstrat")
    with pytest.raises(RequestError, match=r"expected a TOML file, got: No such file"):
        read_suite(str(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SMALL + 'lossse = ["triplet"]  # here', "unknown key 'lossse': did you mean losses"),
        (SMALL + "note = 3  # here", "note: expected str, got 3"),
        (SMALL + "note = '''\nsize = 0\n'''\nthreads = 0  # here", "threads: expected a whole number of at least 1"),
        (HEAD + 'backbones = ["conv4"]\nlosses = [\n"triplet",\n"triplett",  # here\n"contrastive"]', "mean triplet"),
        (HEAD + 'losses = ["triplet"]\nbackbones = [ # [\n"conv5", # here\n]', "unknown backbone 'conv5'"),
        (SMALL + 'similarities = [\n"cosine",\n"cosin"  # here\n]', "unknown similarity 'cosin': did you mean cosine"),
        (SMALL + 'learners = ["siamese",\n"pixel"]  # here', "unknown learner 'pixel': did you mean pixels"),
        (SMALL + 'learner = "pixel"  # here', "unknown learner 'pixel': did you mean pixels"),
        (SMALL + 'learners = ["pixels"]\nlearner = "siamese"  # here', "either 'learner' or 'learners', got both"),
        (SMALL.replace('"typefaces"', '"letters"  # here'), "protocol scripts is of data set typefaces, not letters"),
        (SMALL.replace('"scripts"', '"script"  # here'), "unknown protocol 'script': did you mean scripts"),
        (SMALL + "seeds = [0,\n-1]  # here", "seeds: expected a whole number of at least 0, got -1"),
        (SMALL + 'training.steps = "x"  # here', "steps: expected int, got 'x'"),
        (SMALL + "[training]\nbatch = 1\nstep = 5  # here", "unknown training option 'step': did you mean steps"),
        (SMALL + '[training]\nturn = "every"  # here\nbatch = 2', "unknown turn 'every'"),
        (SMALL + "[training]\ntask = { way = 1, shot = 1, query = 1 }  # here", "way: expected a whole number of at l"),
        (SMALL + "[training]\ntask = { way = 732, shot = 1, query = 1 }  # here", "need 732 classes, but"),
        (SMALL + "[options]\n[options.triplett]  # here\nmargin = 1", "[options] 'triplett': did you mean triplet"),
        (SMALL + '[options]\ntriplet = { mining = "all", margn = 2 }  # here', "unknown option of triplet 'margn'"),
        (SMALL + '["options"."triplet"]\n"margin" = "wide"  # here', "option margin of triplet: expected float"),
        (SMALL + "options.conv4.widths = [8,  # here\n'x']", "option widths of conv4: expected list"),
        (SMALL + "exclude = [\n{ loss = 'triplett' },  # here\n]", "mean triplet"),
        (SMALL + "[[exclude]]\nloss = 'triplet'\n[[exclude]]\nlos = 'triplet'  # here", "'los': did you mean loss"),
        (SMALL + "search = { learning_rate = [0.1] }  # here", "expected two or more different values, got [0.1]"),
        (SMALL + "[search]\nbatch = [1, 2]\nlearning_rate = [\n0.1,\n-1]  # here", "of at least 0, got -1"),
        (SMALL + "[search]\nlearnig_rate = [1, 2]  # here", "'learnig_rate': did you mean learning_rate"),
        (SMALL + "[search]\nbatch = [1, 2]\nsteps = [1, 2]  # here", "steps cannot be searched"),
        (HEAD + CELL + '[[cells]]\nlerner = "pixels"  # here', "key of [[cells]] 'lerner': did you mean learner"),
        (HEAD + CELL + '[[cells]]\nlearner = "pixel"  # here', "unknown learner 'pixel': did you mean pixels"),
        (HEAD + CELL + '[[cells]]  # here\nbackbone = "conv4"', "a cell of learner siamese needs a loss"),
        (HEAD + CELL + 'similarity = "cosin"  # here', "unknown similarity 'cosin': did you mean cosine"),
        (HEAD + CELL + 'shot_rule = "mean"  # here', "unknown shot_rule 'mean': did you mean mean_score"),
        (HEAD + CELL + "size = 0  # here", "size: expected a number of at least 1, got 0"),
        (HEAD + CELL + "[cells.options.triplet]\nmargn = 2  # here", "unknown option of triplet 'margn': did you mean"),
        (HEAD + CELL + "options.triplet.margin = true  # here", "option margin of triplet: expected float"),
        (HEAD + CELL + "[cells.training]\nstep = 2  # here", "unknown training option 'step': did you mean steps"),
        (HEAD + CELL + "[training]\nsteps = 0  # here\nbatch = 1", "steps: expected a number of at least 1, got 0"),
        (HEAD + "cells = [\n{ learner = 'pixels' },\n{ learner = 'pixel' },  # here\n]", "unknown learner 'pixel'"),
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
        (SEVERAL.replace('"vinyals"]', '\n"vinials"]  # here'), "unknown protocol 'vinials': did you mean vinyals"),
        (SEVERAL.replace('"vinyals"]', '\n"lake"]  # here'), "protocols: 'lake' stands there twice"),
        (SEVERAL.replace('"lake", "vinyals"]', ']  # here'), "protocols: expected at least one, got none"),
        (SEVERAL.replace('"vinyals"]', '\n"scripts"]  # here'), "protocol scripts is of data set typefaces"),
        (SEVERAL.replace('"vinyals"]', '\n"lake_small1", "lake-small1"]  # here'), "'lake_small1' stands there twice"),
        (
            SEVERAL.replace('"vinyals"]', '"vinyals"]  # here').replace('"omniglot"', '"typefaces"'),
            "protocol lake is of data set omniglot, not typefaces",
        ),
        (SEVERAL + CELL.replace("]]", "]]  # here") + "size = 20", "needs a protocol of its own"),
        (SEVERAL + CELL + "protocol = 'lak'  # here", "unknown protocol 'lak': did you mean lake"),
        (SEVERAL + "exclude = [{ protocol = 'koch' }]  # here", "unknown protocol of the grid 'koch'"),
        (SMALL + "exclude = [{ protocol = 'scripts' }]  # here", "the grid names no protocols"),
        (SMALL + "note = 'a\u2028b'  # \u0085\nthreads = '1'  # here", "threads: expected int, got '1'"),
        (SMALL + "seeds = [0, 0]  # here", "same"),
        (SMALL + "learners = ['pixels',\n'pixels']  # here", "same"),
        (SMALL + "[options.contrastive]\nmargn = 1  # here", "did you mean margin"),
        (HEAD + CELL + "[cells.options.triplett]  # here\na = 1", "did you mean triplet"),
        (HEAD + CELL + "training.learn = 'train+val'  # here", "nothing to select by"),
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
    assert str(refused.value).startswith(f"suite mine.toml, line {line}: ")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SMALL + "size = 30\n", r"mine\.toml: Cannot overwrite a value \(at line 8"),
        (SMALL + "[training]\nsteps = 1\nsteps = 2\n", r"mine\.toml: Cannot overwrite a value \(at line 10"),
        (SMALL + "training = { steps = 1,\nbatch = 2 }", r"mine\.toml: .*\(at line 8"),
        (SMALL + "seeds = [1, 2", r"mine\.toml: .*\(at end of document\)"),
        ("", r"^suite mine\.toml: the key 'title' is missing"),
        ("# title = 't'\n", r"^suite mine\.toml: the key 'title' is missing"),
    ],
)
def test_a_file_that_is_no_toml_or_empty_is_refused(suite, text, message):
    with pytest.raises(RequestError, match=message):
        suite(text)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "cells = []",
        HEAD + "learners = []",
        HEAD + 'backbones = []\nlosses = ["triplet"]',
        HEAD + 'backbones = ["conv4"]\nlosses = []',
        SMALL + "exclude = [{}]",
        SMALL + 'exclude = [{ loss = "triplet" }]',
        SMALL + "seeds = []",
    ],
)
def test_a_suite_without_cells_is_refused(suite, text):
    with pytest.raises(RequestError, match=r"^suite mine\.toml"):
        suite(text)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(suite, end):
    with pytest.raises(RequestError, match=r"^suite mine\.toml, line 10: steps: expected int"):
        suite((SMALL + "[training]  # more\nbatch = 1\nsteps = 'x'\n").replace("\n", end))


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "mine.toml").write_bytes(SMALL.encode() + 'note = "é"'.encode("latin1"))
    with pytest.raises(RequestError, match=r"mine\.toml: 'utf-8' codec can't decode"):
        read_suite(str(tmp_path / "mine.toml"))


@pytest.mark.parametrize(
    ("asked", "option", "message"),
    [
        ({"changes": ["training.steps=x"]}, "--set training.steps=x", "steps: expected int, got 'x'"),
        ({"changes": ["batch=2", "training.steps=2"]}, "--set batch=2", "unknown key 'batch'"),
        ({"changes": ["losses+=triplett"]}, "--set losses+=triplett", "did you mean triplet"),
        ({"changes": ["losses=[1]"]}, "--set losses=[1]", "an item of losses: expected str, got 1"),
        ({"changes": ["options.triplet.margn=2"]}, "--set options.triplet.margn=2", "did you mean margin"),
        ({"changes": ["search.learning_rate=[1]"]}, "--set search.learning_rate=[1]", "two or more different values"),
        ({"changes": ["exclude+={ loss = 'x' }"]}, "--set exclude+={ loss = 'x' }", "unknown loss of the grid 'x'"),
        ({"changes": ["training.task.way=1"]}, "--set training.task.way=1", "expected way, shot and query"),
    ],
)
def test_a_mistake_of_the_command_line_is_named_with_its_option(suite, asked, option, message):
    with pytest.raises(RequestError) as refused:
        suite(**asked)
    assert str(refused.value).startswith(f"suite mine.toml, {option}: ")
    assert message in str(refused.value)


def test_an_option_that_changed_something_else_is_not_blamed(suite):
    text = SMALL + "[training]\nsteps = 1\nbatch = 0  # here"
    with pytest.raises(
        RequestError, match=r"^suite mine\.toml, line 10: batch: expected a number of at least 1, got 0"
    ):
        suite(text, changes=["training.learning_rate=1"], steps=9, seeds=2)


@pytest.mark.parametrize(
    ("keywords", "option"),
    [
        ({"changes": ['losses+=["contrastive", "triplett"]']}, "--set losses"),
        ({"text": SMALL + '[training]\nlearn = "train+val"', "steps": 9}, "line 9"),
        ({"changes": ["training.val_every=1"], "steps": 900}, "--set training.val_every=1"),
    ],
)  # fmt: skip
def test_the_option_that_is_wrong_is_blamed_and_no_other(suite, keywords, option):
    with pytest.raises(RequestError) as refused:
        suite(**keywords)
    assert str(refused.value).startswith(f"suite mine.toml, {option}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("losses", "--set losses: expected KEY=VALUE"),
        ("=3", "--set =3: expected KEY=VALUE"),
        ("+=3", r"--set \+=3: expected KEY=VALUE"),
        ("title.more=3", r"--set title\.more=3: title is no table"),
        ("title+=3", r"--set title\+=3: title is no list"),
    ],
)
def test_an_option_that_changes_nothing_is_refused(suite, change, message):
    with pytest.raises(RequestError, match=message):
        suite(changes=[change])


SCORE_ALONE = '''"""A similarity without a distance."""

from torch import nn

from fewshot import similarity


@similarity
class inner(nn.Module):
    """The inner product."""

    def __init__(self, shape):
        super().__init__()

    def score(self, left, right):
        return left @ right.mT
'''


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        (SMALL + 'similarities = [\n"cosine",\n"inner",  # here\n]', "triplet needs a similarity with 'distance'"),
        (HEAD + CELL + 'similarity = "inner"  # here', "triplet needs a similarity with 'distance'"),
        (HEAD + 'cells = [\n{ learner = "siamese", backbone = "conv4", loss = "verification",'
         ' similarity = "inner" },  # here\n]', "verification needs a similarity with 'logit'"),
    ],
)  # fmt: skip
def test_a_similarity_that_the_loss_cannot_use_is_refused_with_its_line(suite, tmp_path, text, blamed):
    (tmp_path / "inner.py").write_text(SCORE_ALONE)
    add_plugin(tmp_path / "inner.py")
    line = next(number for number, said in enumerate(text.split("\n"), start=1) if "# here" in said)
    with pytest.raises(RequestError, match=rf"^suite mine\.toml, line {line}: loss {blamed}, which inner lacks"):
        check(suite(text))
    with pytest.raises(RequestError, match=rf"^suite mine\.toml, --set similarities=\S+: loss {blamed.split()[0]}"):
        check(suite(SMALL.replace("triplet", blamed.split()[0]), changes=['similarities=["inner"]']))
    check(suite(text.replace("inner", "euclidean")))


def test_a_change_names_keys_with_dots_of_their_own_in_quotes(suite):
    text = SMALL.replace('"triplet"', '"pml:FastAPLoss"')
    for change in ('options."pml:FastAPLoss".num_bins=4', "options.pml:FastAPLoss.num_bins=4"):
        assert suite(text, changes=[change]).specs[0].loss.options["num_bins"] == 4
    layers = 'training.layers."encoder.blocks.0".weight_decay=0'
    assert suite(changes=[layers]).specs[0].training.layers == {"encoder.blocks.0": {"weight_decay": 0.0}}


def test_a_loss_goes_by_the_name_that_is_none_in_python(suite):
    text = SMALL.replace('"triplet"', '"baseline++"') + '[options."baseline++"]\nscale = 5.0\n'
    for name in ("baseline++", "baseline_pp"):
        found = suite(text).only([f"loss={name}"])
        assert found.specs[0].loss.name == "baseline_pp"
        assert found.specs[0].loss.options["scale"] == 5.0
        figure = FIGURE.replace('task = "t"', 'task = "5-way 1-shot"') + f'like = {{ loss = "{name}" }}\n'
        (row,) = suite(text + figure).published
        assert fits(found.specs[0], row["like"])
    assert shown(found.specs[0], "loss") == "baseline++"
    assert shown(found.specs[0], "method") == "baseline++(scale=5.0)"


OWN = SMALL.replace('"typefaces"', '"folder:my.people"').replace('"scripts"', '"held_out"')


def test_a_users_data_set_is_split_on_the_command_line(suite):
    (one, *_), (other, *_) = (suite(OWN, of_dataset={"split": split}).specs for split in ("0.6/0.2/0.2", "0.5/0.3/0.2"))
    assert (one.dataset.options["split"], one.dataset.options["skip_damaged"]) == ("0.6/0.2/0.2", False)
    assert one.id != other.id
    assert suite(OWN, of_dataset={"skip_damaged": True}).specs[0].dataset.options["skip_damaged"] is True
    set_ = suite(OWN, changes=['options."folder:my.people".split="0.6/0.2/0.2"']).specs[0]
    assert set_ == one
    with pytest.raises(RequestError, match=r"--split: expected a suite on folder:PATH.*, got typefaces"):
        suite(of_dataset={"split": "0.6/0.2/0.2"})


def test_a_suite_on_a_users_data_is_read_without_them(suite):
    found = suite(OWN + "[options.held-out]\nway = 3\n")
    assert found.specs[0].protocol.options["way"] == 3
    row = '[[published]]\nmethod = "m"\ntask = "{}"\naccuracy = 1.0\nsource = "s"\ntrust = "t"\n'
    options = "[options.held_out]\nway = 3\n"
    assert suite(OWN + options + row.format("3-way 5-shot")).published
    with pytest.raises(RequestError, match=r"unknown task of this suite '5-way 5-shot': .*3-way 1-shot, 3-way 5-shot"):
        suite(OWN + options + row.format("5-way 5-shot"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('normalise = "ours"', "unknown normalise 'ours': .*expected one of imagenet, none, own"),
        ("normalise = true", "normalise: expected str, got True"),
        ("[options.held_out]\nways = 3", "unknown option of held_out 'ways': did you mean way"),
        ("[training]\ncrop = 2.0", "crop: expected a number from 0 to 1, got 2.0"),
        ("[search]\njitter = [0.1, 1.1]", "jitter: expected a number from 0 to 1, got 1.1"),
    ],
)
def test_a_wrong_value_for_photographs_is_refused_with_its_line(suite, line, message):
    with pytest.raises(RequestError, match=message) as refused:
        suite(OWN + line)
    assert re.search(r"line \d+:", str(refused.value))

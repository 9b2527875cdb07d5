"""Names, options and plug-ins, all read from the source."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.marks import LossMarks, SimilarityMarks
from fewshot.registry.lookup import (
    _installed,
    add_plugin,
    entries,
    find,
    forget_plugins,
    full_name,
    load,
    make_part,
    own_name,
)
from fewshot.registry.source import KINDS, REQUIRED

PLUGIN = '''"""Nothing is learned from this. Or is it?

More about it."""

from fewshot import loss


@loss(similarity="cosine", shot_rule="mean_embedding", revision=3)
def {name}(support, query, similarity, *, margin: float = 0.5, mining: str = "all", weights=(1, 2)):
    return similarity.distance(support.flatten(1, 2), query.flatten(1, 2)).mean() * margin
'''


@pytest.fixture
def write(tmp_path):
    """Writes a plug-in file and returns its path."""

    def write(text: str = PLUGIN, name: str = "flat", suffix: str = ".py") -> Path:
        file = (tmp_path / name).with_suffix(suffix)
        file.write_text(text.replace("{name}", name), encoding="utf-8")
        return file

    return write


def test_parts_are_found_without_torch():
    code = (
        "import sys; from fewshot.registry.lookup import KINDS, entries, make_part; "
        "assert all(entries(kind) for kind in KINDS.values()); make_part('losses', 'triplet', {'margin': 2}); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("kind", KINDS.values())
def test_the_source_and_the_imported_part_agree(kind):
    for name, entry in entries(kind).items():
        part = load(kind, own_name(kind, full_name(entry)))
        assert (entry.name, entry.kind, part.__name__, part.marks) == (name, kind, name, entry.marks)
        assert entry.summary


def test_an_unknown_name_lists_the_nearest():
    with pytest.raises(
        RequestError, match=r"unknown loss 'tripled': did you mean triplet.*expected one of .*contrastive"
    ):
        find("losses", "tripled")
    with pytest.raises(RequestError, match=r"unknown kind of part 'loss': did you mean losses"):
        entries("loss")


def test_options_are_the_keyword_only_parameters():
    assert find("losses", "triplet").options == {"margin": 1.0, "mining": "all", "pairs": "episode"}
    assert find("similarities", "cosine").options == {"scale": 10.0, "learned": True}
    assert find("similarities", "dot_product").options == {}


def test_a_part_has_all_its_options_and_reals_are_reals():
    part = make_part("losses", "triplet", {"margin": 2})
    assert (part.name, part.options, part.sha256) == ("triplet", {"margin": 2.0, "mining": "all"}, "")
    assert isinstance(part.options["margin"], float)
    assert make_part("backbones", "conv4", {"widths": (8, 8)}).options["widths"] == [8, 8]


@pytest.mark.parametrize(
    ("kind", "name", "options", "message"),
    [
        ("losses", "triplet", {"margins": 1.0}, "unknown option of triplet 'margins': did you mean margin"),
        ("losses", "triplet", {"margin": "1"}, "option margin of triplet: expected float like 1.0, got '1'"),
        ("losses", "triplet", {"margin": True}, "option margin of triplet: expected float like 1.0, got True"),
        ("losses", "triplet", {"margin": 10**400}, "option margin of triplet: expected float like 1.0, got 1000"),
        ("losses", "triplet", {"mining": 1}, "option mining of triplet: expected str like 'all', got 1"),
        ("backbones", "conv4", {"widths": 64}, r"option widths of conv4: expected list like \(64.*, got 64"),
        ("backbones", "conv4", {"widths": []}, r"option widths of conv4: expected list like \(64.*, got \[\]"),
        ("backbones", "conv4", {"widths": ["64"]}, r"option widths of conv4: expected list like \(64.*, got \['64'\]"),
        ("similarities", "dot_product", {"p": 2}, r"unknown option of dot_product 'p': expected one of \(none\)"),
    ],
)
def test_a_wrong_option_is_refused(kind, name, options, message):
    with pytest.raises(RequestError, match=message):
        make_part(kind, name, options)


def test_a_plug_in_is_added_and_usable(write):
    file = write()
    entry = add_plugin(file)
    assert entries("losses")["flat"] == find("losses", "flat") == entry
    assert entry.summary == "Nothing is learned from this. Or is it?"
    part = make_part("losses", "flat", {"margin": 2})
    assert part.options == {"margin": 2.0, "mining": "all", "weights": [1, 2]}
    assert (part.revision, part.sha256) == (3, hashlib.sha256(file.read_bytes()).hexdigest())
    assert load("losses", "flat").marks.similarity == "cosine"
    assert "triplet" in entries("losses")
    assert add_plugin(file) == entry  # twice is no clash
    forget_plugins()
    assert "flat" not in entries("losses")
    assert entry.module not in sys.modules


def test_a_later_option_is_in_the_spec_only_if_it_is_given(write):
    add_plugin(write(PLUGIN.replace("revision=3", "later=('weights', 'mining')")))
    assert make_part("losses", "flat").options == {"margin": 0.5}
    assert make_part("losses", "flat", {"weights": [1, 2]}).options == {"margin": 0.5}
    assert make_part("losses", "flat", {"weights": [2]}).options == {"margin": 0.5, "weights": [2]}


@pytest.mark.parametrize("name", ["flavour", "margin"])
def test_a_later_option_needs_a_default(write, name):
    with pytest.raises(RequestError, match=f"later: expected options with a default, got '{name}'"):
        add_plugin(write(PLUGIN.replace("revision=3", f"later=('{name}',)").replace("float = 0.5", "float")))


@pytest.mark.parametrize(
    ("keyword", "message"),
    [
        ("revision='two'", r"flat\.py: revision of @loss: expected int, got 'two'"),
        ("revision=1.5", "revision of @loss: expected int, got 1.5"),
        ("needs=3", "needs of @loss: expected str, got 3"),
        ("examples='a'", "examples of @loss: expected tuple | list, got 'a'"),
        ("**{}", r"@loss: expected its keywords written out, got \*\*"),
    ],
)
def test_a_mark_of_another_type_is_refused(write, keyword, message):
    with pytest.raises(RequestError, match=message.replace("|", r"\|")):
        add_plugin(write(PLUGIN.replace("revision=3", keyword)))


def test_an_option_without_a_default_must_be_given(write):
    add_plugin(write(PLUGIN.replace("float = 0.5", "float")))
    assert find("losses", "flat").options["margin"] is REQUIRED
    with pytest.raises(RequestError, match="flat needs the option margin"):
        make_part("losses", "flat")
    assert make_part("losses", "flat", {"margin": 1.0}).options["margin"] == 1.0


def test_items_of_a_list_of_reals_are_reals(write):
    add_plugin(write(PLUGIN.replace("weights=(1, 2)", "weights=(1.0, 2.0)")))
    assert make_part("losses", "flat", {"weights": [1, 2]}) == make_part("losses", "flat")
    assert [type(one) for one in make_part("losses", "flat", {"weights": [1, 2]}).options["weights"]] == [float, float]


def test_a_plug_in_takes_no_name_that_another_part_is_called_by(write):
    file = write(PLUGIN.replace("@loss(", '@loss(called="baseline++", '))
    with pytest.raises(RequestError, match=r"plug-in .*flat.py: the name 'baseline\+\+' is taken by the package's"):
        add_plugin(file)


def test_plug_ins_of_two_kinds_may_share_a_name(write, tmp_path):
    add_plugin(write())
    (tmp_path / "more").mkdir()
    similarity = "from fewshot import similarity\n\n\n@similarity\nclass flat:\n    '''Flat.'''\n"
    add_plugin(write(similarity, name="more/flat"))
    assert isinstance(load("losses", "flat").marks, LossMarks)
    assert isinstance(load("similarities", "flat").marks, SimilarityMarks)


def test_an_edited_plug_in_is_another_part(write):
    first = add_plugin(write())
    second = add_plugin(write(PLUGIN.replace("float = 0.5", "float = 0.7")))
    assert first.sha256 != second.sha256
    assert make_part("losses", "flat").options["margin"] == 0.7
    assert load("losses", "flat").__kwdefaults__["margin"] == 0.7


def test_a_plug_in_that_was_moved_is_added_anew(write, tmp_path):
    file = add_plugin(write()).file
    (tmp_path / "elsewhere").mkdir()
    moved = file.rename(tmp_path / "elsewhere" / file.name)
    assert find("losses", add_plugin(moved).name).file == moved


def test_a_plug_in_may_hold_a_dataclass(write):
    postponed = "from __future__ import annotations\n"
    memory = "\n\nfrom dataclasses import dataclass\n\n\n@dataclass\nclass Memory:\n    size: int\n"
    add_plugin(write(postponed + PLUGIN + memory))
    assert load("losses", "flat").marks.revision == 3


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("triplet", PLUGIN, r"the name 'triplet' is taken by the package's .*triplet\.py"),
        ("flat", "def flat(:", r"flat\.py, line 1: "),
        ("flat", "import torch\n", r"flat\.py: expected a part called 'flat' under a decorator such as @loss"),
        (
            "my-loss",
            "import torch\n",
            r"my-loss\.py: expected a name that a part in Python can have, my_loss\.py, got my-loss\.py",
        ),
        ("flat", PLUGIN.replace("{name}", "other"), r"flat\.py: expected a part called 'flat'"),
        ("flat", PLUGIN.replace("@loss(", "@wrong("), r"flat\.py: expected a part called 'flat'"),
        ("flat", PLUGIN.replace('"all"', "all([])"), r"flat\.py, line 9: mining: expected a plain value"),
        ("flat", PLUGIN.replace("revision=3", "revision=int(3)"), r"flat\.py, line 8: revision: expected a plain"),
        (
            "flat",
            PLUGIN.replace("revision=3", "revison=3"),
            r"flat\.py: unknown keyword of @loss 'revison': did you mean rev",
        ),
        (
            "flat",
            PLUGIN.replace('similarity="cosine", ', ""),
            r"flat\.py: @loss needs the keyword similarity, which was",
        ),
        ("flat", PLUGIN.replace("mean_embedding", "mean"), r"flat\.py: unknown shot rule 'mean': did you mean mean_"),
        ("flat", PLUGIN.replace("0.5", "1e999"), r"flat\.py, line 9: margin: expected a plain value: a finite number"),
        (
            "flat",
            PLUGIN.replace("0.5", "9" * 400),
            r"flat\.py, line 9: margin: expected a plain value: a finite number",
        ),
        ("flat", PLUGIN + "del flat\n", r"flat\.py cannot be imported: AttributeError: .*'flat'"),
        ("flat", PLUGIN + f"x = {'-' * 50000}1\n", r"flat\.py: expected Python, got expressions that are nested"),
        ("flat", PLUGIN + "1 / 0\n", r"flat\.py, line \d+, cannot be imported: ZeroDivisionError: division by zero"),
    ],
)
def test_a_faulty_plug_in_is_refused_and_leaves_nothing(write, name, text, message):
    before, modules = entries("losses"), set(sys.modules)
    with pytest.raises(RequestError, match=message):
        add_plugin(write(text, name=name))
    assert entries("losses") == before
    assert not [module for module in set(sys.modules) - modules if module.startswith("fewshot_plugin")]


def test_a_file_that_is_not_there_or_no_python_is_refused(write, tmp_path):
    with pytest.raises(RequestError, match=r"expected a Python file, got: No such file"):
        add_plugin(tmp_path / "absent.py")
    with pytest.raises(RequestError, match=r"flat\.txt.*expected a Python file"):
        add_plugin(write(suffix=".txt"))


# Parts of installed packages


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a made-up distribution, importable: `install("more", files, {"losses": "flat = pkg:flat"})`."""

    def install(name: str, files: dict[str, str], points: dict[str, str], elsewhere: bool = False) -> Path:
        site, source = tmp_path / f"site-{name}", tmp_path / f"{'source' if elsewhere else 'site'}-{name}"
        (info := site / f"{name}-1.0.dist-info").mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        groups = [f"[fewshot.{kind}]\n{lines}\n" for kind, lines in points.items()]
        (info / "entry_points.txt").write_text("".join(groups), encoding="utf-8")
        for path, text in files.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_text(text, encoding="utf-8")
        for folder in {site, source}:
            monkeypatch.syspath_prepend(folder)
        _installed.cache_clear()
        return source

    yield install
    _installed.cache_clear()


FLAT = PLUGIN.replace("{name}", "flat")
POINT = {"losses": "flat = pkg_of_tests.parts:flat"}
FILES = {"pkg_of_tests/__init__.py": "raise ImportError('not while listing')\n", "pkg_of_tests/parts.py": FLAT}


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_part_of_an_installed_package_is_listed_without_importing_it(install, elsewhere):
    source = install("more", FILES, POINT, elsewhere)
    entry = entries("losses")["flat"]
    assert (entry.name, entry.kind, entry.distribution) == ("flat", "losses", "more")
    assert entry.file.samefile(source / "pkg_of_tests/parts.py")
    assert entry.summary == "Nothing is learned from this. Or is it?"
    assert make_part("losses", "flat").sha256 == hashlib.sha256(entry.file.read_bytes()).hexdigest()
    assert entry.label == "plug-in flat of distribution more"
    assert "triplet" in entries("losses")
    assert "flat" not in entries("similarities")
    assert "pkg_of_tests" not in sys.modules
    with pytest.raises(
        RequestError, match=r"distribution more: pkg_of_tests\.parts cannot be imported: ImportError: not"
    ):
        load("losses", "flat")


def test_a_part_of_an_installed_package_is_loaded_as_any_module(install):
    install("more", {"single_of_tests.py": FLAT}, {"losses": "flat = single_of_tests:flat"})
    part = load("losses", "flat")
    assert (part.marks.similarity, part.__module__) == ("cosine", "single_of_tests")
    assert load("losses", "flat") is part
    del sys.modules["single_of_tests"]


def test_a_module_of_another_file_than_the_one_that_was_read_is_refused(install, monkeypatch, tmp_path):
    install("more", {"single_of_tests.py": FLAT}, {"losses": "flat = single_of_tests:flat"})
    (tmp_path / "single_of_tests.py").write_text(FLAT, encoding="utf-8")
    entries("losses")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RequestError, match=r"expected single_of_tests from .*site-more.*, got it from "):
        load("losses", "flat")
    del sys.modules["single_of_tests"]


@pytest.mark.parametrize(
    ("files", "point", "message"),
    [
        (FILES, "flat = pkg_of_tests.absent:flat", "expected a file of the module pkg_of_tests.absent, found none"),
        (FILES, "flat = pkg_of_tests.parts:other", r"expected package\.module:flat, of the same name, got 'pkg_of"),
        (FILES, "flat = pkg_of_tests.parts", r"expected package\.module:flat, of the same name, got 'pkg_of"),
        ({"pkg_of_tests/parts.py": "def flat(:"}, "flat = pkg_of_tests.parts:flat", r"parts\.py, line 1: "),
        ({"pkg_of_tests/parts.py": "flat = 1\0"}, "flat = pkg_of_tests.parts:flat", r"parts\.py.*: .*null bytes"),
        (
            {"pkg_of_tests/parts.py": "flat = 1"},
            "flat = pkg_of_tests.parts:flat",
            "expected a part called 'flat' under a",
        ),
    ],
)
def test_a_broken_part_of_an_installed_package_is_refused_with_who_offers_it(install, files, point, message):
    install("more", files, {"losses": point})
    with pytest.raises(RequestError, match=rf"^distribution more, entry point 'flat': .*{message}"):
        entries("losses")


def test_a_part_of_another_kind_than_its_group_is_refused(install):
    install("more", FILES, {"backbones": "flat = pkg_of_tests.parts:flat"})
    with pytest.raises(RequestError, match="expected one of the backbones, as its group says, got one of the losses"):
        entries("losses")


def test_a_name_that_is_taken_is_refused_with_who_holds_it(install):
    triplet = {"pkg_of_tests/parts.py": PLUGIN.replace("{name}", "triplet")}
    install("more", triplet, {"losses": "triplet = pkg_of_tests.parts:triplet"})
    with pytest.raises(RequestError, match=r"distribution more .*'triplet' is taken by the package's .*triplet\.py"):
        entries("losses")


def test_a_name_that_another_distribution_has_taken_is_refused(install, write):
    install("more", FILES, POINT)
    file = write()
    with pytest.raises(RequestError, match=r"plug-in .*flat\.py: the name 'flat' is taken by distribution more \("):
        add_plugin(file)
    install("less", {"single_of_tests.py": FLAT}, {"losses": "flat = single_of_tests:flat"})
    with pytest.raises(RequestError, match=r"distribution (more|less) .* is taken by distribution (more|less) \("):
        entries("losses")


def test_names_that_users_write_have_one_file_name():
    assert own_name("losses", "baseline++") == own_name("losses", "baseline_pp") == "baseline_pp"
    assert full_name(find("losses", "baseline_pp")) == "baseline++"
    assert own_name("protocols", "lake-small1") == own_name("protocols", "lake_small1") == "lake_small1"
    with pytest.raises(RequestError, match=r"did you mean baseline\+\+"):
        find("losses", "baseline+")


def test_the_functions_of_a_data_set_are_known_without_it():
    folder, omniglot = (entries("datasets")[name].marks for name in ("folder", "omniglot"))
    assert (folder.locate, folder.fetch, folder.verify, folder.splits) == (True, False, True, True)
    assert (omniglot.locate, omniglot.fetch, omniglot.verify, omniglot.splits) == (True, True, True, False)


def test_a_part_may_be_marked_by_attribute_and_a_data_set_without_brackets(write):
    assert add_plugin(
        write(PLUGIN.replace("@loss", "@fewshot.loss").replace("from fewshot import loss", "import fewshot"))
    )
    bare = "import fewshot\n\n\n@fewshot.dataset\ndef bare(classes, size, folders, *, sides=()):\n    return None\n"
    assert add_plugin(write(bare, name="bare")).kind == "datasets"
    assert load("datasets", "bare").marks.channels == 1


def test_an_option_with_an_empty_default_takes_any_list(write):
    add_plugin(write(PLUGIN.replace("weights=(1, 2)", "weights=()")))
    assert make_part("losses", "flat", {"weights": [1, "a"]}).options["weights"] == [1, "a"]
    assert make_part("losses", "flat").options["weights"] == []
    with pytest.raises(RequestError, match="expected list, got 1"):
        make_part("losses", "flat", {"weights": 1})

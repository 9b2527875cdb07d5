"""`fewshot check plugin`: what it prints, and one message for what it refuses."""

import pytest

from fewshot.cli.main import main

GOOD = '''"""{name} as an example."""

from fewshot import loss


@loss(similarity="cosine")
def {name}(support, query, similarity, *, margin: float = 1.0):
    return similarity.distance(query.mean(2), support.mean(2)).diagonal(0, 1, 2).mean() * margin
'''


@pytest.fixture
def check(capsys, monkeypatch, tmp_path):
    """Writes plug-ins into the present folder and runs `fewshot check plugin` on them: code, lines, errors."""
    monkeypatch.chdir(tmp_path)

    def run(*options, **texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.py").write_text(text)
        code = main(["check", "plugin", *options, *(f"{name}.py" for name in texts)])
        out, err = capsys.readouterr()
        lines = out.splitlines()
        if code == 0 and "--thorough" not in options:
            assert "--thorough also tests" in lines.pop()
        return code, lines, err

    return run


def test_a_sound_plug_in_passes_with_what_was_checked(check):
    code, lines, err = check(mine=GOOD.format(name="mine"))
    assert (code, err) == (0, "")
    assert len(lines) > 1
    assert all(line.startswith("plug-in mine.py: ") for line in lines)


def test_what_a_loss_tells_apart_is_checked_on_request(check):
    upside_down = GOOD.format(name="mine").replace("return ", "return -")
    assert check(mine=upside_down)[0] == 0
    code, _, err = check("--thorough", mine=upside_down)
    assert code == 2
    assert "expected a smaller loss with classes apart than mixed, for embeddings of norm 0.3" in err
    assert (
        len(check("--thorough", mine=GOOD.format(name="mine"))[1]) == len(check(mine=GOOD.format(name="mine"))[1]) + 2
    )


def test_several_plug_ins_are_checked_in_their_order(check):
    code, lines, _ = check(one=GOOD.format(name="one"), other=GOOD.format(name="other"))
    assert code == 0
    assert list(dict.fromkeys(line.partition(":")[0] for line in lines)) == ["plug-in one.py", "plug-in other.py"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("* margin", '* float("nan")'), "mine.py"),
        ((".mean()", ""), "mine.py"),
        (("return similarity", "raise KeyError('no')\n    return similarity"), "mine.py, line 8"),
        (("@loss", "@wrong"), "expected a part called 'mine' under a decorator"),
        (("def mine(", "def mine(("), "mine.py, line 7: "),
        (('"cosine"', '"cosinus"'), "cosinus"),
    ],
)
def test_a_breach_is_one_message_and_code_2(check, change, message):
    code, _, err = check(mine=GOOD.format(name="mine").replace(*change))
    assert code == 2
    assert message in err
    assert err.count("\n") == 1


def test_one_faulty_plug_in_of_two_is_refused(check):
    code, _, err = check(one=GOOD.format(name="one"), other="other = 1\n")
    assert code == 2
    assert "other.py: expected a part called 'other'" in err


def test_a_file_that_is_not_there_is_named(check, capsys):
    assert main(["check", "plugin", "absent.py"]) == 2
    assert "plug-in absent.py: expected a Python file, got: No such file" in capsys.readouterr().err


def test_at_least_one_file_is_needed(capsys):
    assert main(["check", "plugin"]) == 2
    assert "FILE" in capsys.readouterr().err

"""`fewshot data`, `data fetch` and `data verify`: plug-ins that fail, and requests that make no sense."""

import pytest

from fewshot.cli.main import main

OWN = '''"""Noise."""

from fewshot import dataset


def locate(folders):
    {locate}


def verify(folders):
    {verify}


@dataset(locate=locate, verify=verify)
def own(classes, size, folders):
    """Nothing."""
'''


@pytest.fixture
def data(capsys, monkeypatch, tmp_path):
    """Runs `fewshot data` with a plug-in's data set: exit code, lines, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FEWSHOT_DATA", raising=False)

    def run(*arguments, locate="return 'here'", verify="return ['whole']"):
        (tmp_path / "own.py").write_text(OWN.format(locate=locate, verify=verify))
        code = main(["data", *arguments])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err

    return run


def test_data_alone_has_the_lines_of_its_status(data):
    assert data("--plugin", "own.py") == data("status", "--plugin", "own.py")
    code, lines, _ = data("--plugin", "own.py")
    assert code == 0
    assert "own: here" in lines


def test_a_plug_in_is_verified(data, tmp_path):
    assert data("verify", "own", "--plugin", "own.py") == (0, ["whole"], "")
    (tmp_path / "bare.py").write_text(OWN.replace("locate=locate, verify=verify", "").replace("own", "bare"))
    code, lines, err = data("verify", "bare", "--plugin", "bare.py")
    assert (code, lines) == (2, [])
    assert "data set bare cannot be verified: expected @dataset(verify=...) in bare.py" in err


@pytest.mark.parametrize("failure", ["raise ValueError('no')", "return 1 / 0", "raise SystemExit(0)"])
def test_a_plug_in_that_fails_is_one_message_with_its_file(data, failure):
    for code, lines, err in (
        data("--plugin", "own.py", locate=failure),
        data("verify", "own", "--plugin", "own.py", verify=failure),
    ):
        assert (code, lines) == (2, [])
        assert err.startswith("fewshot: plug-in own.py, line ")
        assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fetch", "typefaces"], "typefaces has nothing to download: expected one of "),
        (["verify", "omniglot"], "found neither; fewshot data fetch omniglot fetches it"),
        (["verify", "miniimagenet"], "found none; fewshot data fetch miniimagenet fetches it"),
        (["verify", "omniglott"], "did you mean omniglot"),
        (["verify", "typefaces", "--set", "a=1"], "unrecognized arguments: --set a=1; fewshot data verify --help"),
        (["--split", "0.6/0.2/0.2"], "unrecognized arguments: --split"),
        (["omniglot"], "invalid choice: 'omniglot'"),
        (["leaks"], "required: PROTOCOL"),
    ],
)
def test_what_makes_no_sense_is_refused(data, tmp_path, arguments, message):
    code, lines, err = data(*arguments)
    assert (code, lines) == (2, [])
    assert message in err
    assert not (tmp_path / "cache").exists()

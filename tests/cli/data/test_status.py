import pytest


def test_data_alone_has_the_lines_of_its_status(data):
    assert data("--plugin", "own.py") == data("status", "--plugin", "own.py")
    code, lines, _ = data("--plugin", "own.py")
    assert code == 0
    assert "own: here" in lines


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
        (["--split", "0.6/0.2/0.2"], "unrecognized arguments: --split"),
        (["omniglot"], "unknown choice 'omniglot'"),
    ],
)
def test_what_makes_no_sense_is_refused(data, tmp_path, arguments, message):
    code, lines, err = data(*arguments)
    assert (code, lines) == (2, [])
    assert message in err
    assert not (tmp_path / "cache").exists()

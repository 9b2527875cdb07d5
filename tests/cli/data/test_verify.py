import pytest


def test_a_plug_in_is_verified(data, tmp_path):
    assert data("verify", "own", "--plugin", "own.py") == (0, ["whole"], "")
    source = (tmp_path / "own.py").read_text()
    (tmp_path / "bare.py").write_text(source.replace("locate=locate, verify=verify", "").replace("own", "bare"))
    code, lines, err = data("verify", "bare", "--plugin", "bare.py")
    assert (code, lines) == (2, [])
    assert "data set bare cannot be verified: expected @dataset(verify=...) in bare.py" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["omniglot"], "found neither; fewshot data fetch omniglot fetches it"),
        (["miniimagenet"], "found none; fewshot data fetch miniimagenet fetches it"),
        (["mnist"], "found none; fewshot data fetch mnist fetches it"),
        (["omniglott"], "did you mean omniglot"),
        (["typefaces", "--set", "a=1"], "unrecognized arguments: --set a=1; fewshot data verify --help"),
    ],
)
def test_what_makes_no_sense_is_refused(data, tmp_path, arguments, message):
    code, lines, err = data("verify", *arguments)
    assert (code, lines) == (2, [])
    assert message in err
    assert not (tmp_path / "cache").exists()

import pytest

from fewshot.cli import reproduce
from fewshot.cli.main import main


def test_train_runs_each_command_once_in_the_folders_that_are_named(tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(reproduce, "run", lambda request: asked.append(request) or len(asked) - 1)
    assert main(["reproduce", "vinyals2016", "--train", "--results", str(tmp_path), "--workers", "2"]) == 1
    assert [(one.suite.name, one.suite.only) for one in asked] == [
        ("omniglot-vinyals", ("learner=pixels",)),
        ("omniglot-vinyals", ("loss=verification",)),
    ]
    assert {(one.results, one.workers, one.dry_run) for one in asked} == {(tmp_path, 2, False)}
    assert "Vinyals et al. 2016: Matching networks" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "reproduce: expected a paper or --list, got neither"),
        (["snell2017", "--list"], "expected a paper or --list, got both, snell2017"),
        (["--list", "--train"], "--train: expected a paper beside it, got --list"),
        (["snel2017"], "unknown paper 'snel2017': did you mean snell2017"),
        (["snell2017", "--workers", "2"], "--workers: expected --train beside it"),
        (["snell2017", "--device", "cuda"], "--device: expected --train beside it"),
        (["--list", "--data", "images"], "--data: expected --train beside it"),
        (["snell2017", "--results", "nowhere"], "results folder nowhere: expected records in it"),
    ],
)
def test_wrong_requests_are_one_message(words, message, capsys):
    assert main(["reproduce", *words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1

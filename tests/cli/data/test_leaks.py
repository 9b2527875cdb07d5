import pytest

from fewshot.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: PROTOCOL"),
        (["lakes"], "unknown protocol 'lakes': did you mean lake"),
        (["lake-smal1"], "did you mean lake_small1"),
        (["lake", "--dataset", "typefaces"], "protocol lake: expected data set omniglot, got typefaces"),
        (["own_split", "--plugin", "absent.py"], "plug-in absent.py: expected a Python file"),
    ],
)
def test_what_cannot_be_audited_is_one_message_and_code_2(leaks, arguments, message):
    code, lines, err = leaks(*arguments)
    assert (code, lines) == (2, [])
    assert message in err
    assert err.count("\n") == 1


PEOPLE = ("held_out", "--dataset", "folder:people", "--split", "0.5/0.25/0.25", "--set", "way=3", "--set", "query=2")


def test_a_users_folder_is_looked_into_with_the_options_that_are_given(capsys, photographs):
    code = main(["data", "leaks", *PEOPLE, "--set", "shots=[1]", "--set", "channels=1", "--data", str(photographs)])
    out = capsys.readouterr().out
    assert code == 0
    assert "protocol held_out of folder:people: revision 1" in out
    assert "at 64 px, turns aside (train 30, val 15, test 15): none" in out
    assert "No finding" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["held_out"], "protocol held_out is of the data set's own split: expected --dataset folder:PATH"),
        (["held_out", "--dataset", "typefaces"], "needs a data set with a split of its own: expected "),
        (
            [*PEOPLE, "--set", "wya=3"],
            "--set wya=3: unknown option of held_out or folder:people 'wya': did you mean way",
        ),
        ([*PEOPLE, "--set", "way"], "--set way: expected KEY=VALUE"),
        ([*PEOPLE[:-1], "query=9"], "need 14 images a class"),
        ([*PEOPLE, "--set", "split=0.2/0.2/0.6"], "--split: expected each option once, got split twice"),
        (
            ["lake", "--split", "0.6/0.2/0.2"],
            "--split: unknown option of lake or omniglot 'split'",
        ),
        (["held_out", "--dataset", "folder:people"], "or the option split"),
        (["held_out", "--dataset", "folder:none"], "folder:none: expected a folder or zip file none in"),
    ],
)
def test_what_of_a_users_folder_cannot_be_looked_into_is_one_message(capsys, photographs, arguments, message):
    code = main(["data", "leaks", *arguments, "--data", str(photographs)])
    err = capsys.readouterr().err
    assert code == 2
    assert message in err
    assert err.count("\n") == 1

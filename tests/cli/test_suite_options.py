import pytest

from fewshot.cli.commands import make_parser
from fewshot.cli.main import main
from fewshot.cli.suite_options import suite_request


def test_arguments_are_those_of_the_request():
    words = "run quickstart --set batch=2 --set steps=3 --only loss=triplet --seeds 2 --min-images 4 --rows loss,seed"
    found = suite_request(make_parser(words.split()).parse_args(words.split()))
    assert (found.name, found.changes, found.only) == ("quickstart", ("batch=2", "steps=3"), ("loss=triplet",))
    assert (found.seeds, found.steps, found.stage) == (2, None, None)
    assert (found.of_dataset, found.rows, found.columns) == ({"min_images": 4}, ("loss", "seed"), ())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--steps 0", "--steps: expected a whole number of at least 1, got '0'"),
        ("--steps 1.5", "--steps: expected a whole number of at least 1, got '1.5'"),
        ("--seeds 1000000", "--seeds: expected a whole number from 1 to "),
        ("--split 0.5/0.5", "--split: expected "),
        ("--stage train", "--stage: unknown choice 'train': expected one of test, val"),
    ],
)
def test_a_wrong_argument_is_one_message(capsys, words, message):
    assert main(["run", "quickstart", *words.split()]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"fewshot: argument {message}")
    assert line.endswith("; fewshot run --help has the arguments")

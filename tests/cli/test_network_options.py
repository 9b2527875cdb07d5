import torch

from fewshot.cli.network_options import SHOWN, print_changes, templates_of
from fewshot.verification.template import Template
from fewshot.verification.verifier import Verifier


def test_the_same_change_of_several_images_is_one_line_and_many_changes_are_cut(capsys):
    found = [Template(f"{number}.png", torch.zeros(2), change=f"{number % 8} turned") for number in range(10)]
    print_changes([*found, Template("blank.png", None, "blank"), Template("a.png", torch.zeros(2))])
    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == ["0.png and 1 more: 0 turned", "1.png and 1 more: 1 turned", "2.png: 2 turned"]
    assert (len(lines), lines[-1]) == (SHOWN + 1, "… and 3 more images were changed")


def test_templates_are_of_files_and_of_folders_in_the_order_of_the_arguments(letters):
    found = templates_of(Verifier.load("net.safetensors"), ["b.png", "all"])
    assert [one.name for one in found] == ["b.png", "all/a.png", "all/b.png", "all/blank.png", "all/c.png"]

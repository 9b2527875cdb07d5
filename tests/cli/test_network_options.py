import pytest
import torch

from fewshot.cli.network_options import SHOWN, print_changes, templates_of
from fewshot.core.errors import RequestError
from fewshot.verification.template import Template
from fewshot.verification.verifier import Verifier


def test_the_same_change_of_several_images_is_one_line_and_many_changes_are_cut(capsys):
    found = [Template(f"{number}.png", torch.zeros(2), change=f"{number % 8} turned") for number in range(10)]
    print_changes([*found, Template("blank.png", None, "blank"), Template("a.png", torch.zeros(2))])
    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == ["0.png and 1 more: 0 turned", "1.png and 1 more: 1 turned", "2.png: 2 turned"]
    assert (len(lines), lines[-1]) == (SHOWN + 1, "… and 3 more images were changed")


def test_templates_are_of_files_and_of_folders_in_the_order_of_the_arguments(letters):
    found = [*templates_of(Verifier.load("net.safetensors"), ["b.png", "all"])]
    assert [one.name for one in found] == ["b.png", "all/a.png", "all/b.png", "all/blank.png", "all/c.png"]


def test_all_images_are_found_before_the_first_is_embedded_and_those_named_are_embedded_together(letters, monkeypatch):
    verifier, batches = Verifier.load("net.safetensors"), []
    embed = verifier.learner.embed
    monkeypatch.setattr(verifier.learner, "embed", lambda images: batches.append(len(images)) or embed(images))
    for last, message in (("gone.png", "No such file"), ("text.png", "no image")):
        with pytest.raises(RequestError, match=f"{last}: expected an image, got.*{message}"):
            templates_of(verifier, ["a.png", "all", last])
    assert not batches
    assert len([*templates_of(verifier, ["a.png", "b.png", "c.png", "all", "a.png"])]) == 8
    assert batches == [3, 3, 1]

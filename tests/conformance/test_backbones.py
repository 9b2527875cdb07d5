"""What is refused of a backbone, one small plug-in file for each breach."""

from dataclasses import replace

import pytest
from plugin_texts import BACKBONE, NORMED, OUT

from fewshot.conformance import check, check_plugins
from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.registry.lookup import make_part


@pytest.mark.parametrize(
    ("init", "forward", "message"),
    [
        ("self.shape = 6", NORMED, r"expected a shape \(dim,\) or \(channel, height, width\) .*got 6"),
        (
            "self.shape = (5,)",
            NORMED,
            r"flat, a float tensor \[4 5\], given images \[4 1 28 28\], in training, got .* \[4 6\]",
        ),
        ("", NORMED + " / 0", "not finite"),
        ("self.spare = nn.Linear(2, 2)", NORMED, "gradient for the weight spare.weight, got none"),
        ("", "return self.norm(self.first(images.mean((2, 3)))) + images.mean()", "an image alone as in a batch"),
        (
            "",
            f"return nn.functional.dropout({NORMED.removeprefix('return ')})",
            "whatever numbers are drawn, in eval mode",
        ),
        (
            "self.drawn = __import__('random').random()",
            NORMED + " * self.drawn",
            "expected the same embeddings from the same seed",
        ),
        (
            "self.late = nn.LazyLinear(6)",
            "return self.late(images.mean((2, 3)))",
            "lazy layer, whose late.weight waits",
        ),
        ("self.drawn = torch.rand(6)", NORMED + " + self.drawn", "after its state_dict is loaded"),
        ("", "raise KeyError('a')", r"mine.py, line 17: KeyError: 'a' \(given images \[4 1 28 28\], in training\)"),
        ("raise RequestError('mine: too small')", NORMED, "^mine: too small$"),
    ],
)
def test_a_backbone_that_breaks_its_promise_is_refused(refused, init, forward, message):
    refused(BACKBONE.format(init=init, forward=forward), message)


def test_a_backbone_is_a_module(refused):
    function = "from fewshot import backbone\n\n\n@backbone\ndef mine(shape):\n    return abs\n"
    refused(function, "expected an nn.Module, got builtin_function")


def test_a_backbone_for_the_channels_of_a_run_is_tried_with_these(add):
    text = BACKBONE.format(init="if shape[0] != 3:\n            raise ValueError('needs RGB images')", forward=NORMED)
    add(text)
    with pytest.raises(RequestError, match="needs RGB images"):
        check("backbones", "mine")
    common = {"protocol": Part("held_out"), "stage": "val", "size": 20, "learner": Part("siamese")}
    people = make_part("datasets", "folder:people", {"channels": 3})
    spec = RunSpec(dataset=people, **common, backbone=make_part("backbones", "mine"), training=Recipe())
    assert "images [4 3 20 20]" in " ".join(check_plugins([spec]))
    grey = replace(spec, dataset=make_part("datasets", "folder:people", {"channels": 1}))
    with pytest.raises(RequestError, match="needs RGB images"):
        check_plugins([grey])


def test_a_backbone_that_refuses_grey_images_is_tried_with_colour(add):
    refusal = "if shape[0] == 1:\n            raise RequestError('mine: colour only')"
    add(BACKBONE.format(init=refusal, forward=NORMED))
    lines = check("backbones", "mine", size=32)
    assert "images [1 32 32] are refused (mine: colour only), so it was tried with [3 32 32]" in lines[1]
    assert "[4 3 32 32]" in lines[2]


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (
            f"{OUT}return 2 * out.detach() - out",
            "expected a gradient for the (images|weights together) that agrees with differences, .* sets smooth",
        ),
        (
            f"{OUT}return out + out.detach()",
            "expected a gradient for the images that agrees with differences, .* in float64",
        ),
        (
            f"{OUT}return out + 2 * self.norm.bias.detach() - 2 * self.norm.bias",
            "expected a gradient for the weights together that agrees with differences, .* in float64",
        ),
        (
            "out = self.norm(self.first(images.mean((2, 3)).detach()))\n        return out",
            "expected a gradient for the images that agrees with differences",
        ),
    ],
)
def test_a_backbone_of_wrong_gradients_is_refused(refused, forward, message):
    refused(BACKBONE.format(init="", forward=forward), message)


def test_a_backbone_that_is_blind_to_its_images_when_evaluated_is_refused(refused):
    forward = f"images = images if self.training else images * 0 + 0.5\n        {NORMED}"
    message = "expected different embeddings of different images, in eval mode, in float64 .*, got 0 of"
    refused(BACKBONE.format(init="", forward=forward), message, thorough=True)


def test_a_backbone_may_say_that_it_is_not_smooth(add):
    text = BACKBONE.format(init="", forward=f"{OUT}return out + out.round().detach()")
    add(text.replace("    def __init__", "    smooth = False\n\n    def __init__"))
    lines = check("backbones", "mine", thorough=True)
    assert "smooth = False, so its" in lines[2]
    assert "different images have different embeddings" in lines[-1]


@pytest.mark.parametrize("init", ["self.requires_grad_(False)", "del self.first, self.norm"])
def test_a_backbone_may_have_nothing_to_learn(add, init):
    forward = "return images.flatten(2).mean(1)[:, 100:700:100]"
    add(BACKBONE.format(init=init, forward=NORMED if "grad" in init else forward))
    assert "different images have different embeddings" in check("backbones", "mine", thorough=True)[-1]


def test_a_backbone_with_kinks_random_units_and_a_count_of_its_passes_is_smooth(add):
    init = "self.drop, self.passes = nn.Dropout(0.3), 0"
    forward = f"self.passes += self.training\n        {OUT}return self.drop(out.relu()) * (1 + 0.1 * self.passes)"
    text = BACKBONE.format(init=init, forward=forward)
    text = text.replace("    def __init__", "    resumable = False\n\n    def __init__", 1)
    add(text.replace("* (1 + 0.1 * self.passes)", "* (1 + 0.1 * self.passes if self.training else 1)"))
    assert "gradients agree with differences in float64" in check("backbones", "mine")[2]


CONVOLVES = "self.conv = nn.Conv2d(shape[0], dim, 3)"


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        ("return self.conv(images).view(len(images), -1)[:, :6] * {norm}", "RuntimeError: view size .*channels last"),
        (
            "last = self.conv(images).is_contiguous()\n        return {norm} * (1 if last else 2)",
            "the same with channels last as without within 0.001",
        ),
        (
            "each = torch.arange(len(images))\n        return torch.zeros(len(images), 6).index_add(0, each, {norm})",
            r"RuntimeError: .*index_add.* \(given images \[4 1 28 28\], under autocast to bfloat16\)",
        ),
    ],
)
def test_a_backbone_that_knows_float32_alone_is_refused(refused, forward, message):
    norm = "self.norm(self.first(images.mean((2, 3))) + self.conv(images).mean((2, 3)))"
    refused(BACKBONE.format(init=CONVOLVES, forward=forward.format(norm=norm)), message)


def test_a_backbone_that_is_not_finite_in_bfloat16_is_refused(refused):
    forward = f"{NORMED} / (self.first(images.mean((2, 3))).dtype == torch.float32)"
    refused(BACKBONE.format(init="", forward=forward), "bfloat16, got .* not finite")


def test_a_backbone_that_rounds_too_much_in_bfloat16_is_refused(refused):
    forward = f"{NORMED} * (1.2 if torch.is_autocast_enabled('cpu') else 1)"
    refused(BACKBONE.format(init="", forward=forward), "the same under autocast to bfloat16 as in float32 within 0.1")


STOCK = """
import torch
from torch import nn
from torchvision.models import resnet18
from fewshot import backbone


@backbone
class mine(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.net = resnet18(zero_init_residual=True)
        self.net.conv1 = nn.Conv2d(shape[0], 64, 7, 2, 3, bias=False)
        self.net.fc, self.shape = nn.Identity(), (512,)

    def forward(self, images):
        return self.net(images)
"""
RESIDUAL = """
import torch
from torch import nn
from fewshot import backbone


@backbone
class mine(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(shape[0], 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.branches = nn.ModuleList(self._branch() for _ in range(2))
        self.drop, self.shape = nn.Dropout(0.2), (8,)
        {init}

    def _branch(self):
        branch = nn.Sequential(nn.Conv2d(8, 8, 3, 1, 1), nn.BatchNorm2d(8), nn.ReLU(),
                               nn.Dropout2d(0.1), nn.Conv2d(8, 8, 3, 1, 1), nn.BatchNorm2d(8))
        nn.init.zeros_(branch[-1].weight)
        return branch

    def forward(self, images):
        out = self.stem(images)
        for branch in self.branches:
            out = (out + branch(out)).relu()
        out = self.drop(out.mean((2, 3)))
        {more}
        return out
"""


@pytest.mark.parametrize(
    "text",
    [
        STOCK,
        RESIDUAL.format(init="", more=""),
        RESIDUAL.format(
            init="self.register_buffer('mean', torch.zeros(8)); self.register_buffer('count', torch.tensor(0))",
            more="self.count += self.training; self.mean += (0.1 * (out.detach().mean(0) - self.mean) * self.training)",
        ),
        RESIDUAL.format(
            init="self.gain, self.late = nn.Parameter(torch.zeros(())), nn.Linear(8, 8)",
            more="out = out + self.gain * self.late(out) if self.gain != 0 else out + self.gain",
        ),
        RESIDUAL.format(
            init="self.last = nn.Linear(8, 8); nn.init.zeros_(self.last.weight)", more="out = self.last(out)"
        ),
    ],
    ids=["torchvision", "zero gains", "buffers", "a layer unused at first", "a last layer of zeros"],
)
def test_stock_networks_keep_the_contract(add, text):
    add(text)
    lines = check("backbones", "mine")
    assert "a finite gradient for every weight" in lines[1]
    assert "gradients agree with differences in float64" in lines[2]

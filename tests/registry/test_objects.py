"""The digest of a part that a caller hands over as an object."""

from functools import partial

import torch
from torch import nn

from fewshot.registry.objects import source_digest

MARGIN = 1.0


def test_a_function_with_other_values_bound_to_it_is_another_part():
    def scaled(scale, support, query, similarity):
        return scale

    assert source_digest(partial(scaled, 1.0)) == source_digest(partial(scaled, 1.0))
    assert source_digest(partial(scaled, 1.0)) != source_digest(partial(scaled, 2.0))


class Pull:
    """A loss with a margin of its own."""

    def __init__(self, margin):
        self.margin = margin

    def __call__(self, support, query, similarity):
        return self.margin

    def method(self, support, query, similarity):
        return self.margin


def test_an_object_and_its_method_are_told_by_its_own_values():
    assert source_digest(Pull(1.0)) == source_digest(Pull(1.0))
    assert source_digest(Pull(1.0)) != source_digest(Pull(2.0))
    assert source_digest(Pull(1.0).method) != source_digest(Pull(2.0).method)


def test_a_constant_of_the_module_is_a_part_of_the_function(monkeypatch):
    def pull(support, query, similarity):
        return MARGIN

    before = source_digest(pull)
    monkeypatch.setitem(globals(), "MARGIN", 5.0)
    assert source_digest(pull) != before


def test_functions_of_one_line_and_modules_with_other_submodules_are_other_parts():
    both = (lambda support, query, similarity: 1.0), (lambda support, query, similarity: 2.0)  # fmt: skip
    assert source_digest(both[0]) != source_digest(both[1])

    class Outer(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

    found = [nn.Hardtanh(-1, 1), nn.Hardtanh(-5, 5), nn.Identity(), nn.ReLU()]
    assert len({source_digest(Outer(one)) for one in found}) == 4
    assert source_digest(Outer(nn.Hardtanh(-1, 1))) == source_digest(Outer(nn.Hardtanh(-1, 1)))


class Scaled(nn.Module):
    """A loss with a private value and a buffer."""

    def __init__(self, margin, weight):
        super().__init__()
        self._margin = margin
        self.register_buffer("weight", torch.tensor([weight]))


def test_a_module_is_told_by_its_private_values_and_its_buffers_but_not_by_its_mode():
    digest = source_digest(Scaled(1.0, 2.0))
    assert source_digest(Scaled(1.0, 2.0).eval()) == digest
    assert len({digest, source_digest(Scaled(3.0, 2.0)), source_digest(Scaled(1.0, 4.0))}) == 3

"""Specs of plain values, as records hold them, and of other seeds."""

from dataclasses import replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.spec.stored import of_seeds, stored_spec
from fewshot.suites.suite import read_suite

(SPEC,) = read_suite("quickstart").only(["loss=contrastive"]).specs


def test_specs_of_seeds_and_stored_ones_have_the_ids_that_they_would_have_alone():
    expected = [replace(SPEC, seed=seed) for seed in (0, 7)]
    stored = [stored_spec(one.plain()) for one in expected]
    for found in (of_seeds(SPEC, (0, 7)), stored):
        assert found == expected
        assert [(one.id, one.method) for one in found] == [(one.id, one.method) for one in expected]


@pytest.mark.parametrize("seed", [True, 1.0, None, "1"])
def test_a_stored_seed_of_another_type_is_refused_beside_a_spec_of_the_same_method(seed):
    plain = SPEC.plain()
    stored_spec(plain)
    with pytest.raises(RequestError, match="seed: expected int"):
        stored_spec(plain | {"seed": seed})

"""The digest of a part that a caller hands over as an object."""

from functools import partial

from fewshot.registry.objects import source_digest


def test_a_function_with_other_values_bound_to_it_is_another_part():
    def scaled(scale, support, query, similarity):
        return scale

    assert source_digest(partial(scaled, 1.0)) == source_digest(partial(scaled, 1.0))
    assert source_digest(partial(scaled, 1.0)) != source_digest(partial(scaled, 2.0))

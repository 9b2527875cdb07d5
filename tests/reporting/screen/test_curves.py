import re
from dataclasses import replace

from fewshot.core.recipe import Recipe
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.reporting.screen.curves import of_trainings
from fewshot.reporting.summary import summarise


def test_trainings_of_several_folds_have_a_colour_each(make_record):
    """They had one, that of their seed."""
    spec = RunSpec(Part("cedar"), Part("cedar_writers"), "test", 28, Part("siamese"), Part("euclidean"), Part("conv4"),
                   Part("triplet"), training=Recipe())  # fmt: skip
    folds = [replace(spec, protocol=Part("cedar_writers", {"fold": fold})) for fold in (1, 2, 3)]
    (method,) = summarise([make_record(one) for one in folds])
    loss, val = of_trainings(method)
    assert re.findall(r'<g class="line (k\d)"', loss) == re.findall(r'<g class="line (k\d)"', val) == ["k0", "k1", "k2"]

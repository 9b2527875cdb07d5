import re
from dataclasses import replace

from fewshot.core.recipe import Recipe
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.reporting.screen.curves import histogram, of_trainings
from fewshot.reporting.summary import summarise
from fewshot.suites.suite import read_suite


def test_trainings_of_several_folds_have_a_colour_each(make_record):
    """They had one, that of their seed."""
    spec = RunSpec(Part("cedar"), Part("cedar_writers"), "test", 28, Part("siamese"), Part("euclidean"), Part("conv4"),
                   Part("triplet"), training=Recipe())  # fmt: skip
    folds = [replace(spec, protocol=Part("cedar_writers", {"fold": fold})) for fold in (1, 2, 3)]
    (method,) = summarise([make_record(one) for one in folds])
    loss, val = of_trainings(method)
    assert re.findall(r'<g class="line (k\d)"', loss) == re.findall(r'<g class="line (k\d)"', val) == ["k0", "k1", "k2"]


def test_a_histogram_has_each_kinds_shares_at_its_scores(make_record):
    """All same pairs score 3; different ones score 0 or 1, so that their highest bar is half as high."""
    made = make_record(read_suite("quickstart").specs[0])
    record = replace(made, same=[3.0] * 50, different=[0.0] * 25 + [1.0] * 25)
    found = {}
    for name, path in re.findall(r'area"><title>(.*?)</title><path d="M(.*?)Z"', histogram(record)):
        points = [tuple(map(float, one.split())) for one in path.split("L")]
        top = min(y for _, y in points)
        found[name] = top, min(x for x, y in points if y == top)
    assert found["same pairs"][0] == 12
    assert found["same pairs"][1] > 400
    assert found["different pairs"] == (134, 60)

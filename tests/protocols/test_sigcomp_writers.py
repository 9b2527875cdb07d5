"""SigComp2011's writers: those of its training set learned from and those of its test set tested, and turned round."""

import pytest

from fewshot.data.class_lists.writers import SIGCOMP_TEST, SIGCOMP_TRAINING
from fewshot.protocols import load_protocol
from fewshot.registry.lookup import make_part


@pytest.mark.parametrize(
    ("turned", "learned", "test", "val"),
    [(False, SIGCOMP_TRAINING, SIGCOMP_TEST, 3), (True, SIGCOMP_TEST, SIGCOMP_TRAINING, 18)],
)
def test_both_sets_take_turns(turned, learned, test, val):
    classes = load_protocol(make_part("protocols", "sigcomp_writers", {"turned": turned})).classes
    assert classes["test"] == test
    assert len(classes["val"]) == val
    assert sorted(classes["train"] + classes["val"]) == sorted(learned)

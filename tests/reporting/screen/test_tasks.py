"""Tasks with their answers as pictures: what stands beside what, and in words."""

import numpy as np

from fewshot.records.answers import trials_of
from fewshot.reporting.mistakes.page import Images
from fewshot.reporting.screen.pictures import Pictures
from fewshot.reporting.screen.tasks import Answered, tasks_html


def test_a_query_stands_before_the_class_answered_and_where_that_is_wrong_the_true_one():
    """Both queries are taken for b."""
    pixels = np.arange(4, dtype=np.uint8)[:, None, None, None].repeat(8, 2).repeat(8, 3)
    images = Images(pixels, ["x"] * 4, ("a", "b"), [0, 0, 1, 1], {}, [], [])
    trials, pictures = trials_of([[0, 1]], [[[0.1, 0.9], [0.2, 0.8]]]), Pictures()
    a, of_a, b, of_b = (f'<i class="p {pictures.name(one)}' for one in pixels)
    text = tasks_html(Answered("t", trials, [[[0], [2]]], [[[1], [3]]], 1), images, pictures)
    assert f'a taken for b</span>{of_a}"></i>{b} wrong"></i>{a} truth"></i></li>' in text
    assert f'title="b, right"><span class="out">b, right</span>{of_b}"></i>{b}"></i></li>' in text
    assert "1 of 2 right" in text

"""Losses that leave out images."""

import pytest
from plugin_texts import CLASS_LOSS, LOSS, PROTOTYPES

from fewshot.conformance import check

FIRST = """support, query = {part}
    """


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (
            "support[:1], query[:1]",
            "no gradient for the supports of task 1, class 0, image 0 in 16 draws; .* selective",
        ),
        ("support, query[:, :, :1]", "no gradient for the queries of task 0, class 0, image 1 in"),
        ("support[:, :, -1:], query", "no gradient for the supports of task 0, class 0, image 0 in"),
        ("support.detach(), query", "no gradient for the supports of task 0, class 0, image 0 in"),
        ("support[:1], query[:1, :, :1]", "no gradient for the supports of task 1, class 0, image 0 in"),
    ],
)
def test_a_loss_that_leaves_images_out_is_refused_unless_it_says_so(add, refused, part, message):
    text = LOSS.format(body=FIRST.format(part=part) + PROTOTYPES.format(sign=""))
    refused(text, message)
    add(f"{text}\n\nmine.selective = True\nmine.smooth = False\n")
    assert "it says selective = True, so not every image was asked for" in check("losses", "mine")[-3]


def test_a_loss_with_class_vectors_may_learn_from_the_queries_alone_but_from_all(add, refused):
    add(CLASS_LOSS)
    assert "learns from all queries of every task" in check("losses", "mine")[-3]
    half = "support, query, classes = support[1:], query[1:], classes[1:]\n        scores ="
    refused(CLASS_LOSS.replace("scores =", half, 1), "no gradient for the queries of task 0, class 0, image 0 in")


@pytest.mark.parametrize("mining", ["amax", "amin"])
def test_a_loss_of_the_hardest_alone_learns_from_every_image_in_some_draw(add, mining):
    body = f"""distance = similarity.distance(query.flatten(1, 2), support.flatten(1, 2))
    distance = distance.unflatten(1, query.shape[1:3]).unflatten(-1, support.shape[1:3])
    same = torch.eye(query.shape[1], dtype=torch.bool)[:, None, :, None].expand_as(distance[0])
    own = distance.masked_fill(~same, {"-" if mining == "amax" else ""}torch.inf).{mining}((-2, -1))
    return torch.relu(own - distance.masked_fill(same, torch.inf).amin((-2, -1)) + margin).mean()"""
    add(LOSS.format(body=body))
    assert "learns from every image of every task" in check("losses", "mine")[-3]

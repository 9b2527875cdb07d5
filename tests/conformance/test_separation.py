"""Losses that do not have classes apart better than mixed, or leave out images."""

import pytest
from plugin_texts import CLASS_LOSS, LOSS, PROTOTYPES, PUSH

from fewshot.conformance import check


@pytest.mark.parametrize("body", [PROTOTYPES.format(sign=""), PUSH.format(sign="-")])
def test_a_loss_that_separates_classes_passes(add, body):
    add(LOSS.format(body=body))
    lines = check("losses", "mine", thorough=True)
    assert "learns from every image of every task" in lines[-2]
    assert "smaller for classes apart than mixed or in one place, at scales 0.3, 1, 3" in lines[-1]


@pytest.mark.parametrize(
    ("body", "other"),
    [
        (PROTOTYPES.format(sign="-"), "mixed"),
        (PUSH.format(sign=""), "in one place"),
        ("return similarity.distance(query.flatten(1, 2), support.flatten(1, 2)).mean()", "(mixed|in one place)"),
    ],
)
def test_a_loss_with_a_wrong_sign_is_refused(refused, body, other):
    refused(
        LOSS.format(body=body),
        f"expected a smaller loss with classes apart than {other}, .*, got .* apart and",
        thorough=True,
    )


def test_a_loss_whose_class_vectors_repel_their_own_classes_is_refused(refused):
    text = CLASS_LOSS.replace("return nn", "return -nn")
    refused(text, "expected a smaller loss with classes apart than mixed", thorough=True)


def test_a_loss_that_maps_embeddings_before_its_vectors_may_learn_first(add, refused):
    text = CLASS_LOSS.replace("self.scale, ", "self.map, self.scale, ", 1)
    text = text.replace(" = scale, nn.", " = nn.Linear(dim, dim), scale, nn.").replace("query.fl", "self.map(query).fl")
    add(text)
    assert (
        "smaller for classes apart than mixed or in one place after 50 steps"
        in check("losses", "mine", thorough=True)[-1]
    )
    constant = text.replace("return nn", "return (query.sum() / 1e6).tanh() ** 2 + 1e-20 * nn")
    refused(constant, "expected a smaller loss with classes apart", thorough=True)


# Reach


FIRST = """support, query = {part}
    """


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (
            "support[:1], query[:1]",
            "none for the supports of task 1, class 0, image 0 in 16 draws; .* selective",
        ),
        ("support, query[:, :, :1]", "none for the queries of task 0, class 0, image 1 in"),
        ("support[:, :, -1:], query", "none for the supports of task 0, class 0, image 0 in"),
        ("support.detach(), query", "none for the supports of task 0, class 0, image 0 in"),
        ("support[:1], query[:1, :, :1]", "none for the supports of task 1, class 0, image 0 in"),
    ],
)
def test_a_loss_that_leaves_images_out_is_refused_unless_selective(add, refused, part, message):
    text = LOSS.format(body=FIRST.format(part=part) + PROTOTYPES.format(sign=""))
    text += "\n\nmine.smooth = False\n"
    refused(text, message, thorough=True)
    add(f"{text}mine.selective = True\n")
    assert "selective = True, so the gradients of single images" in check("losses", "mine", thorough=True)[-2]


def test_a_loss_with_class_vectors_may_learn_from_the_queries_alone_but_from_all(add, refused):
    add(CLASS_LOSS)
    assert "learns from all queries of every task" in check("losses", "mine", thorough=True)[-2]
    half = "support, query, classes = support[1:], query[1:], classes[1:]\n        scores ="
    text = CLASS_LOSS.replace("scores =", half, 1)
    refused(text, "none for the queries of task 0, class 0, image 0 in", thorough=True)


@pytest.mark.parametrize("mining", ["amax", "amin"])
def test_a_loss_of_the_hardest_alone_learns_from_every_image_in_some_draw(add, mining):
    body = f"""distance = similarity.distance(query.flatten(1, 2), support.flatten(1, 2))
    distance = distance.unflatten(1, query.shape[1:3]).unflatten(-1, support.shape[1:3])
    same = torch.eye(query.shape[1], dtype=torch.bool)[:, None, :, None].expand_as(distance[0])
    own = distance.masked_fill(~same, {"-" if mining == "amax" else ""}torch.inf).{mining}((-2, -1))
    return torch.relu(own - distance.masked_fill(same, torch.inf).amin((-2, -1)) + margin).mean()"""
    add(LOSS.format(body=body))
    assert "learns from every image of every task" in check("losses", "mine", thorough=True)[-2]

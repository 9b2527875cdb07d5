"""my_loss: images of one class are drawn closer than a margin, images of two classes pushed beyond it."""

from torch.nn.functional import softplus

from fewshot import compare, loss


# The default similarity (`fewshot list similarities`), and the margins that a suite with [search] tries.
@loss(similarity="euclidean", search={"margin": {"low": 0.3, "high": 3.0, "scale": "log"}})
def my_loss(support, query, similarity, *, margin: float = 1.0):
    """The logistic loss of distances on either side of `margin`.

    `support` is [task way shot dim] and `query` [task way query dim]: the embeddings of a step, class by class.
    Parameters after the star are options of a suite: `[options.my_loss]`, `margin = 2.0`.
    """
    # Each query with each support of its task: their distance, and whether they are of one class.
    distance, same = compare(support, query, similarity.distance)
    pull = softplus(distance - margin)[same].mean()
    push = softplus(margin - distance)[~same].mean()
    return pull + push

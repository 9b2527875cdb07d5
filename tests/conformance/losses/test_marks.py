"""What is refused of a loss whose marks promise more than it does."""

from plugin_texts import LOSS

from fewshot.conformance import check

MEANS = """distance, same = compare(support, query, similarity.distance)
    return distance[same].mean() + torch.relu(5 - distance)[~same].mean()"""
OF_PAIRS = LOSS.replace("import loss", "import compare, loss").replace('"euclidean"', '"euclidean", of_pairs=True')


def test_a_loss_of_pairs_has_means_of_its_own_for_same_and_different_pairs(add, refused):
    add(OF_PAIRS.format(body=MEANS))
    assert len(check("losses", "mine")) == 5
    triplets = """distance, same = compare(support, query, similarity.distance)
    own = distance.diagonal(dim1=1, dim2=3).movedim(-1, 1)[:, :, :, None]
    return torch.relu(own - distance + 1)[~same].mean()"""
    refused(OF_PAIRS.format(body=triplets), "a mean over same-class and one over .* marked of_pairs: the same number")
    alone = MEANS.replace("similarity.distance", "torch.cdist")
    refused(OF_PAIRS.format(body=alone), "marked of_pairs: the same number for 16 same-class and 16 different-class")


def test_a_loss_of_forgeries_makes_use_of_them(add, refused):
    text = OF_PAIRS.replace("of_pairs", "of_forgeries").replace("similarity, *", "similarity, forged=0, *")
    refused(text.format(body=MEANS), "another number where the last query of each class is a forgery, as it is marked")
    add(text.format(body=MEANS.replace("return", "query = query[:, :, forged:]\n    return") + " * (1 + forged)"))
    assert len(check("losses", "mine")) == 5

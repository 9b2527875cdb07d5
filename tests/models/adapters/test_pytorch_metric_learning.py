"""The adapter of pytorch-metric-learning: agreement with ours, what is compared, and what is refused."""

import ast
import inspect
from pathlib import Path

import pytest
import torch

import fewshot.models
from fewshot.core.errors import RequestError
from fewshot.models.adapters.library import library
from fewshot.models.losses.matching import matching
from fewshot.models.losses.nt_xent import nt_xent
from fewshot.models.losses.pml import pml
from fewshot.models.losses.triplet import triplet
from fewshot.models.losses.triplet_margin import triplet_margin
from fewshot.models.similarities.cosine import cosine
from fewshot.models.similarities.euclidean import euclidean
from fewshot.models.similarities.relation import relation
from fewshot.models.similarities.squared_euclidean import squared_euclidean
from fewshot.models.similarities.weighted_l1 import weighted_l1
from fewshot.registry.lookup import entries, load, make_part

USED = {  # of the library: every public name, and the parameters that it is made with
    "distances": {
        "BaseDistance": "normalize_embeddings is_inverted",
        "CosineSimilarity": "normalize_embeddings",
        "DotProductSimilarity": "normalize_embeddings",
        "LpDistance": "normalize_embeddings power",
    },
    "losses": {
        "AngularLoss": "alpha",
        "ArcFaceLoss": "num_classes embedding_size margin scale",
        "BaseMetricLossFunction": "distance reducer",
        "CircleLoss": "m gamma",
        "ContrastiveLoss": "",
        "CosFaceLoss": "num_classes embedding_size margin scale",
        "FastAPLoss": "num_bins",
        "LiftedStructureLoss": "neg_margin pos_margin",
        "MarginLoss": "margin beta learn_beta",
        "MultiSimilarityLoss": "alpha beta base",
        "NPairsLoss": "",
        "NTXentLoss": "temperature",
        "NormalizedSoftmaxLoss": "num_classes embedding_size temperature",
        "ProxyAnchorLoss": "num_classes embedding_size margin alpha",
        "ProxyNCALoss": "num_classes embedding_size",
        "SoftTripleLoss": "num_classes embedding_size centers_per_class la gamma margin",
        "SubCenterArcFaceLoss": "num_classes embedding_size margin scale sub_centers",
        "SupConLoss": "temperature",
        "TripletMarginLoss": "margin reducer",
        "TupletMarginLoss": "margin scale",
    },
    "miners": {
        "BatchEasyHardMiner": "pos_strategy neg_strategy distance",
        "BatchHardMiner": "distance",
        "MultiSimilarityMiner": "epsilon distance",
        "TripletMarginMiner": "margin type_of_triplets distance",
    },
    "reducers": {"AvgNonZeroReducer": "", "MeanReducer": ""},
}

TASK, WAY, SHOT, QUERY, DIM, CLASSES = 2, 5, 3, 4, 7, 11
NUMBERS = torch.tensor([[3, 0, 10, 7, 5], [1, 2, 3, 4, 10]])


def embeddings(shot: int = SHOT, task: int = TASK) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(task, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (shot, QUERY))


@pytest.mark.parametrize(("package", "name"), [(package, name) for package, names in USED.items() for name in names])
def test_the_library_has_the_names_and_parameters_that_we_use(package, name):
    part = getattr(getattr(library(), package), name)
    known = {one for base in part.__mro__ for one in inspect.signature(base.__init__).parameters}
    assert {*USED[package][name].split()} - known == set()


def test_a_library_loss_takes_references_and_mined_triplets():
    base = library().losses.BaseMetricLossFunction
    taken = [*inspect.signature(base.forward).parameters]
    assert taken == ["self", "embeddings", "labels", "indices_tuple", "ref_emb", "ref_labels"]
    assert callable(base.compute_loss)
    assert callable(library().distances.BaseDistance.compute_mat)


def test_no_other_name_of_the_library_is_used():
    files = Path(fewshot.models.__file__).parent.rglob("*.py")
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    words = {getattr(node, "attr", getattr(node, "value", None)) for node in nodes
             if isinstance(node, ast.Attribute | ast.Constant)}  # fmt: skip
    found = {
        name for package in USED for name in vars(getattr(library(), package)) if name in words and name[0].isupper()
    }
    assert found == {name for names in USED.values() for name in names}


@pytest.mark.parametrize("margin", [0.2, 1.0, 6.0])
def test_the_library_s_triplet_loss_is_ours(margin):
    support, query = embeddings()
    theirs = triplet_margin(DIM, CLASSES, margin=margin, reducer="mean")
    found = theirs(support, query, euclidean((DIM,)).double(), NUMBERS)
    expected = triplet(support, query, euclidean((DIM,)).double(), margin=margin)
    assert abs(found.item() - expected.item()) < 1e-6


def test_the_library_s_nt_xent_is_our_matching_of_one_shot():
    support, query = embeddings(shot=1)
    found = nt_xent(DIM, CLASSES, temperature=0.1)(support, query, cosine((DIM,)), NUMBERS)
    expected = matching(support, query, cosine((DIM,), scale=10.0).double())
    assert abs(found.item() - expected.item()) < 1e-6


def test_the_library_s_nt_xent_of_several_shots_against_loops():
    support, query = embeddings()
    terms = []
    for task in range(TASK):
        for way in range(WAY):
            for one in query[task, way]:
                cos = torch.cosine_similarity(one, support[task], -1) / 0.07
                others = sum(cos[other].exp().sum() for other in range(WAY) if other != way)
                terms += [-(own - (own.exp() + others).log()) for own in cos[way]]
    found = nt_xent(DIM, CLASSES)(support, query, cosine((DIM,)), NUMBERS)
    assert found.item() == pytest.approx(float(sum(terms)) / len(terms), abs=1e-6)


@pytest.mark.parametrize(
    ("make", "distance"),
    [
        (cosine, lambda a, b: (2 - 2 * torch.cosine_similarity(a, b, -1)).sqrt()),  # the library's own
        (euclidean, lambda a, b: (a - b).norm(dim=-1)),
        (squared_euclidean, lambda a, b: (a - b).square().sum(-1)),
        (weighted_l1, lambda a, b: (8 / DIM * (a - b).abs()).sum(-1)),
    ],
)
def test_a_loss_measures_by_the_similarity(make, distance):
    support, query = embeddings()
    means = []
    for task in range(TASK):
        hinges = []
        for way in range(WAY):
            for one in query[task, way]:
                own = distance(one, support[task, way])
                others = torch.cat([distance(one, support[task, other]) for other in range(WAY) if other != way])
                hinges.append((own[:, None] - others[None] + 0.3).relu().flatten())
        hinges = torch.cat(hinges)
        means.append(hinges[hinges > 0].mean())
    found = triplet_margin(DIM, CLASSES, margin=0.3)(support, query, make((DIM,)).double(), NUMBERS)
    assert found.item() == pytest.approx(sum(means).item() / TASK, rel=1e-5)


@pytest.mark.parametrize("made_of", [euclidean, squared_euclidean, cosine])
def test_a_users_similarity_uses_its_own_distance_with_any_name_and_base(made_of):
    class taken(made_of):
        def distance(self, left, right):
            return (left[..., :, None, :] - right[..., None, :, :]).abs().sum(-1)

    taken.__name__ = made_of.__name__
    support, query = embeddings()
    other = weighted_l1((DIM,)).double()
    other.alpha.data.fill_(1.0)
    loss = triplet_margin(DIM, CLASSES, margin=0.3)
    found, expected = (loss(support, query, one, NUMBERS) for one in (taken((DIM,)).double(), other))
    torch.testing.assert_close(found, expected)


def test_a_similarity_without_a_distance_measures_by_its_score():
    torch.manual_seed(0)
    support, query = embeddings()
    similarity = relation((DIM,)).double().eval()
    found = pml(DIM, CLASSES, loss="NTXentLoss", temperature=1.0)(support, query, similarity, NUMBERS)
    terms = []
    for task in range(TASK):
        scores = similarity.score(query[task].flatten(0, 1), support[task].flatten(0, 1)).view(WAY, QUERY, WAY, SHOT)
        for way in range(WAY):
            others = scores[way][:, [other for other in range(WAY) if other != way]].exp().sum((1, 2))
            terms.append(((scores[way][:, way].exp() + others[:, None]).log() - scores[way][:, way]).flatten())
    assert found.item() == pytest.approx(torch.cat(terms).mean().item(), abs=1e-6)


def test_mining_chooses_the_triplets():
    """One query of each class at the origin, supports at known distances."""
    support = torch.tensor([[1.0, 3.0], [2.0, 8.0], [3.5, 9.0]])[None, ..., None].double()  # [1 way shot 1]
    query = torch.zeros(1, 3, 1, 1).double()
    numbers, triplets = torch.tensor([[0, 1, 2]]), {"hardest": [], "semihard": [], "easy": []}
    for way in range(3):
        own = sorted(support[0, way, :, 0].tolist())
        others = sorted(value for other in range(3) if other != way for value in support[0, other, :, 0].tolist())
        triplets["hardest"].append((own[-1], others[0]))
        triplets["semihard"] += [(near, far) for near in own for far in others if near < far <= near + 2]
        triplets["easy"] += [(own[0], far) for far in others if far > own[0]][:1]
    for mining, chosen in triplets.items():
        hinges = [max(0.0, near - far + 2) for near, far in chosen]
        loss = triplet_margin(1, 3, margin=2.0, mining=mining, reducer="mean")
        found = loss(support, query, euclidean((1,)).double(), numbers).item()
        assert found == pytest.approx(sum(hinges) / len(hinges)), mining


@pytest.mark.parametrize("name", [name for name, entry in entries("losses").items() if not entry.family])
def test_a_loss_marked_fixed_refuses_other_similarities(name):
    part = load("losses", name)
    if not isinstance(part, type) or not hasattr(part, "_distance"):
        return
    loss = part(DIM, CLASSES, **make_part("losses", name).options).double()
    support, query = embeddings()
    assert loss.fixed == part.marks.fixed
    if part.marks.fixed:
        with pytest.raises(RequestError, match=r"expected cosine, .* got euclidean"):
            loss(support, query, euclidean((DIM,)), NUMBERS)
    elif part.marks.similarity == "cosine":
        apart = [loss(support, query, make((DIM,)), NUMBERS).item() for make in (cosine, euclidean)]
        assert apart[0] != apart[1]


def test_any_other_loss_of_the_library_by_its_name_with_its_options():
    support, query = embeddings()
    values = [
        pml(DIM, CLASSES, loss="FastAPLoss", num_bins=bins)(support, query, cosine((DIM,)), NUMBERS).item()
        for bins in (5, 10, 10)
    ]
    assert values[0] != values[1] == values[2]
    assert pml(DIM, CLASSES, loss="FastAPLoss").pairs == "all"
    assert pml(DIM, CLASSES, loss="SupConLoss").pairs == "episode"
    assert pml(DIM, CLASSES, loss="ProxyNCALoss").loss.proxies.shape == (CLASSES, DIM)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"loss": "FastApLoss"}, "unknown loss of pytorch-metric-learning 'FastApLoss': did you mean FastAPLoss"),
        ({"loss": "CrossBatchMemory"}, "unknown loss of pytorch-metric-learning"),
        ({"loss": "FastAPLoss", "bins": 3}, "unknown option of pml:FastAPLoss 'bins': did you mean num_bins"),
        ({"loss": "FastAPLoss", "pairs": "episode"}, 'pairs of FastAPLoss: expected "all"'),
        ({"loss": "SupConLoss", "pairs": "some"}, "unknown pairs of SupConLoss 'some'"),
        ({"loss": "FastAPLoss", "num_bins": "many"}, "cannot be made with .*ValueError"),
    ],
)
def test_options_that_the_library_lacks_are_refused(given, message):
    with pytest.raises(RequestError, match=message):
        pml(DIM, CLASSES, **given)


def test_without_the_library_the_message_is_how_to_install_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pytorch_metric_learning.losses", None)
    with pytest.raises(RequestError, match="pip install pytorch-metric-learning"):
        nt_xent(DIM, CLASSES)


def test_an_unknown_mining_or_reducer_is_refused():
    with pytest.raises(RequestError, match="unknown mining 'hard': did you mean hardest"):
        triplet_margin(DIM, CLASSES, mining="hard")
    with pytest.raises(RequestError, match="unknown reducer 'sum'"):
        triplet_margin(DIM, CLASSES, reducer="sum")


def test_a_loss_that_mixes_up_references_compares_all_images():
    for name in ("LiftedStructureLoss", "ThresholdConsistentMarginLoss"):
        assert pml(DIM, CLASSES, loss=name).pairs == "all"
        with pytest.raises(RequestError, match=r'pairs of .*: expected "all"'):
            pml(DIM, CLASSES, loss=name, pairs="episode")


def test_arguments_of_the_library_that_are_objects_are_no_options():
    with pytest.raises(RequestError, match="unknown option of pml:NTXentLoss 'distance'"):
        pml(DIM, CLASSES, loss="NTXentLoss", distance="foo")

"""InfoNCE: what it learns beside embeddings."""

import torch

from fewshot.models.losses.info_nce import info_nce
from fewshot.models.similarities.cosine import cosine

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7
NUMBERS = torch.tensor([[3, 0, 10, 7, 5], [1, 2, 3, 4, 10]])  # 3 and 10 stand in both


def test_the_temperature_is_learned():
    draw = torch.Generator().manual_seed(0)
    similarity = cosine((DIM,))
    support, query = (torch.randn(TASK, WAY, n, DIM, generator=draw) for n in (SHOT, QUERY))
    info_nce(DIM, 11)(support, query, similarity, NUMBERS).backward()
    assert similarity.log_scale.grad.abs() > 0

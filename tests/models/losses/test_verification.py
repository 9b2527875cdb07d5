"""Verification loss at logits that no training reaches."""

import torch

from fewshot.models.losses.verification import verification
from fewshot.models.similarities.weighted_l1 import weighted_l1

TASK, WAY, SHOT, DIM = 2, 5, 3, 7


def test_it_stays_finite_far_out():
    far = torch.linspace(-1e4, 1e4, WAY)[None, :, None, None].expand(TASK, WAY, SHOT, DIM)
    assert verification(far, far.flip(1), weighted_l1((DIM,))).isfinite()

"""How well styles are named and how well vectors bring together what belongs together."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

CUTOFF = 10
"""Length of the lists that retrieval is judged by."""


def style_accuracy(named: np.ndarray, styles: np.ndarray) -> dict[str, float]:
    """Over the tracks whose style is known, and the mean over the styles that they have."""
    right = (named == styles)[styles >= 0]
    known = styles[styles >= 0]
    return {"style": float(right.mean()),
            "balanced": float(np.mean([right[known == style].mean() for style in np.unique(known)]))}


def retrieval(vectors: Tensor, sources: np.ndarray) -> tuple[float, float]:
    """Mean recall and NDCG at CUTOFF by cosine, each track asking for the others of its source."""
    unit = F.normalize(vectors)
    similarity = (unit @ unit.T).fill_diagonal_(-torch.inf)
    others = min(CUTOFF, len(unit) - 1)
    order = similarity.argsort(dim=1, descending=True, stable=True)[:, :others].numpy()
    discount = 1 / np.log2(np.arange(CUTOFF) + 2)
    recalls, gains = [], []
    for number, found in enumerate(order):
        wanted = int(np.sum(sources == sources[number])) - 1
        if wanted:
            hits = sources[found] == sources[number]
            recalls.append(hits.sum() / wanted)
            gains.append((hits * discount[: len(hits)]).sum() / discount[:wanted].sum())
    return float(np.mean(recalls)), float(np.mean(gains))

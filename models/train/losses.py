"""What training makes smaller."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

NEAR_WINDOWS = 2
"""Windows of one excerpt this close (0.5 s) are neither positives nor negatives."""
FINGERPRINT_TEMPERATURE = 0.05
STYLE_TEMPERATURE = 0.1


def fingerprint_loss(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """NT-Xent over [2 views, excerpts, windows, dims], and the share of nearest vectors that are right."""
    _, excerpts, windows, dims = vectors.shape
    flat = vectors.reshape(-1, dims)
    n = excerpts * windows
    similarity = flat @ flat.T / FINGERPRINT_TEMPERATURE
    excerpt = torch.arange(excerpts, device=flat.device).repeat_interleave(windows).repeat(2)
    window = torch.arange(windows, device=flat.device).repeat(excerpts * 2)
    near = (excerpt[:, None] == excerpt) & ((window[:, None] - window).abs() <= NEAR_WINDOWS)
    target = (torch.arange(2 * n, device=flat.device) + n) % (2 * n)
    near[torch.arange(2 * n, device=flat.device), target] = False
    similarity = similarity.masked_fill(near, -math.inf)
    right = (similarity.argmax(dim=1) == target).float().mean()
    return F.cross_entropy(similarity, target), right


def style_loss(vectors: Tensor) -> Tensor:
    """InfoNCE over [2 views, excerpts, dims]: positives are the other place of the same track."""
    views, excerpts, dims = vectors.shape
    flat = vectors.reshape(-1, dims)
    excerpt = torch.arange(excerpts, device=flat.device).repeat(views)
    same_excerpt = excerpt[:, None] == excerpt
    positive = (excerpt[:, None] // 2 == excerpt // 2) & ~same_excerpt
    similarity = (flat @ flat.T / STYLE_TEMPERATURE).masked_fill(same_excerpt, -math.inf)
    log_share = (similarity - similarity.logsumexp(dim=1, keepdim=True)).masked_fill(~positive, 0.0)
    return -log_share.sum() / positive.sum()


def distance_loss(vectors: Tensor, wanted: Tensor) -> Tensor:
    """1 minus the correlation of the cosine distances of [n, dims] with the `wanted` ones [n, n];
    pairs whose wanted distance is 0 (the same track) are left out."""
    pairs = torch.triu(wanted, diagonal=1) > 0
    apart = 1 - (vectors @ vectors.T)[pairs]
    wanted = wanted[pairs]
    apart, wanted = apart - apart.mean(), wanted - wanted.mean()
    return 1 - (apart * wanted).sum() / (apart.norm() * wanted.norm() + 1e-6)

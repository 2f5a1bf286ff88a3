"""What training makes smaller."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

NEAR_WINDOWS = 2
"""Windows of one excerpt this close (0.5 s) are neither positives nor negatives."""
FINGERPRINT_TEMPERATURE = 0.05
STYLE_TEMPERATURE = 0.1
TRIPLET_MARGIN = 0.2
"""In squared distance, as FaceNet has it."""


def fingerprint_loss(vectors: Tensor, kind: str) -> tuple[Tensor, Tensor]:
    """One of FINGERPRINT_LOSSES over [2 views, excerpts, windows, dims], and the share of nearest vectors
    that are right.

    Windows of the same place are left out as negatives; those further on in the excerpt, and the other
    excerpt of the track, are the hard ones.
    """
    _, excerpts, windows, dims = vectors.shape
    flat = vectors.reshape(-1, dims)
    n = excerpts * windows
    cosine = flat @ flat.T
    excerpt = torch.arange(excerpts, device=flat.device).repeat_interleave(windows).repeat(2)
    window = torch.arange(windows, device=flat.device).repeat(excerpts * 2)
    near = (excerpt[:, None] == excerpt) & ((window[:, None] - window).abs() <= NEAR_WINDOWS)
    target = (torch.arange(2 * n, device=flat.device) + n) % (2 * n)
    positive = cosine[torch.arange(2 * n, device=flat.device), target]
    negatives = cosine.masked_fill(near, -math.inf)
    right = (positive > negatives.amax(dim=1)).float().mean()
    return FINGERPRINT_LOSSES[kind](positive, negatives), right


def nt_xent(positive: Tensor, negatives: Tensor) -> Tensor:
    """Chen et al. 2020, "A simple framework for contrastive learning", equation 1; for fingerprints Chang
    et al. 2021, "Neural audio fingerprint"."""
    logits = torch.cat([positive[:, None], negatives], dim=1) / FINGERPRINT_TEMPERATURE
    return -(logits[:, 0] - logits.logsumexp(dim=1)).mean()


def decoupled(positive: Tensor, negatives: Tensor) -> Tensor:
    """The same without the positive pair in the denominator: Yeh et al. 2022, "Decoupled contrastive
    learning", equation 3."""
    return (-positive / FINGERPRINT_TEMPERATURE + (negatives / FINGERPRINT_TEMPERATURE).logsumexp(dim=1)).mean()


def triplet(positive: Tensor, negatives: Tensor) -> Tensor:
    """Semi-hard triplets: Schroff et al. 2015, "FaceNet", equation 3, with the hardest negative that is
    still further away than the positive; for fingerprints Gfeller et al. 2017, "Now Playing"."""
    further = negatives.masked_fill(negatives >= positive[:, None].detach(), -math.inf).amax(dim=1)
    hardest = torch.where(further.isinf(), negatives.amax(dim=1), further)
    return (2 * (hardest - positive) + TRIPLET_MARGIN).clamp_min(0).mean()


FINGERPRINT_LOSSES = {"nt-xent": nt_xent, "decoupled": decoupled, "triplet": triplet}


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

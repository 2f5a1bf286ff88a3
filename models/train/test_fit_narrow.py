"""Run with: python -m unittest discover models/train"""

import argparse
import unittest

import torch
from torch import nn

from fit_narrow import LAST_BATCHES, fingerprints, fit, principal_axes
from losses import fingerprint_loss
from network import EMBEDDING_DIM, FINGERPRINT_DIM, FINGERPRINT_HIDDEN, Head, narrowed


def batches(count: int) -> list[torch.Tensor]:
    """Places in 2 views, [2, excerpts, windows, hidden], which differ in half of the values only."""
    generator = torch.Generator().manual_seed(1)
    noise = torch.where(torch.arange(FINGERPRINT_HIDDEN) < FINGERPRINT_HIDDEN // 2, 4.0, 0.2)
    made = []
    for _ in range(count):
        place = torch.randn(1, 12, 5, FINGERPRINT_HIDDEN, generator=generator)
        made.append((place + noise * torch.randn(2, 12, 5, FINGERPRINT_HIDDEN, generator=generator)).half())
    return made


class Narrow(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(2)
        self.trained = nn.Conv2d(FINGERPRINT_HIDDEN, EMBEDDING_DIM, 1)
        self.kept = batches(24)
        args = argparse.Namespace(loss="decoupled", learning_rate=1e-3, epochs=10, seed=1)
        self.weight, self.bias = fit(self.kept, self.trained, args)

    def loss(self, weight: torch.Tensor, bias: torch.Tensor) -> float:
        measured = torch.cat(self.kept[-LAST_BATCHES:], dim=1)
        return float(fingerprint_loss(fingerprints(measured, weight, bias), "decoupled")[0])

    def test_learning_is_better_than_cutting_off(self) -> None:
        weight, bias = self.trained.weight.detach()[:, :, 0, 0], self.trained.bias.detach()
        vectors = torch.cat([fingerprints(batch, weight, bias).flatten(0, 2) for batch in self.kept])
        axes, share = principal_axes(vectors, FINGERPRINT_DIM)
        self.assertLess(share, 1.0)
        self.assertLess(self.loss(self.weight, self.bias), self.loss(axes.T @ weight, axes.T @ bias))

    def test_the_values_that_vary_most_come_first(self) -> None:
        vectors = torch.cat([fingerprints(batch, self.weight, self.bias).flatten(0, 2) for batch in self.kept[:-4]])
        size = vectors.square().mean(dim=0)
        self.assertEqual(len(size), FINGERPRINT_DIM)
        self.assertTrue(bool((size[:-1] >= size[1:] - 1e-4).all()))

    def test_the_head_gives_the_same_vectors(self) -> None:
        layer = nn.Conv2d(FINGERPRINT_HIDDEN, FINGERPRINT_DIM, 1)
        layer.load_state_dict({"weight": self.weight[:, :, None, None], "bias": self.bias})
        head = narrowed(Head(3, FINGERPRINT_HIDDEN), layer)
        features = torch.randn(1, head.hidden.in_channels, head.hidden.kernel_size[0], 3)
        hidden = torch.nn.functional.elu(head.hidden(features)).squeeze(2).transpose(1, 2)
        torch.testing.assert_close(head(features).transpose(1, 2), fingerprints(hidden, self.weight, self.bias))


if __name__ == "__main__":
    unittest.main()

"""Run: python -m unittest test_measures"""

import unittest

import numpy as np
import torch

from classify import fit_classifier
from measures import retrieval, style_accuracy


class Retrieval(unittest.TestCase):
    def test_neighbours_first(self) -> None:
        directions = torch.eye(3).repeat_interleave(4, dim=0) + 0.01 * torch.arange(12)[:, None]
        recall, ndcg = retrieval(directions, np.repeat([0, 1, 2], 4))
        self.assertAlmostEqual(recall, 1.0)
        self.assertAlmostEqual(ndcg, 1.0)

    def test_a_source_larger_than_the_list(self) -> None:
        recall, ndcg = retrieval(torch.ones(21, 2), np.zeros(21, dtype=int))
        self.assertAlmostEqual(recall, 0.5)
        self.assertAlmostEqual(ndcg, 1.0)

    def test_place_in_the_list(self) -> None:
        angles = torch.tensor([0.0, 0.1, 0.3, 2.0])
        vectors = torch.stack([angles.cos(), angles.sin()], dim=1)
        recall, ndcg = retrieval(vectors, np.array([0, 1, 0, 2]))
        self.assertAlmostEqual(recall, 1.0)
        self.assertAlmostEqual(ndcg, 1 / np.log2(3), places=6)


class Styles(unittest.TestCase):
    def test_rare_styles_weigh_as_much(self) -> None:
        result = style_accuracy(np.array([0, 0, 0, 0, 0]), np.array([0, 0, 0, 1, -1]))
        self.assertEqual(result, {"style": 0.75, "balanced": 0.5})

    def test_folds_never_see_a_source_twice(self) -> None:
        rng = np.random.default_rng(1)
        tracks = np.arange(60)
        sources = tracks // 6
        styles = rng.integers(2, size=60)
        private = np.eye(10)[sources] * (2 * styles[:, None] - 1)
        shared = fit_classifier((2.0 * styles - 1)[:, None], styles, tracks, sources, 2)
        self.assertEqual(shared.accuracy, 1.0)
        self.assertLess(fit_classifier(private, styles, tracks, sources, 2).accuracy, 0.8)


if __name__ == "__main__":
    unittest.main()

"""The gate for speech and noise: its rule, its form in the graph, its sounds."""

import unittest
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from data import Track
from fit_gate import FEATURES, Threshold, as_gate, best_stretch, music_folds, origin
from network import GATE_FRAMES, GATE_HIDDEN, TRUNK, TRUNK_ROWS
from not_music import KINDS, NotMusic, is_speech


class GateTest(unittest.TestCase):
    def test_convolutions_give_what_was_fitted(self) -> None:
        torch.manual_seed(1)
        net = nn.Sequential(nn.Linear(FEATURES, GATE_HIDDEN), nn.ReLU(), nn.Linear(GATE_HIDDEN, 1))
        features = torch.randn(2, TRUNK[-1][1], TRUNK_ROWS, 9)
        means = F.avg_pool2d(features, (1, GATE_FRAMES), stride=1).flatten(1, 2).transpose(1, 2)
        with torch.no_grad():
            expected, ours = net(means)[..., 0], as_gate(net)(features)
        self.assertEqual(ours.shape, (2, 1, 7))
        self.assertLess(float((ours[:, 0] - expected).abs().max()), 1e-5)

    def test_the_best_two_seconds_count(self) -> None:
        logits = np.full(40, -4.0)
        logits[20:28] = 3.0
        self.assertAlmostEqual(best_stretch(logits), 3.0)
        self.assertAlmostEqual(best_stretch(np.array([1.0, 2.0])), 1.5)

    def test_long_clips_need_more(self) -> None:
        needed = Threshold(-4.0, 0.0).of(np.array([0.5, 2.5, 4.81, 9.25, 60.0]))
        np.testing.assert_allclose(needed, [-4.0, -4.0, -2.0, 0.0, 0.0], atol=0.01)


class SoundsTest(unittest.TestCase):
    def test_every_kind_can_be_drawn_without_recordings(self) -> None:
        for kind in KINDS:
            rows = NotMusic([]).excerpts(np.random.default_rng(1), kind, 3, 20_000)
            self.assertEqual(rows.shape, (3, 20_000))
            self.assertTrue(bool(torch.isfinite(rows).all()) and float(rows.abs().mean()) > 0.001)

    def test_talk_is_known_by_its_name(self) -> None:
        self.assertTrue(is_speech(Path("noise/librispeech__198.ogg")))
        self.assertTrue(is_speech(Path("noise/speech-to-intent__3f.ogg")))
        self.assertFalse(is_speech(Path("noise/speech-to-intent-benchmark__kitchen.ogg")))
        self.assertFalse(is_speech(Path("speech/rain.ogg")))

    def test_renderings_of_the_same_pieces_stay_together(self) -> None:
        self.assertEqual(origin("freedoom+freedoom+FluidR3_GM"), origin("freedoom+freedoom+TimGM6mb"))
        def folds(*sources: str) -> list[int]:
            samples = np.zeros(1, dtype=np.int16)
            return music_folds([Track(str(n), Path(str(n)), s, None, samples) for n, s in enumerate(sources)])
        by_origin = folds("a+x", "a+y", "b", "c", "d", "e")
        self.assertEqual(by_origin[0], by_origin[1])
        self.assertEqual(set(by_origin), {0, 1, 2, 3})
        self.assertEqual(set(folds("", "", "", "")), {0, 1, 2, 3}, "one folder: every track by itself")


if __name__ == "__main__":
    unittest.main()

"""Run with: python -m unittest discover models/train"""

import unittest

import numpy as np
import torch

from data import Track
from excerpts import OTHER_SPEEDS, ExcerptSampler

LEAD, LENGTH = 16_000, 42_000
SECONDS = 40


def track(samples: np.ndarray) -> Track:
    return Track("a", None, "", None, np.round(samples * 32767).astype(np.int16))


def sampler(tracks: list[Track], shift: int = 0, change: float = 0.0) -> ExcerptSampler:
    return ExcerptSampler(tracks, LEAD, LENGTH, shift, change, True, torch.device("cpu"))


class Excerpts(unittest.TestCase):
    def test_the_middle_of_an_excerpt_stays_in_place_at_every_speed(self) -> None:
        at = 300_000
        sound = np.exp(-0.5 * ((np.arange(SECONDS * 16_000) - at) / 40) ** 2)
        drawn = sampler([track(sound)])
        for speed in (0.8, 0.97, 1.0, 1.03, 1.25):
            played = drawn._read(np.array([0]), np.array([at]), speed)
            self.assertLess(abs(int(played[0].argmax()) - drawn.middle), 2)
            self.assertAlmostEqual(float(played.max()), 1.0, delta=0.01)

    def test_a_tone_is_played_higher_when_faster(self) -> None:
        time = np.arange(SECONDS * 16_000) / 16_000
        drawn = sampler([track(0.5 * np.sin(2 * np.pi * 1000 * time))])
        played = drawn._read(np.array([0]), np.array([320_000]), 1.25)[0]
        loudest = int(torch.fft.rfft(played).abs().argmax()) * 16_000 / len(played)
        self.assertAlmostEqual(loudest, 1250, delta=3)

    def test_both_views_of_a_place_are_the_same_where_nothing_is_changed(self) -> None:
        rng = np.random.default_rng(1)
        tracks = [track(rng.uniform(-0.5, 0.5, SECONDS * 16_000)) for _ in range(6)]
        batch = sampler(tracks).batch(np.random.default_rng(2), 4)
        self.assertEqual(batch.clean.shape, (8, LEAD + LENGTH))
        torch.testing.assert_close(batch.clean, batch.shifted, atol=1e-3, rtol=0)
        self.assertEqual(list(batch.tracks[::2]), list(batch.tracks[1::2]))

    def test_places_lie_inside_the_track_apart_and_are_loud(self) -> None:
        rng = np.random.default_rng(3)
        sound = rng.uniform(-0.5, 0.5, SECONDS * 16_000)
        sound[200_000:300_000] = 0
        drawn = sampler([track(sound)], shift=2000, change=0.04)
        speed = OTHER_SPEEDS[1][1]
        for _ in range(50):
            first, second = drawn._places(rng, np.array([0]), speed)
            before, after = drawn._around(speed * 1.04)
            for middle in (first, second):
                self.assertGreaterEqual(middle, before)
                self.assertLessEqual(middle, len(sound) - after)
            self.assertGreaterEqual(abs(first - second), drawn.total * speed)

    def test_the_same_generator_state_gives_the_same_batch(self) -> None:
        rng = np.random.default_rng(4)
        tracks = [track(rng.uniform(-0.5, 0.5, SECONDS * 16_000)) for _ in range(6)]
        drawn = sampler(tracks, shift=2000, change=0.04)
        a, b = (drawn.batch(np.random.default_rng(5), 5) for _ in range(2))
        torch.testing.assert_close(a.shifted, b.shifted)


if __name__ == "__main__":
    unittest.main()

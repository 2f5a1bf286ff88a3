"""Choosing the strength of a regression."""

import unittest

import numpy as np

from classify import STRENGTHS, fit_judged_by, regression


class StrengthTest(unittest.TestCase):
    def test_sources_that_were_never_seen_decide(self) -> None:
        """Few vectors of many values: a weak penalty fits what is chance in them."""
        rng = np.random.default_rng(1)
        def drawn(count: int) -> tuple[np.ndarray, np.ndarray]:
            styles = rng.integers(0, 2, count)
            return rng.standard_normal((count, 100)) + 0.25 * (2 * styles[:, None] - 1), styles
        vectors, styles = drawn(40)
        unseen, unseen_styles = drawn(4000)
        fitted = fit_judged_by(vectors, styles, unseen, unseen_styles, 2)
        weakest = regression(max(STRENGTHS)).fit(vectors, styles).predict(unseen)
        self.assertLess(fitted.strength, max(STRENGTHS))
        self.assertGreater(fitted.accuracy, np.mean(weakest == unseen_styles))
        self.assertEqual(fitted.probabilities(unseen).shape, (4000, 2))


if __name__ == "__main__":
    unittest.main()

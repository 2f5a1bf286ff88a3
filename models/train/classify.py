"""Logistic regression over vectors, its strength chosen on sources that took no part."""

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

STRENGTHS = (0.001, 0.01, 0.1, 1.0)
"""Inverse weights of the penalty that are tried."""
FOLDS = 5


@dataclass
class Classifier:
    """A fitted regression and how it did on the folds."""

    pipeline: Pipeline
    n_styles: int
    strength: float
    accuracy: float
    """Share of the tracks named right, by which the strength was chosen, that are of other sources than those
    which the regression saw."""

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """[n, dims] to [n, styles]."""
        return spread(self.pipeline, vectors, self.n_styles)

    def parameters(self) -> int:
        last = self.pipeline[-1]
        return last.coef_.size + last.intercept_.size


def fit_classifier(vectors: np.ndarray, styles: np.ndarray, tracks: np.ndarray, sources: np.ndarray,
                   n_styles: int) -> Classifier:
    """Fits `styles` to `vectors` [n, dims]; rows of one number in `tracks` are judged together."""
    folds = list(GroupKFold(min(FOLDS, len(set(sources)))).split(vectors, styles, sources))
    accuracies = {}
    for strength in STRENGTHS:
        judged = np.zeros((len(vectors), n_styles))
        for fitting, left_out in folds:
            judged[left_out] = spread(regression(strength).fit(vectors[fitting], styles[fitting]),
                                      vectors[left_out], n_styles)
        accuracies[strength] = np.mean([judged[tracks == t].mean(axis=0).argmax() == styles[tracks == t][0]
                                        for t in np.unique(tracks)])
    best = max(accuracies, key=accuracies.get)
    return Classifier(regression(best).fit(vectors, styles), n_styles, best, float(accuracies[best]))


def fit_judged_by(vectors: np.ndarray, styles: np.ndarray, unseen: np.ndarray, unseen_styles: np.ndarray,
                  n_styles: int) -> Classifier:
    """The same where the vectors were trained with these very styles, so that folds of them would tell nothing:
    the strength is the one that does best on vectors of sources which that training never saw."""
    fits = {strength: regression(strength).fit(vectors, styles) for strength in STRENGTHS}
    accuracies = {strength: np.mean(spread(fitted, unseen, n_styles).argmax(axis=1) == unseen_styles)
                  for strength, fitted in fits.items()}
    best = max(accuracies, key=accuracies.get)
    return Classifier(fits[best], n_styles, best, float(accuracies[best]))


def regression(strength: float) -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))


def spread(pipeline: Pipeline, vectors: np.ndarray, n_styles: int) -> np.ndarray:
    """Probabilities [n, styles], zero for styles that the regression never saw."""
    result = np.zeros((len(vectors), n_styles))
    result[:, pipeline.classes_] = pipeline.predict_proba(vectors)
    return result

"""Fit genre and mood on the style vectors of a trained network, and say how well they do.

    fit_labels.py CHECKPOINT --music DIR --labels CSV [--test-music DIR --test-labels CSV]

Genre: multinomial logistic regression on a track's mean style vector, for the labels that occur in at
least LEAST_SOURCES sources. Mood: ridge regression to valence and energy, each -1 to 1. Mood words of
the CSV are placed on Russell's circumplex (Russell 1980, "A circumplex model of affect"); a track
without a word gets what plain measurements suggest: energy from onsets, brightness and evenness of
level, valence from major or minor key and onsets.

Everything is measured by source-disjoint cross-validation: a track is always judged by a fit that saw
no track of its source. The fit on all labelled tracks is then written into the checkpoint.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import LeaveOneGroupOut

from check import Embedder
from data import Track, load_tracks
from describe import Describer
from labels import is_fma, read_labels, sources as sources_of
from network import load_network, save_checkpoint

LEAST_SOURCES = 3
GENRE_STRENGTHS = (1.0, 10.0, 100.0)
MOOD_RIDGE = 0.3
WORD_WEIGHT, MEASURED_WEIGHT = 1.0, 1.0
MEASURED_SPREAD = 0.35
"""One standard deviation of the measurements on the mood plane."""

# Mood word to (valence, energy).
MOOD_WORDS = {
    "calm": (0.4, -0.7), "happy": (0.8, 0.4), "uplifting": (0.7, 0.5), "epic": (0.2, 0.7),
    "tense": (-0.5, 0.4), "danger": (-0.5, 0.5), "boss": (-0.3, 0.8), "battle": (-0.2, 0.8),
    "dark": (-0.6, -0.2), "dungeon": (-0.5, -0.3), "cave": (-0.4, -0.5), "night": (-0.1, -0.6),
    "space": (0.0, -0.5), "forest": (0.3, -0.4), "sea": (0.3, -0.3), "town": (0.5, -0.1),
    "village": (0.5, -0.3), "snow": (0.2, -0.4), "ice": (0.1, -0.3), "winter": (0.1, -0.4),
    "credits": (0.4, 0.0), "game_over": (-0.6, -0.4),
}
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
"""Key profiles: Krumhansl and Kessler 1982."""


def mode(chroma: np.ndarray) -> float:
    """How much better the best major key fits than the best minor one, as correlations."""
    def best(profile: np.ndarray) -> float:
        return max(np.corrcoef(chroma, np.roll(profile, k))[0, 1] for k in range(12))
    return best(MAJOR) - best(MINOR)


def measured_moods(tracks: list[Track]) -> np.ndarray:
    """What plain measurements suggest: [tracks, 2]."""
    describer = Describer()
    described = [describer.describe(track.samples) for track in tracks]
    onsets = np.array([d["tempo"][-1] for d in described])
    brightness = -np.array([d["timbre"][0] for d in described])
    evenness = -np.array([d["loudness"][0] for d in described])
    major = np.array([mode(d["key"]) for d in described])
    def z(values: np.ndarray) -> np.ndarray:
        return ((values - values.mean()) / (values.std() + 1e-9)).clip(-2, 2)
    energy = (2 * z(onsets) + z(brightness) + z(evenness)) / 4
    valence = (2 * z(major) + z(onsets)) / 3
    return MEASURED_SPREAD * np.stack([z(valence), z(energy)], axis=1)


def read_moods(labels: str | None) -> dict[str, tuple[float, float]]:
    """Path to (valence, energy), from the column `mood` of a CSV: words joined by semicolons."""
    moods = {}
    table = Path(labels) if labels else None
    if table is None or not table.is_file() or is_fma(table):
        return moods
    with open(table, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            words = [MOOD_WORDS[w] for w in (row.get("mood") or "").split(";") if w in MOOD_WORDS]
            if words:
                moods[row["path"]] = tuple(np.mean(words, axis=0))
    return moods


def mean_styles(checkpoint: Path, tracks: list[Track]) -> np.ndarray:
    """[tracks, 128]: mean of the windows' style vectors, not brought to unit length."""
    embedder = Embedder(load_network(checkpoint))
    return np.stack([embedder.track(track.samples)[1].mean(dim=0).numpy() for track in tracks])


def genre_model(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=5000, class_weight="balanced")


def fit_genre(styles: np.ndarray, names: list[str | None],
              sources: np.ndarray, unseen: set[str]) -> tuple[LogisticRegression | None, dict]:
    """The fit on everything, and figures of the cross-validation by source; None where fewer than two
    labels occur in enough sources. `unseen` are the sources whose labels the network never saw either."""
    names = np.array([name or "" for name in names])
    genres = [g for g in sorted(set(names) - {""}) if len(set(sources[names == g])) >= LEAST_SOURCES]
    if len(genres) < 2:
        return None, {"tracks": 0}
    used = np.isin(names, genres)
    x, y, groups = styles[used], names[used], sources[used]
    answers = {}
    for strength in GENRE_STRENGTHS:
        predicted = np.empty(len(y), dtype=object)
        top2 = np.zeros(len(y), dtype=bool)
        for train, test in LeaveOneGroupOut().split(x, y, groups):
            model = genre_model(strength).fit(x[train], y[train])
            order = np.argsort(-model.predict_proba(x[test]), axis=1)
            predicted[test] = model.classes_[order[:, 0]]
            top2[test] = [truth in model.classes_[o[:2]] for truth, o in zip(y[test], order)]
        macro = np.mean([np.mean(predicted[y == g] == g) for g in genres])
        answers[strength] = (macro, np.mean(predicted == y), top2.mean(), predicted)
    strength = max(answers, key=lambda s: answers[s][0])
    macro, accuracy, top2, predicted = answers[strength]
    common = max(genres, key=lambda g: np.sum(y == g))
    fresh = np.isin(groups, sorted(unseen))
    figures = {"tracks": int(used.sum()), "accuracy": accuracy, "macro_recall": macro, "top2": float(top2),
               "always_commonest": float(np.mean(y == common)), "strength": strength,
               "unseen_sources": [int(np.sum((predicted == y)[fresh])), int(fresh.sum())],
               "recall": {g: [int(np.sum(predicted[y == g] == g)), int(np.sum(y == g))] for g in genres}}
    return genre_model(strength).fit(x, y), figures


def fit_mood(styles: np.ndarray, words: np.ndarray, measured: np.ndarray, sources: np.ndarray,
             unseen: set[str]) -> tuple[Ridge, dict]:
    """`words` [n, 2] is NaN where a track has none."""
    worded = ~np.isnan(words[:, 0])
    if worded.sum() < 2:
        model = Ridge(alpha=MOOD_RIDGE).fit(styles, measured)
        return model, {"worded_tracks": int(worded.sum())}
    targets = np.where(worded[:, None], words, measured)
    weights = np.where(worded, WORD_WEIGHT, MEASURED_WEIGHT)
    predicted = np.empty_like(targets)
    for train, test in LeaveOneGroupOut().split(styles, targets, sources):
        model = Ridge(alpha=MOOD_RIDGE).fit(styles[train], targets[train], sample_weight=weights[train])
        predicted[test] = model.predict(styles[test])
    figures = {"worded_tracks": int(worded.sum()), "worded_sources": len(set(sources[worded]))}
    for axis, name in enumerate(("valence", "energy")):
        p, w, m = predicted[worded, axis], words[worded, axis], measured[worded, axis]
        fresh = np.isin(sources, sorted(unseen))
        figures[name] = {
            "spearman_with_words": float(spearmanr(p, w).statistic),
            "spearman_with_measurements": float(spearmanr(predicted[:, axis], measured[:, axis]).statistic),
            "the_same_in_unseen_sources": float(spearmanr(predicted[fresh, axis], measured[fresh, axis]).statistic),
            "spearman_of_measurements_alone": float(spearmanr(m, w).statistic),
            "right_side": float(np.mean((p > np.median(p)) == (w > np.median(w)))),
        }
    model = Ridge(alpha=MOOD_RIDGE).fit(styles, targets, sample_weight=weights)
    return spread_out(model, targets, predicted), figures


def spread_out(model: Ridge, targets: np.ndarray, predicted: np.ndarray) -> Ridge:
    """What ridge regression draws towards the middle, spread again as widely as the targets are, judged
    by `predicted`, the answers of the cross-validation; otherwise every mood would be a middling one."""
    scale = targets.std(axis=0) / (predicted.std(axis=0) + 1e-9)
    middle = targets.mean(axis=0)
    model.coef_ *= scale[:, None]
    model.intercept_ = middle + scale * (model.intercept_ - middle)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--music", type=Path, nargs="+", required=True)
    parser.add_argument("--labels", help="as for train.py; a CSV may also have the column mood. Without it there is"
                                         " one genre, 'music', and moods come from measurements alone")
    parser.add_argument("--test-music", type=Path, help="other music, only measured on")
    parser.add_argument("--test-labels")
    args = parser.parse_args()
    torch.set_num_threads(1)

    named = read_labels(args.labels, args.music)
    tracks = [track for folder in args.music
              for track in load_tracks(folder, named, 5, sources_of(args.labels, folder))]
    sources = np.array([track.source for track in tracks])
    styles = mean_styles(args.checkpoint, tracks)
    unseen = set(torch.load(args.checkpoint, map_location="cpu", weights_only=True)["held_out"])
    genre, figures = fit_genre(styles, [track.style for track in tracks], sources, unseen)
    words = read_moods(args.labels)
    moods = np.array([words.get(track.path, (np.nan, np.nan)) for track in tracks])
    mood, mood_figures = fit_mood(styles, moods, measured_moods(tracks), sources, unseen)
    print(json.dumps({"genre": figures, "mood": mood_figures}, indent=1))

    if args.test_music and genre is not None:
        named, words = read_labels(args.test_labels, args.test_music), read_moods(args.test_labels)
        others = load_tracks(args.test_music, named, 5)
        x = mean_styles(args.checkpoint, others)
        truth = np.array([track.style or "" for track in others])
        used = np.isin(truth, genre.classes_)
        predicted = genre.predict(x)
        common = max(genre.classes_, key=lambda g: np.sum(truth == g))
        print(f"other music: genre of {np.mean(predicted[used] == truth[used]):.3f} of {used.sum()} right,"
              f" always '{common}' {np.mean(truth[used] == common):.3f}, macro recall "
              f"{np.mean([np.mean(predicted[truth == g] == g) for g in set(truth[used])]):.3f}")
        moods = mood.predict(x)
        rows = [(*words[t.path], *m) for t, m in zip(others, moods) if t.path in words]
        if len(rows) > 5:
            rows = np.array(rows)
            print(f"other music: {len(rows)} mood words, Spearman valence"
                  f" {spearmanr(rows[:, 0], rows[:, 2]).statistic:.2f}, energy"
                  f" {spearmanr(rows[:, 1], rows[:, 3]).statistic:.2f}")

    state = torch.load(args.checkpoint, map_location="cpu", weights_only=True)
    def tensor(values: np.ndarray) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float32)
    weight, bias = (genre.coef_, genre.intercept_) if genre else (np.zeros((1, styles.shape[1])), np.zeros(1))
    if genre and len(genre.classes_) == 2:
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    state["labels"] = {
        "genres": genre.classes_.tolist() if genre else ["music"],
        "genre_weight": tensor(weight), "genre_bias": tensor(bias),
        "mood_weight": tensor(mood.coef_), "mood_bias": tensor(mood.intercept_),
    }
    save_checkpoint(state, args.checkpoint)
    print(f"genre and mood written into {args.checkpoint}")


if __name__ == "__main__":
    main()

"""Compare the network with older designs on the same music, in one run.

(a) MFCC statistics and logistic regression, (b) a CNN on MFCC, (c) a CNN on mel images, (d) a
contrastive CNN, (e) this network, from a checkpoint. The older ones are trained on --music without
the sources that the checkpoint held out. All are measured on --test, which holds other sources.
Prints a Markdown table.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

import check
import older_designs as older
from classify import fit_classifier, fit_judged_by
from data import Track, load_noise, load_rooms, load_tracks, split_by_source
from degrade import ROOM_SAMPLES, Degrader
from features import SAMPLE_RATE
from labels import PART_NAME, PARTS, read_labels, sources
from measures import CUTOFF, retrieval, style_accuracy
from network import load_network

CLIP_S = older.WINDOW_S
CONDITION = "room+5"
PHASES = 4
"""Readings of a clip by (e)."""
DESIGNS = "abcde"
COLUMNS = {
    "style": "style, % right",
    "balanced": "mean over styles, %",
    "folds": "folds by source, training folder, %",
    "recall": f"same source, recall@{CUTOFF}",
    "ndcg": f"same source, NDCG@{CUTOFF}",
    "recognition": f"top-1 track, {CLIP_S} s, {CONDITION}, %",
    "parameters": "parameters",
    "cpu_seconds": "training, CPU s",
}


@dataclass
class Material:
    """What all designs share."""

    training: list[Track]
    unseen: list[Track]
    """Of the sources that the training of (e) held out."""
    test: list[Track]
    style_names: list[str]
    """Those that occur in training."""
    clips: Tensor
    """[clips, CLIP_S * SAMPLE_RATE], degraded."""
    truth: list[tuple[int, float]]
    """Number of the test track and start in s of each."""

    def styles(self, tracks: list[Track]) -> np.ndarray:
        """Style numbers, -1 where the style is unknown or does not occur in training."""
        return np.array([self.style_names.index(t.style) if t.style in self.style_names else -1 for t in tracks])


@dataclass
class Measured:
    """What a trained design makes of the test tracks and the clips."""

    name: str
    fingerprints: list[Tensor]
    """[windows, dims] of unit length for each test track."""
    readings: list[tuple[Tensor, float]]
    """As `check.Embedder.clips` gives them."""
    style_vectors: Tensor
    """[test tracks, dims]."""
    probabilities: np.ndarray
    """[test tracks, styles]."""
    folds: float | None
    """Accuracy over folds of training sources, where nothing of the design had seen their labels."""
    parameters: int
    cpu_seconds: float


def load_material(args: argparse.Namespace, held_out: set[str]) -> Material:
    tracks, test = (load_tracks(music, read_labels(labels, music), 2 * CLIP_S, sources(labels, music))
                    for music, labels in ((args.music, args.labels), (args.test, args.test_labels)))
    training, unseen = split_by_source(tracks, held_out)
    nameless = {"", *map(PART_NAME.format, range(PARTS))}
    if shared := {t.source for t in test} & {t.source for t in tracks} - nameless:
        raise SystemExit(f"--test has sources of --music: {', '.join(sorted(shared))}")
    length = CLIP_S * SAMPLE_RATE
    degrader = Degrader(load_noise(args.test_noise), load_rooms(args.rooms), ROOM_SAMPLES, length, args.seed,
                        torch.device("cpu"))
    rng = np.random.default_rng([args.seed, 10 * CLIP_S, list(check.CONDITIONS).index(CONDITION)])
    excerpts, truth = check.draw_clips(rng, test, list(range(len(test))), length, args.clips)
    clips = degrader.full(rng, excerpts, check.CONDITIONS[CONDITION], room_probability=1.0)
    return Material(training, unseen, test, sorted({t.style for t in training if t.style}), clips, truth)


def source_numbers(tracks: list[Track]) -> np.ndarray:
    names = sorted({t.source for t in tracks})
    return np.array([names.index(t.source) for t in tracks])


def measure_older(args: argparse.Namespace, material: Material, letters: str) -> Iterator[tuple[str, Measured]]:
    """Trains and applies (a) to (d), those asked for, one after the other."""
    if not letters:
        return
    front_end = older.DecibelMel()
    names = material.style_names
    training = older.cut(front_end, material.training, names)
    numbers = source_numbers(material.training)
    train = {
        "a": lambda: older.train_statistics(training, numbers, len(names)),
        "b": lambda: older.train_classifier("CNN on 130 x 13 MFCC", older.cepstrum_layers(), 0.3,
                                            older.cepstrum_image, training, len(names),
                                            older.CNN_EPOCHS, older.CNN_RATE, args.seed),
        "c": lambda: older.train_classifier("CNN on 128 x 128 mel images", older.image_layers(), 0.0,
                                            older.mel_image, training, len(names),
                                            older.IMAGE_EPOCHS, older.IMAGE_RATE, args.seed),
        "d": lambda: older.train_contrastive(front_end, material.training, load_noise(args.noise), args.seed),
    }
    test = [front_end.track(track.samples) for track in material.test]
    queries = front_end.clips(material.clips)
    for letter in letters:
        yield letter, apply_older(train[letter](), material, training, test, queries)


def apply_older(design: older.OlderDesign, material: Material, training: older.Windows, test: list[Tensor],
                queries: Tensor) -> Measured:
    vectors = [design.embed(older.windows(mel, older.ENROL_S)) for mel in test]
    means = torch.stack([v.mean(dim=0) for v in vectors])
    folds, parameters = design.cross_validated, design.parameters
    if design.probabilities:
        probabilities = np.stack([design.probabilities(v).mean(dim=0).numpy() for v in vectors])
    else:
        embedded = design.embed(training.mel)
        tracks = [embedded[torch.from_numpy(training.track == i)].mean(dim=0) for i in range(len(material.training))]
        probabilities, folds = by_regression(torch.stack(tracks), means, material)
    clips = F.normalize(design.embed(queries))[:, None]
    return Measured(design.name, [F.normalize(v) for v in vectors], [(clips, 0.0)], means, probabilities, folds,
                    parameters, design.cpu_seconds)


def measure_ours(args: argparse.Namespace, material: Material, checkpoint: dict) -> Measured:
    """(e)."""
    network = load_network(args.checkpoint)
    embedder = check.Embedder(network)
    fingerprints, styles = zip(*(embedder.track(t.samples) for t in material.test))
    means = torch.stack([s.mean(dim=0) for s in styles])
    def mean_styles(tracks: list[Track]) -> np.ndarray:
        return torch.stack([embedder.track(t.samples)[1].mean(dim=0) for t in tracks]).numpy()
    def labelled(tracks: list[Track]) -> tuple[np.ndarray, np.ndarray]:
        styles = material.styles(tracks)
        return mean_styles([t for t, style in zip(tracks, styles) if style >= 0]), styles[styles >= 0]
    classifier = fit_judged_by(*labelled(material.training), *labelled(material.unseen), len(material.style_names))
    probabilities = classifier.probabilities(means.numpy())
    print(f"(e): strength {classifier.strength:g}, {100 * classifier.accuracy:.1f} % of the sources held out right")
    return Measured("this network", list(fingerprints), embedder.clips(material.clips, PHASES), means, probabilities,
                    None, older.n_parameters(network), checkpoint["cpu_used"] + args.earlier_cpu_seconds)


def by_regression(trained: Tensor, measured: Tensor, material: Material) -> tuple[np.ndarray, float]:
    """Style probabilities of the test tracks from a regression on the training tracks' vectors, and
    how it did on folds of sources."""
    styles = material.styles(material.training)
    known = styles >= 0
    classifier = fit_classifier(trained.numpy()[known], styles[known], np.flatnonzero(known),
                                source_numbers(material.training)[known], len(material.style_names))
    return classifier.probabilities(measured.numpy()), classifier.accuracy


def judge(measured: Measured, material: Material) -> dict[str, float | str | None]:
    """The row of a design; shares and accuracies from 0 to 1."""
    styles = material.styles(material.test)
    recall, ndcg = retrieval(measured.style_vectors, source_numbers(material.test))
    index = check.Index(measured.fingerprints)
    answers = [check.answer(index, [(queries[i], begins) for queries, begins in measured.readings], track, start)
               for i, (track, start) in enumerate(material.truth)]
    return {
        "name": measured.name,
        **style_accuracy(measured.probabilities.argmax(axis=1), styles),
        "folds": measured.folds,
        "recall": recall,
        "ndcg": ndcg,
        "recognition": float(np.mean([a.right for a in answers])),
        "parameters": measured.parameters,
        "cpu_seconds": measured.cpu_seconds,
    }


def chance(material: Material, seed: int) -> dict[str, float | str | None]:
    """The commonest style of training named always, and vectors that mean nothing."""
    trained, styles = material.styles(material.training), material.styles(material.test)
    commonest = np.bincount(trained[trained >= 0]).argmax()
    generator = torch.Generator().manual_seed(seed)
    numbers = source_numbers(material.test)
    draws = [retrieval(torch.randn(len(numbers), 128, generator=generator), numbers) for _ in range(50)]
    recall, ndcg = np.mean(draws, axis=0)
    return {"name": f"always '{material.style_names[commonest]}'; random vectors",
            **style_accuracy(np.full(len(styles), commonest), styles),
            "folds": float(np.mean(trained[trained >= 0] == commonest)), "recall": float(recall),
            "ndcg": float(ndcg), "recognition": 1 / len(numbers), "parameters": 0, "cpu_seconds": 0.0}


def table(rows: dict[str, dict]) -> str:
    def cell(key: str, value: float | None) -> str:
        if value is None:
            return ""
        if key in ("recall", "ndcg"):
            return f"{value:.3f}"
        return f"{value:,.0f}" if key in ("parameters", "cpu_seconds") else f"{100 * value:.1f}"

    lines = [f"| design | {' | '.join(COLUMNS.values())} |", "| --- " * (len(COLUMNS) + 1) + "|"]
    for letter, row in sorted(rows.items(), key=lambda item: (len(item[0]), item[0])):
        title = f"({letter}) {row['name']}" if len(letter) == 1 else row["name"]
        lines.append(f"| {title} | {' | '.join(cell(key, row[key]) for key in COLUMNS)} |")
    return "\n".join(lines)


def earlier_rows(path: Path, setup: dict, measured: str) -> dict[str, dict]:
    """The rows of an earlier run that this one did not measure; it must have had the same material."""
    earlier = json.loads(path.read_text(encoding="utf-8"))
    different = [key for key in setup if earlier["setup"].get(key) != setup[key]]
    if different:
        raise SystemExit(f"{path} was measured on other material: {', '.join(different)} differ")
    return {letter: row for letter, row in earlier["rows"].items() if letter not in measured}


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--music", type=Path, required=True, help="what the checkpoint was trained on")
    parser.add_argument("--labels", required=True, help="styles of --music, as for train.py")
    parser.add_argument("--test", type=Path, required=True, help="music of other sources")
    parser.add_argument("--test-labels", required=True, help="styles of --test")
    parser.add_argument("--noise", type=Path, required=True, help="background recordings to train (d) with")
    parser.add_argument("--test-noise", type=Path, required=True, help="background recordings in the clips")
    parser.add_argument("--rooms", type=Path, help="room responses in the clips, besides the synthetic ones")
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--only", default=DESIGNS, metavar="LETTERS", help="designs to measure, such as ab")
    parser.add_argument("--merge", type=Path, metavar="JSON", help="take the other designs from an earlier --out")
    parser.add_argument("--out", type=Path, metavar="JSON", help="written after each design")
    parser.add_argument("--earlier-cpu-seconds", type=float, default=0,
                        help="processor time of the training that the checkpoint's started from")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if not set(args.only) <= set(DESIGNS):
        parser.error(f"--only takes letters of {DESIGNS}")
    if args.merge and not args.merge.is_file():
        parser.error(f"--merge {args.merge}: no such file; it is what an earlier run wrote with --out")
    return args


def main() -> None:
    args = parse_args()
    torch.set_num_threads(args.threads)
    checkpoint = torch.load(args.checkpoint, map_location="cpu", weights_only=True)
    material = load_material(args, set(checkpoint["held_out"]))
    known = material.styles(material.test) >= 0
    setup = {
        "seed": args.seed, "clips": len(material.clips), "held out": sorted(checkpoint["held_out"]),
        "training tracks": len(material.training), "test tracks": len(material.test),
        "test tracks with a style": int(known.sum()), "styles": material.style_names,
    }
    rows = earlier_rows(args.merge, setup, args.only) if args.merge else {}
    rows["chance"] = chance(material, args.seed)
    measured = measure_older(args, material, "".join(sorted(set(args.only) - {"e"})))
    if "e" in args.only:
        measured = chain([("e", measure_ours(args, material, checkpoint))], measured)
    for letter, design in measured:
        rows[letter] = judge(design, material)
        if args.out:
            args.out.write_text(json.dumps({"setup": setup, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    print(f"\n{setup['training tracks']} training and {setup['test tracks']} test tracks,"
          f" {setup['test tracks with a style']} of these with a style; {setup['clips']} clips\n")
    print(table(rows))


if __name__ == "__main__":
    main()

"""Measure a checkpoint on the held-out sources: naming degraded clips, and style.

All tracks of --music are enrolled, a fingerprint every 0.25 s; the clips come from the held-out
sources only. A clip is named by the alignment (track, offset) with the highest mean cosine, found
exactly. The false-name column takes for each clip the best alignment in any other track, as if its
own track were not enrolled: the threshold lets 1 % of those pass.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from data import SILENCE_RMS, Track, load_noise, load_rooms, load_tracks, split_by_source
from degrade import ROOM_SAMPLES, Degrader
from features import FRAMES_PER_SECOND, HOP, POWER_FLOOR, SAMPLE_RATE, LogMel, samples_for_frames
from labels import read_labels, sources as sources_of
from network import WINDOW_FRAMES, WINDOW_STRIDE, EchoNet, frames_for_windows, load_network, unit_length

WINDOW_SECONDS = WINDOW_STRIDE / FRAMES_PER_SECOND
MIN_QUERY_FRAMES = frames_for_windows(3)
"""Shorter clips get digital silence on both sides."""
PIECE_WINDOWS = 64
NEIGHBOURS = 5
CONDITIONS = {
    "clean": None,
    "room": np.inf,
    "room+10": 10.0,
    "room+5": 5.0,
    "room+0": 0.0,
    "room-5": -5.0,
}
"""Name to signal-to-noise ratio in dB."""


class Embedder:
    """Samples to (fingerprints, styles), each [windows, 128]."""

    def __init__(self, network: EchoNet) -> None:
        self.network = network
        self.log_mel = LogMel()

    @torch.no_grad()
    def track(self, samples: np.ndarray) -> tuple[Tensor, Tensor]:
        """All windows of int16 samples, in pieces."""
        step = samples_for_frames(frames_for_windows(PIECE_WINDOWS))
        hop = PIECE_WINDOWS * WINDOW_STRIDE * HOP
        shortest = samples_for_frames(WINDOW_FRAMES)
        outputs = []
        for begin in range(0, len(samples) - shortest + 1, hop):
            piece = torch.from_numpy(samples[begin : begin + step].astype(np.float32) / 32768)
            outputs.append(self.network(self.log_mel(piece[None])))
        fingerprints, styles = (torch.cat(part, dim=2)[0].T for part in zip(*outputs))
        return fingerprints, styles

    @torch.no_grad()
    def clips(self, samples: Tensor, phases: int) -> list[tuple[Tensor, float]]:
        """Fingerprints [clips, windows, 128] of [clips, samples] for each phase, and where the first
        window begins (s, negative where silence was put before the clip).

        Windows begin every 0.25 s; with more than one phase the clip is read again from a few frames
        later, so that one of the readings lies closer to the enrolled windows.
        """
        mel = self.log_mel(samples)
        missing = max(0, MIN_QUERY_FRAMES - mel.shape[-1])
        before = missing // 2
        silence = float(np.log(POWER_FLOOR))
        mel = F.pad(mel, (before, missing - before), value=silence)
        shifts = range(0, WINDOW_STRIDE, WINDOW_STRIDE // phases)
        return [(self.network(mel[..., shift:])[0].transpose(1, 2), (shift - before) / FRAMES_PER_SECOND)
                for shift in shifts]


class Index:
    """Enrolled fingerprints of all tracks, searched exactly."""

    def __init__(self, fingerprints: list[Tensor]) -> None:
        self.vectors = torch.cat(fingerprints)
        self.track = torch.cat([torch.full((len(f),), i) for i, f in enumerate(fingerprints)])
        starts = np.cumsum([0] + [len(f) for f in fingerprints[:-1]])
        self.first = torch.from_numpy(starts)

    def alignments(self, query: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The query laid along every place of the enrolled grid: scores, tracks, offsets in s."""
        rows = query @ self.vectors.T
        n = rows.shape[1] - len(rows) + 1
        score = sum(row[k : k + n] for k, row in enumerate(rows)) / len(rows)
        inside = self.track[:n] == self.track[len(rows) - 1 :]
        position = torch.arange(n) - self.first[self.track[:n]]
        return score.masked_fill(~inside, -1.0), self.track[:n], position * WINDOW_SECONDS


@dataclass
class Answer:
    """What one clip gave."""

    right: bool
    score: float
    offset_error_s: float
    impostor_score: float


def answer(index: Index, readings: list[tuple[Tensor, float]], track: int, start_s: float) -> Answer:
    """The best alignment over all readings (fingerprints, where the first window begins) of a clip."""
    best = (-1.0, -1, 0.0)
    impostor = -1.0
    for query, begins_s in readings:
        scores, tracks, offsets = index.alignments(query)
        top = int(scores.argmax())
        best = max(best, (float(scores[top]), int(tracks[top]), float(offsets[top]) - begins_s))
        impostor = max(impostor, float(scores.masked_fill(tracks == track, -1.0).max()))
    score, found, offset = best
    return Answer(found == track, score, abs(offset - start_s), impostor)


def draw_clips(rng: np.random.Generator, tracks: list[Track], numbers: list[int], length: int,
               count: int) -> tuple[Tensor, list[tuple[int, float]]]:
    """Excerpts [count, lead + length] and the truth (track number, start in s) of each."""
    excerpts, truth = [], []
    while len(excerpts) < count:
        number = int(rng.choice(numbers))
        samples = tracks[number].samples
        start = int(rng.integers(ROOM_SAMPLES, len(samples) - length))
        excerpt = samples[start - ROOM_SAMPLES : start + length].astype(np.float32) / 32768
        if np.sqrt(np.mean(np.square(excerpt[ROOM_SAMPLES:]))) > SILENCE_RMS:
            excerpts.append(excerpt)
            truth.append((number, start / SAMPLE_RATE))
    return torch.from_numpy(np.stack(excerpts)), truth


def recognition(args: argparse.Namespace, embedder: Embedder, index: Index, tracks: list[Track],
                held_out: list[int]) -> None:
    noise, rooms = load_noise(args.noise), load_rooms(args.rooms)
    cells: dict[tuple[float, str], list[Answer]] = {}
    for seconds in args.lengths:
        length = int(seconds * SAMPLE_RATE)
        degrader = Degrader(noise, rooms, ROOM_SAMPLES, length, args.seed, torch.device("cpu"))
        for number, (condition, snr_db) in enumerate(CONDITIONS.items()):
            rng = np.random.default_rng([args.seed, int(10 * seconds), number])
            excerpts, truth = draw_clips(rng, tracks, held_out, length, args.clips)
            if snr_db is None:
                clips = degrader.light(rng, excerpts)
            else:
                clips = degrader.full(rng, excerpts, snr_db, room_probability=1.0)
            readings = embedder.clips(clips, args.phases)
            cells[seconds, condition] = [
                answer(index, [(queries[i], begins_s) for queries, begins_s in readings], track, start)
                for i, (track, start) in enumerate(truth)
            ]
    print("| s | condition | top-1 % | within 0.5 s, % of right | median offset error, s"
          " | threshold for 1 % false names | right and above it, % |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for seconds in args.lengths:
        impostors = [a.impostor_score for c in CONDITIONS for a in cells[seconds, c]]
        threshold = float(np.quantile(impostors, 0.99))
        for condition in CONDITIONS:
            answers = cells[seconds, condition]
            errors = np.array([a.offset_error_s for a in answers if a.right])
            top1 = np.mean([a.right for a in answers])
            named = np.mean([a.right and a.score > threshold for a in answers])
            close = np.mean(errors <= 0.5) if len(errors) else np.nan
            median = np.median(errors) if len(errors) else np.nan
            print(f"| {seconds:g} | {condition} | {100 * top1:.1f} | {100 * close:.1f} | {median:.3f}"
                  f" | {threshold:.3f} | {100 * named:.1f} |")


def style(tracks: list[Track], styles: list[Tensor], held_out: list[int]) -> None:
    """Do the halves of a track find each other, and do neighbours from other sources share its label?"""
    first = unit_length(torch.stack([s[: len(s) // 2].mean(dim=0) for s in styles]))
    second = unit_length(torch.stack([s[len(s) // 2 :].mean(dim=0) for s in styles]))
    halves = (first @ second.T)[held_out].argmax(dim=1)
    found = np.mean([int(h) == n for h, n in zip(halves, held_out)])
    print(f"style: the first half of a held-out track finds its second half among all {len(tracks)}"
          f" tracks: {100 * found:.0f} % of {len(held_out)}")

    trained = [i for i in range(len(tracks)) if i not in set(held_out) and tracks[i].style]
    labelled = [i for i in held_out if tracks[i].style]
    if not trained or not labelled:
        return
    whole = unit_length(torch.stack([s.mean(dim=0) for s in styles]))
    names = sorted({tracks[i].style for i in trained})
    right = 0
    for i in labelled:
        score, nearest = (whole[trained] @ whole[i]).topk(NEIGHBOURS)
        votes = {name: 0.0 for name in names}
        for s, n in zip(score.tolist(), nearest.tolist()):
            votes[tracks[trained[n]].style] += s
        right += max(votes, key=votes.get) == tracks[i].style
    common = max(names, key=lambda name: sum(tracks[i].style == name for i in trained))
    baseline = sum(tracks[i].style == common for i in labelled)
    print(f"style: label by {NEIGHBOURS} nearest training tracks: {right} of {len(labelled)} right;"
          f" always '{common}': {baseline}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--music", type=Path, required=True, help="the folder it was trained on")
    parser.add_argument("--noise", type=Path, required=True)
    parser.add_argument("--rooms", type=Path)
    parser.add_argument("--labels", help="as for train.py")
    parser.add_argument("--lengths", type=float, nargs="+", default=[1, 2, 3, 5], metavar="SECONDS")
    parser.add_argument("--clips", type=int, default=200, help="clips in a cell")
    parser.add_argument("--phases", type=int, choices=(1, 2, 4, 8), default=4,
                        help="readings of a clip, evenly spread over the 0.25 s between two windows")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    sources = set(torch.load(args.checkpoint, map_location="cpu", weights_only=True)["held_out"])
    tracks = load_tracks(args.music, read_labels(args.labels, args.music), 2 * max(args.lengths),
                         sources_of(args.labels, args.music))
    training, validation = split_by_source(tracks, sources)
    if not validation:
        raise SystemExit("this checkpoint held no source out, so there is nothing to measure it on")
    tracks = validation + training
    held_out = list(range(len(validation)))

    embedder = Embedder(load_network(args.checkpoint))
    fingerprints, styles = zip(*(embedder.track(track.samples) for track in tracks))
    index = Index(list(fingerprints))
    print(f"enrolled {len(tracks)} tracks, {len(index.vectors)} fingerprints;"
          f" clips from {len(validation)} held-out tracks")
    recognition(args, embedder, index, tracks, held_out)
    style(tracks, list(styles), held_out)


if __name__ == "__main__":
    main()

"""Fit the network's music output, which tells music from speech and noise, and say how well it does.

    fit_gate.py CHECKPOINT --music DIR... --noise DIR --rooms DIR

A small network on the trunk's features gives each window a logit. The trunk stays as it is, so that a
style head or labels fitted anew change nothing here. A clip's logit is the mean over its most musical
stretch of STRETCH_S; the clip is refused, and not searched, where that is below a threshold, which
rises with the length of the clip: the best of many stretches is higher than the only one.

What is heard: clips of LENGTHS_S, cut and padded as the program does it, clean and through rooms and
microphones with noise down to -5 dB; music on one side, talk, recorded noise and made noise
(`not_music.py`) on the other, degraded alike. Music that the degradation has left beyond naming (mean
cosine to its clean fingerprints below NAMEABLE) takes part in nothing.

Figures are of FOLDS-fold cross-validation with disjoint sources of music and disjoint recordings of
noise, the noise beside the music among them. The threshold is the one that refuses LOST of the
nameable music at 0 dB or better, by those figures; a second one, LOST_UNNAMED of it: what does not reach
that and was not named is called no music after the search. The fit on everything but the sources that the
checkpoint held out goes into the checkpoint, with the rule for the program.
"""

import argparse
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from check import draw_clips
from data import Track, audio_files, join_noises, load_rooms, load_tracks
from degrade import ROOM_SAMPLES, Degrader
from features import FRAMES_PER_SECOND, POWER_FLOOR, SAMPLE_RATE, LogMel
from labels import sources as sources_of
from network import (
    GATE_FRAMES, GATE_HIDDEN, TRUNK, TRUNK_ROWS, WINDOW_STRIDE, EchoNet, Gate, level_normalised, load_network,
    save_checkpoint,
)
from not_music import KINDS, NotMusic

FOLDS = 4
LENGTHS_S = (1.0, 2.0, 3.0, 5.0, 10.0)
SHORT_CLIP_S, SHORT_S = 3.0, 2.5
LONG_CLIP_S, LONG_S = 10.0, 9.25
"""Clips, and the seconds that their windows span. The threshold stays the same up to SHORT_S, then rises with the
logarithm up to LONG_S."""
STRETCH_S = 2.0
SNRS_DB = (None, np.inf, 10.0, 5.0, 0.0, -5.0)
LOST = 0.002
LOST_UNNAMED = 0.03
"""Music that is not in the library is taken for none so often, at 0 dB or better."""
NAMEABLE = 0.5
FIT_FROM = 0.3
"""Music whose mean cosine to its clean fingerprints is lower teaches nothing."""
EDGE_FRAMES, SHORT_FRAMES = 14, 64
"""Silence put around a clip: as in src/embed/stream.rs."""
BATCH_CLIPS = 8
FEATURES = TRUNK[-1][1] * TRUNK_ROWS
EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY, DROPOUT = 6, 1024, 4e-3, 0.3, 0.2
MUSIC_WEIGHT = 2.0
"""Weight of all music against all that is none: a refused song is worse than noise searched in vain."""
MUSIC = "music"


@dataclass
class Clip:
    """What was heard, and what the trunk says of its windows."""

    kind: str
    source: str
    fold: int
    seconds: float
    snr_db: float | None
    likeness: float
    """Mean cosine of its fingerprints to those of the clean clip."""
    held_out: bool
    features: np.ndarray
    """[windows, FEATURES] f16: the mean over the frames of each window."""

    def nameable(self) -> bool:
        return self.kind == MUSIC and self.likeness >= NAMEABLE


class Ear:
    """Clips as the program hears them, one window every 0.25 s."""

    def __init__(self, network: EchoNet) -> None:
        self.network = network
        self.log_mel = LogMel()

    @torch.no_grad()
    def __call__(self, samples: Tensor, phase: int) -> tuple[Tensor, Tensor]:
        """[clips, samples] to (features [clips, windows, FEATURES], fingerprints [clips, windows, 128])."""
        mel = self.log_mel(samples)
        missing = max(0, SHORT_FRAMES - mel.shape[-1])
        before, after = max(EDGE_FRAMES, missing // 2), max(EDGE_FRAMES, missing - missing // 2)
        mel = F.pad(mel, (before, after), value=float(np.log(POWER_FLOOR)))[..., phase:]
        features = self.network.trunk(level_normalised(mel))
        means = F.avg_pool2d(features, (1, GATE_FRAMES), stride=1).flatten(1, 2)
        return means.transpose(1, 2), self.network.fingerprint(features).transpose(1, 2)


def origin(source: str) -> str:
    """What renderings of the same pieces have in common (`render_midi.py`: folder+soundfont)."""
    return source.rsplit("+", 1)[0]


def music_folds(tracks: list[Track]) -> list[int]:
    """The fold of each track: tracks of one origin stay together, where there are enough origins; the folds
    have about as many tracks, but a big origin counts as no more than its share."""
    names = [origin(track.source) for track in tracks]
    if len(set(names)) < FOLDS:
        names = [track.path for track in tracks]
    counts = Counter(names)
    most = max(1, len(tracks) // (2 * FOLDS))
    sizes, folds = [0] * FOLDS, {}
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        fold = int(np.argmin(sizes))
        folds[name] = fold
        sizes[fold] += min(count, most)
    return [folds[name] for name in names]


def noise_folds(noises: list[Path], seed: int) -> list[list[Path]]:
    """Disjoint recordings for each fold; all for each where there are too few."""
    if len(noises) < FOLDS:
        print(f"only {len(noises)} recordings of noise: every fold hears all, and the figures flatter")
        return [noises] * FOLDS
    order = np.random.default_rng([seed, 3]).permutation(len(noises))
    return [[noises[i] for i in sorted(order[fold::FOLDS])] for fold in range(FOLDS)]


class Listening:
    """Everything that clips of one fold and one length are drawn from."""

    def __init__(self, args: argparse.Namespace, ear: Ear, tracks: list[Track], held_out: set[str], fold: int,
                 recordings: list[Path], seconds: float) -> None:
        self.ear, self.tracks, self.held_out, self.fold, self.seconds = ear, tracks, held_out, fold, seconds
        self.length = int(seconds * SAMPLE_RATE)
        self.seed = [args.seed, fold, int(10 * seconds)]
        self.numbers = [i for i, own in enumerate(music_folds(tracks)) if own == fold]
        self.not_music = NotMusic(recordings)
        self.degrader = Degrader(join_noises(recordings), load_rooms(args.rooms), ROOM_SAMPLES, self.length,
                                 args.seed, torch.device("cpu"))

    def clips(self, kind: str, cell: int, count: int) -> list[Clip]:
        """Clips of one kind in the condition SNRS_DB[cell]."""
        rng = np.random.default_rng([*self.seed, cell, (MUSIC, *KINDS).index(kind)])
        clips = []
        while len(clips) < count:
            clips += self._batch(rng, kind, SNRS_DB[cell], min(BATCH_CLIPS, count - len(clips)))
        return clips

    def _batch(self, rng: np.random.Generator, kind: str, snr_db: float | None, count: int) -> list[Clip]:
        if kind == MUSIC:
            excerpts, truth = draw_clips(rng, self.tracks, self.numbers, self.length, count)
            sources = [self.tracks[number].source for number, _ in truth]
        else:
            excerpts = self.not_music.excerpts(rng, kind, count, ROOM_SAMPLES + self.length)
            sources = [kind] * count
        if snr_db is None:
            sound = self.degrader.light(rng, excerpts)
        else:
            sound = self.degrader.full(rng, excerpts, snr_db, room_probability=1.0)
        phase = int(rng.integers(WINDOW_STRIDE))
        features, fingerprints = self.ear(sound, phase)
        likeness = np.ones(count)
        if kind == MUSIC and snr_db is not None:
            clean = self.ear(excerpts[:, ROOM_SAMPLES:], phase)[1]
            likeness = (clean * fingerprints).sum(dim=2).mean(dim=1).numpy()
        return [Clip(kind, source, self.fold, self.seconds, snr_db, float(alike), source in self.held_out, rows)
                for source, alike, rows in zip(sources, likeness, features.half().numpy())]


def hear_all(args: argparse.Namespace, tracks: list[Track], held_out: set[str]) -> list[Clip]:
    ear = Ear(load_network(args.checkpoint))
    clips: list[Clip] = []
    for fold, recordings in enumerate(noise_folds(audio_files(args.noise), args.seed)):
        for seconds in LENGTHS_S:
            listening = Listening(args, ear, tracks, held_out, fold, recordings, seconds)
            for cell in range(len(SNRS_DB)):
                clips += listening.clips(MUSIC, cell, args.clips)
                for kind in KINDS:
                    clips += listening.clips(kind, cell, args.clips // 3)
        print(f"fold {fold}: {len(clips)} clips heard so far", flush=True)
    return clips


class Windows:
    """All windows of clips in one array, and whose they are."""

    def __init__(self, clips: list[Clip]) -> None:
        counts = np.array([len(clip.features) for clip in clips])
        self.clip = np.repeat(np.arange(len(clips)), counts)
        self.ends = np.cumsum(counts)
        self.starts = self.ends - counts
        self.values = np.empty((self.ends[-1], FEATURES), dtype=np.float16)
        for clip, start, end in zip(clips, self.starts, self.ends):
            self.values[start:end] = clip.features
            clip.features = self.values[start:end]

    def seconds(self) -> np.ndarray:
        """What the windows of each clip span."""
        return (self.ends - self.starts) * WINDOW_STRIDE / FRAMES_PER_SECOND


def fit(clips: list[Clip], windows: Windows, taught: np.ndarray, seed: int) -> nn.Sequential:
    """FEATURES to a logit, on the clips that are `taught`."""
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 11])
    used = np.flatnonzero(taught[windows.clip])
    music = np.array([clip.kind == MUSIC for clip in clips])[windows.clip[used]]
    # A long clip counts for more than a short one, but not in proportion.
    counts = windows.ends - windows.starts
    weight = 1 / np.sqrt(counts[windows.clip[used]])
    weight[music] *= MUSIC_WEIGHT * weight[~music].sum() / weight[music].sum()
    weight /= weight.mean()
    some = windows.values[used[:: max(1, len(used) // 20_000)]].astype(np.float32)
    mean, spread = some.mean(axis=0), some.std(axis=0)
    spread += 1e-3 * spread.max() + 1e-9
    net = nn.Sequential(nn.Linear(FEATURES, GATE_HIDDEN), nn.ReLU(), nn.Linear(GATE_HIDDEN, 1))
    optimiser = torch.optim.AdamW(net.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    steps = max(1, EPOCHS * len(used) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    for _ in range(steps):
        drawn = rng.integers(len(used), size=BATCH)
        x = torch.from_numpy((windows.values[used[drawn]].astype(np.float32) - mean) / spread)
        logits = net(F.dropout(x, DROPOUT))[:, 0]
        target = torch.from_numpy(music[drawn].astype(np.float32))
        loss = F.binary_cross_entropy_with_logits(logits, target,
                                                  torch.from_numpy(weight[drawn].astype(np.float32)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        scaled = net[0].weight / torch.from_numpy(spread)
        net[0].bias -= scaled @ torch.from_numpy(mean)
        net[0].weight.copy_(scaled)
    return net


@torch.no_grad()
def logits_of(net: nn.Sequential, values: np.ndarray) -> np.ndarray:
    parts = [net(torch.from_numpy(values[at : at + 8192].astype(np.float32)))[:, 0]
             for at in range(0, len(values), 8192)]
    return torch.cat(parts).numpy()


def taught_clips(clips: list[Clip], without_fold: int | None) -> np.ndarray:
    return np.array([clip.fold != without_fold and not clip.held_out
                     and (clip.kind != MUSIC or clip.likeness >= FIT_FROM) for clip in clips])


def cross_validated(clips: list[Clip], windows: Windows, seed: int) -> np.ndarray:
    """Logits of the windows, each by a fit without the fold of its clip."""
    folds = np.array([clip.fold for clip in clips])[windows.clip]
    logits = np.empty(len(folds), dtype=np.float32)
    for fold in range(FOLDS):
        net = fit(clips, windows, taught_clips(clips, fold), seed)
        logits[folds == fold] = logits_of(net, windows.values[folds == fold])
    return logits


def best_stretch(logits: np.ndarray) -> float:
    """Mean over the most musical STRETCH_S: as in src/embed/gate.rs."""
    count = min(len(logits), round(STRETCH_S * FRAMES_PER_SECOND / WINDOW_STRIDE))
    sums = np.concatenate([[0.0], np.cumsum(logits, dtype=np.float64)])
    return float((sums[count:] - sums[:-count]).max() / count)


def best_stretches(logits: np.ndarray, windows: Windows) -> np.ndarray:
    return np.array([best_stretch(logits[start:end]) for start, end in zip(windows.starts, windows.ends)])


@dataclass
class Threshold:
    """The least logit of a clip by the seconds that its windows span."""

    short: float
    long: float

    def of(self, seconds: np.ndarray) -> np.ndarray:
        rise = np.log(seconds / SHORT_S) / np.log(LONG_S / SHORT_S)
        return self.short + (self.long - self.short) * rise.clip(0.0, 1.0)

    def card(self) -> dict:
        return {"short": round(self.short, 3), "long": round(self.long, 3)}


def threshold_of(clips: list[Clip], best: np.ndarray, lost: float) -> Threshold:
    """Refuses this share of the nameable music at 0 dB or better, of the short clips and of the long ones."""
    judged = np.array([c.nameable() and not c.held_out and (c.snr_db is None or c.snr_db >= 0) for c in clips])
    seconds = np.array([clip.seconds for clip in clips])
    short = float(np.quantile(best[judged & (seconds <= SHORT_CLIP_S)], lost, method="lower"))
    long = float(np.quantile(best[judged & (seconds == LONG_CLIP_S)], lost, method="lower"))
    return Threshold(short, max(short, long))


def rule(searched: Threshold, unnamed: Threshold) -> dict:
    """As src/embed/gate.rs reads it."""
    return {"made_by": "models/train/fit_gate.py", "stretch_s": STRETCH_S, "short_s": SHORT_S, "long_s": LONG_S,
            "searched": searched.card(), "unnamed": unnamed.card()}


def condition(snr_db: float | None) -> str:
    return "clean" if snr_db is None else "room" if snr_db == np.inf else f"room{snr_db:+g}"


def report(clips: list[Clip], refused: np.ndarray) -> None:
    """Share refused of each kind by length and condition."""
    conditions = [condition(snr_db) for snr_db in SNRS_DB]
    print("\n| s | refused, % | " + " | ".join(conditions) + " | all |\n" + "| --- " * (len(conditions) + 3) + "|")
    for kind in (MUSIC, *KINDS):
        for seconds in LENGTHS_S:
            row = []
            for snr_db in (*SNRS_DB, "all"):
                cell = [bool(r) for c, r in zip(clips, refused)
                        if c.kind == kind and c.seconds == seconds and snr_db in (c.snr_db, "all")
                        and (kind != MUSIC or c.nameable())]
                row.append(f"{100 * np.mean(cell):.{2 if kind == MUSIC else 0}f}" if cell else "-")
            print(f"| {seconds:g} | {kind} | " + " | ".join(row) + " |")
    for name, held in (("all music", None), ("of sources that the network never heard", True)):
        chosen = [bool(r) for c, r in zip(clips, refused) if c.nameable() and (c.snr_db is None or c.snr_db >= 0)
                  and (held is None or c.held_out)]
        print(f"{name}: {sum(chosen)} of {len(chosen)} nameable clips at 0 dB or better refused")


def as_gate(net: nn.Sequential) -> Gate:
    """The fit as convolutions: the mean over a window's frames is in the kernel."""
    gate = Gate()
    with torch.no_grad():
        kernel = net[0].weight.view(GATE_HIDDEN, TRUNK[-1][1], TRUNK_ROWS, 1) / GATE_FRAMES
        gate.hidden.weight.copy_(kernel.expand(-1, -1, -1, GATE_FRAMES))
        gate.hidden.bias.copy_(net[0].bias)
        gate.project.weight.copy_(net[2].weight[..., None, None])
        gate.project.bias.copy_(net[2].bias)
    return gate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--music", type=Path, nargs="+", required=True)
    parser.add_argument("--labels", help="as for train.py")
    parser.add_argument("--noise", type=Path, required=True, help="recordings; those of people talking are known"
                                                                  " by their names, 'speech' for one")
    parser.add_argument("--rooms", type=Path)
    parser.add_argument("--clips", type=int, default=60, help="clips of music in a cell of each fold")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    held_out = set(torch.load(args.checkpoint, map_location="cpu", weights_only=True)["held_out"])
    shortest = max(LENGTHS_S) + ROOM_SAMPLES / SAMPLE_RATE + 1
    tracks = [track for folder in args.music
              for track in load_tracks(folder, {}, shortest, sources_of(args.labels, folder))]
    if len(tracks) < FOLDS:
        raise SystemExit(f"{len(tracks)} tracks of {shortest:g} s or more; {FOLDS} or more are needed")
    clips = hear_all(args, tracks, held_out)
    windows = Windows(clips)
    best = best_stretches(cross_validated(clips, windows, args.seed), windows)
    searched, unnamed = (threshold_of(clips, best, lost) for lost in (LOST, LOST_UNNAMED))
    for what, threshold in (("to be searched", searched), ("to be music although not named", unnamed)):
        print(f"\n{what}: {threshold.short:.2f} up to {SHORT_CLIP_S:g} s, {threshold.long:.2f} from"
              f" {LONG_CLIP_S:g} s on")
        report(clips, best < threshold.of(windows.seconds()))

    net = fit(clips, windows, taught_clips(clips, None), args.seed)
    state = torch.load(args.checkpoint, map_location="cpu", weights_only=True)
    state["gate"] = {"network": as_gate(net).state_dict(), "rule": rule(searched, unnamed)}
    save_checkpoint(state, args.checkpoint)
    print(f"\nthe gate is written into {args.checkpoint}")


if __name__ == "__main__":
    main()

"""Put a fitted style in the place of the one that a training gave, from the frozen trunk.

    fit_style.py CHECKPOINT --music DIR... [--noise DIR [--rooms DIR]] [--labels CSV]

In `train.py` the style is a side matter, and that two tracks come from the same source (an album, an
artist, a game) is never learned. Here the trunk stays as it is, and fingerprints with it; a style vector
becomes a linear function of trunk features and texture (`network.FittedStyle`), found in closed form
from the means over tracks:

- each of the two is rotated and scaled so that tracks of one source lie close together (within-class
  covariance normalisation, Hatch et al. 2006), regularised, because sources are few; then the directions
  in which all tracks differ most are kept;
- with --noise, what degradations change of excerpts counts as a difference within a source too;
- the two are joined, the texture with TEXTURE_SHARE of the weight of the trunk.

A source counts by the square root of its number of tracks. Sources that the training held out are left
out. The result is written into the checkpoint; genre and mood, fitted to
the vectors of before, are dropped from it: run fit_labels.py next. `--labels` only matters where it
names sources, as it does for GTZAN and FMA.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from data import Track, load_noise, load_rooms, load_tracks
from degrade import ROOM_SAMPLES, Degrader
from features import HOP, LogMel, samples_for_frames
from labels import sources as sources_of
from network import (
    STYLE_BESIDE, STYLE_FROM_TEXTURE, STYLE_FROM_TRUNK, TEXTURE_DIM, TRUNK, TRUNK_ROWS, WINDOW_FRAMES, WINDOW_STRIDE,
    EchoNet, FittedStyle, Texture, frames_for_windows, level_normalised, load_network,
)

LEAST_TRACKS = 2
MIN_SECONDS = 5
PIECE_WINDOWS = 64
TRUNK_SIZE = TRUNK[-1][1] * TRUNK_ROWS
TRUNK_COMPONENTS = 256
"""Directions of the trunk's windows that are looked at; they hold about 92 % of the variance."""
TRUNK_RIDGE, TEXTURE_RIDGE = 2.0, 3.0
"""Added to the covariance within sources, in shares of its mean variance."""
TEXTURE_SHARE = 0.7
DEGRADED_WEIGHT = 1.0
"""Of the covariance that degradations cause, against the one within sources."""
DEGRADED_PIECES, DEGRADED_WINDOWS = 2, 32
"""Excerpts of a track that are degraded, and windows in each."""
VARIANCE_FLOOR = 1e-8
REPORT_EVERY = 50


@dataclass
class Material:
    """What the fit needs of all tracks."""

    trunk: Tensor
    """[tracks, 768]: mean over windows."""
    texture: Tensor
    """[tracks, TEXTURE_DIM]: likewise."""
    scatter: Tensor
    """[768, 768]: covariance of the trunk features of windows."""
    sources: np.ndarray
    """[tracks] names."""
    trunk_shift: Tensor
    """[excerpts, 768]: what degradation changed of the mean; no rows without noise."""
    texture_shift: Tensor
    """[excerpts, TEXTURE_DIM]: likewise."""


@dataclass
class Projection:
    """x to (x - mean) @ matrix."""

    mean: Tensor
    matrix: Tensor

    def scaled(self, values: Tensor, weights: Tensor, length: float) -> "Projection":
        """The same with the root mean square length of projected `values` made `length`."""
        squares = ((values - self.mean) @ self.matrix).square().sum(dim=1)
        return Projection(self.mean, self.matrix * (length / (weights * squares).sum().sqrt()))

    def rotated(self, generator: torch.Generator) -> "Projection":
        """Turned at random, which changes no cosine. The axes found have very unequal variance, and a
        classifier that scales each value to the same would make much of those that say little."""
        size = self.matrix.shape[1]
        turn, _ = torch.linalg.qr(torch.randn(size, size, generator=generator, dtype=torch.float64))
        return Projection(self.mean, self.matrix @ turn)

    def write(self, convolution: torch.nn.Conv2d) -> None:
        """Makes this the weights of a convolution over features of the same order."""
        with torch.no_grad():
            convolution.weight.copy_(self.matrix.T.reshape(convolution.weight.shape))
            convolution.bias.copy_(-self.mean @ self.matrix)


class Reader:
    """Samples to (trunk features [W, 768], texture [W, TEXTURE_DIM]) of all windows."""

    def __init__(self, network: EchoNet) -> None:
        self.trunk = network.trunk
        self.texture = Texture()
        self.log_mel = LogMel()

    @torch.no_grad()
    def windows(self, sound: Tensor) -> tuple[Tensor, Tensor]:
        """Of excerpts [B, samples]: [B, W, 768] and [B, W, TEXTURE_DIM]."""
        mel = self.log_mel(sound)
        trunk = self.trunk(level_normalised(mel))[..., STYLE_BESIDE:-STYLE_BESIDE]
        return trunk.permute(0, 3, 1, 2).flatten(2).double(), self.texture(mel)[:, :, 0].transpose(1, 2).double()

    def track(self, samples: np.ndarray) -> tuple[Tensor, Tensor]:
        """Of all windows of int16 samples, in pieces."""
        step = samples_for_frames(frames_for_windows(PIECE_WINDOWS))
        last = len(samples) - samples_for_frames(WINDOW_FRAMES)
        parts = [self.windows(sound_of(samples[begin : begin + step])[None])
                 for begin in range(0, last + 1, PIECE_WINDOWS * WINDOW_STRIDE * HOP)]
        trunk, texture = (torch.cat(part, dim=1)[0] for part in zip(*parts))
        return trunk, texture


class Disturber:
    """How degradation, drawn as for training, changes what a reader finds in excerpts."""

    def __init__(self, reader: Reader, noise: Path, rooms: Path | None, seed: int) -> None:
        self.reader = reader
        self.length = samples_for_frames(frames_for_windows(DEGRADED_WINDOWS))
        self.degrader = Degrader(load_noise(noise), load_rooms(rooms), ROOM_SAMPLES, self.length, seed,
                                 torch.device("cpu"))
        self.rng = np.random.default_rng([seed, 13])

    def shifts(self, track: Track) -> tuple[Tensor, Tensor]:
        """Of DEGRADED_PIECES excerpts: [excerpts, 768] and [excerpts, TEXTURE_DIM]; none of short tracks."""
        total = ROOM_SAMPLES + self.length
        starts = np.linspace(0, len(track.samples) - total, DEGRADED_PIECES + 2)[1:-1]
        if starts[0] < 0:
            return torch.empty(0, TRUNK_SIZE).double(), torch.empty(0, TEXTURE_DIM).double()
        excerpts = torch.stack([sound_of(track.samples[int(s) : int(s) + total]) for s in starts])
        clean = self.reader.windows(excerpts[:, ROOM_SAMPLES:])
        heard = self.reader.windows(self.degrader.full(self.rng, excerpts))
        trunk, texture = ((h - c).mean(dim=1) for h, c in zip(heard, clean))
        return trunk, texture


def sound_of(samples: np.ndarray) -> Tensor:
    """int16 to f32 in -1..1."""
    return torch.from_numpy(samples.astype(np.float32) / 32768)


def read(args: argparse.Namespace, network: EchoNet, held_out: set[str]) -> Material:
    reader = Reader(network)
    disturber = Disturber(reader, args.noise, args.rooms, args.seed) if args.noise else None
    tracks = [track for folder in args.music
              for track in load_tracks(folder, {}, MIN_SECONDS, sources_of(args.labels, folder))
              if track.source not in held_out]
    if len(tracks) < LEAST_TRACKS:
        raise SystemExit(f"{len(tracks)} usable tracks are too few to fit a style; it needs {LEAST_TRACKS} or more")
    trunk, texture, windows = [], [], 0
    shifts = [(torch.empty(0, TRUNK_SIZE).double(), torch.empty(0, TEXTURE_DIM).double())]
    total, squares = torch.zeros(TRUNK_SIZE).double(), torch.zeros(TRUNK_SIZE, TRUNK_SIZE).double()
    started = time.monotonic()
    for number, track in enumerate(tracks, 1):
        features, timbre = reader.track(track.samples)
        trunk.append(features.mean(dim=0))
        texture.append(timbre.mean(dim=0))
        total += features.sum(dim=0)
        squares += features.T @ features
        windows += len(features)
        if disturber:
            shifts.append(disturber.shifts(track))
        if number % REPORT_EVERY == 0 or number == len(tracks):
            elapsed = time.monotonic() - started
            left = elapsed / number * (len(tracks) - number)
            print(f"{number} of {len(tracks)} tracks  {elapsed:.0f} s  left {left:.0f} s", flush=True)
    mean = total / windows
    trunk_shift, texture_shift = (torch.cat(part) for part in zip(*shifts))
    return Material(torch.stack(trunk), torch.stack(texture), squares / windows - torch.outer(mean, mean),
                    np.array([track.source for track in tracks]), trunk_shift, texture_shift)


def track_weights(sources: np.ndarray) -> Tensor:
    """[tracks], adding up to 1: a source has the square root of its number of tracks."""
    _, source, count = np.unique(sources, return_inverse=True, return_counts=True)
    weights = torch.from_numpy(count[source] ** -0.5)
    return weights / weights.sum()


def centred(values: Tensor, weights: Tensor) -> Tensor:
    return values - weights @ values / weights.sum()


def covariance(values: Tensor, weights: Tensor) -> Tensor:
    values = centred(values, weights)
    return (values * weights[:, None]).T @ values


def within_sources(values: Tensor, weights: Tensor, sources: np.ndarray) -> Tensor:
    """Covariance of what tracks differ by from the mean of their source."""
    apart = values.clone()
    for source in np.unique(sources):
        rows = torch.from_numpy(sources == source)
        apart[rows] = centred(values[rows], weights[rows])
    return (apart * weights[:, None]).T @ apart


def even(matrix: Tensor) -> Tensor:
    """A covariance whose mean variance is 1."""
    return matrix / (matrix.diagonal().mean() + VARIANCE_FLOOR)


def normalised_within(values: Tensor, shift: Tensor, weights: Tensor, sources: np.ndarray, ridge: float,
                      kept: int) -> Projection:
    """Whitens the covariance within sources and of degradation's `shift`, then keeps the `kept` directions
    of the greatest variance."""
    inside = even(within_sources(values, weights, sources))
    if len(shift):
        inside = even(inside + DEGRADED_WEIGHT * even(shift.T @ shift))
    spread, axes = torch.linalg.eigh(inside + ridge * torch.eye(len(inside)).double())
    whitening = axes / spread.sqrt()
    _, directions = torch.linalg.eigh(whitening.T @ covariance(values, weights) @ whitening)
    return Projection(weights @ values, whitening @ directions.flip(1)[:, :kept])


def trunk_projection(material: Material, weights: Tensor) -> Projection:
    """In the space of the windows' principal components, each scaled by the fourth root of its variance
    (half way to white)."""
    variances, axes = torch.linalg.eigh(material.scatter)
    kept = slice(len(variances) - TRUNK_COMPONENTS, None)
    basis = axes[:, kept] / variances[kept].clamp_min(VARIANCE_FLOOR) ** 0.25
    inner = normalised_within(material.trunk @ basis, material.trunk_shift @ basis, weights, material.sources,
                              TRUNK_RIDGE, STYLE_FROM_TRUNK)
    return Projection(weights @ material.trunk, basis @ inner.matrix).scaled(material.trunk, weights, 1.0)


def texture_projection(material: Material, weights: Tensor) -> Projection:
    """In the space of the values scaled to equal variance over tracks."""
    scale = covariance(material.texture, weights).diagonal().clamp_min(VARIANCE_FLOOR).sqrt()
    inner = normalised_within(material.texture / scale, material.texture_shift / scale, weights, material.sources,
                              TEXTURE_RIDGE, STYLE_FROM_TEXTURE)
    whole = Projection(weights @ material.texture, inner.matrix / scale[:, None])
    return whole.scaled(material.texture, weights, TEXTURE_SHARE)


def fit(material: Material, seed: int) -> FittedStyle:
    weights = track_weights(material.sources)
    generator = torch.Generator().manual_seed(seed)
    style = FittedStyle()
    trunk_projection(material, weights).rotated(generator).write(style.from_trunk)
    texture_projection(material, weights).rotated(generator).write(style.from_texture)
    return style


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--music", type=Path, nargs="+", required=True, help="what the network was trained on")
    parser.add_argument("--labels", help="as for train.py")
    parser.add_argument("--noise", type=Path, help="background recordings to degrade excerpts with")
    parser.add_argument("--rooms", type=Path, help="room responses, besides the synthetic ones")
    parser.add_argument("--seed", type=int, default=1, help="of degradations and of the rotation")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    state = torch.load(args.checkpoint, map_location="cpu", weights_only=True)
    material = read(args, load_network(args.checkpoint), set(state["held_out"]))
    style = fit(material, args.seed)
    state["fitted_style"] = style.state_dict()
    if state.pop("labels", None) is not None:
        print("dropped genre and mood: run fit_labels.py again")
    partial = args.checkpoint.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(args.checkpoint)
    print(f"style of {len(material.sources)} tracks of {len(set(material.sources))} sources"
          f" written into {args.checkpoint}")


if __name__ == "__main__":
    main()

"""Add the texture of the sound to the style that a training gave.

    fit_style.py CHECKPOINT --music DIR... [--noise DIR [--rooms DIR]] [--labels CSV]

The trained style head knows the labels that there were; that two tracks come from the same source (an
album, an artist, a game) says little to it. A style vector becomes a linear function of that head's unit
vector and of texture (`network.FittedStyle`), found in closed form; the trained network stays as it is:

- of the head, the STYLE_FROM_HEAD directions that hold most of its vectors are kept, so that its cosines
  stay what they were;
- texture is rotated and scaled so that tracks of one source lie close together (within-class covariance
  normalisation, Hatch et al. 2006), regularised, because sources are few; then the directions in which all
  tracks differ most are kept. With --noise, what degradations change of excerpts counts as a difference
  within a source too;
- the two are joined, the texture with TEXTURE_SHARE of the weight of the head, and turned at random
  together, so that no value is all head or all texture: the cosine becomes a weighted sum of both.

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
    EMBEDDING_DIM, STYLE_BESIDE, TEXTURE_DIM, WINDOW_FRAMES, WINDOW_STRIDE, EchoNet, FittedStyle, Head, Texture,
    frames_for_windows, level_normalised, load_network, save_checkpoint,
)

LEAST_TRACKS = 2
MIN_SECONDS = 5
PIECE_WINDOWS = 64
STYLE_FROM_HEAD = 72
"""Values of a style vector, before it is turned, that come from the trained head (over 99 % of what its vectors
hold); the others come from texture."""
TEXTURE_RIDGE = 3.0
"""Added to the covariance within sources, in shares of its mean variance."""
TEXTURE_SHARE = 0.7
"""Of 0.4, 0.7 and 1.0 the one with which the most tracks of held-out sources found their like (recall@10)."""
DEGRADED_WEIGHT = 1.0
"""Of the covariance that degradations cause, against the one within sources."""
DEGRADED_PIECES, DEGRADED_WINDOWS = 2, 32
"""Excerpts of a track that are degraded, and windows in each."""
VARIANCE_FLOOR = 1e-8
REPORT_EVERY = 50


@dataclass
class Material:
    """What the fit needs of all tracks."""

    head: Tensor
    """[tracks, 128]: mean over windows of the trained head's vectors."""
    texture: Tensor
    """[tracks, TEXTURE_DIM]: likewise."""
    moments: Tensor
    """[128, 128]: mean over windows of the head's vectors times themselves."""
    sources: np.ndarray
    """[tracks] names."""
    texture_shift: Tensor
    """[excerpts, TEXTURE_DIM]: what degradation changed of the mean; no rows without noise."""


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
    """Samples to (vectors of the trained head [W, 128], texture [W, TEXTURE_DIM]) of all windows."""

    def __init__(self, network: EchoNet) -> None:
        self.trunk = network.trunk
        self.head = trained_head(network)
        self.of_mel = Texture()
        self.log_mel = LogMel()

    @torch.no_grad()
    def texture(self, sound: Tensor) -> Tensor:
        """Of excerpts [B, samples]: [B, W, TEXTURE_DIM]."""
        return self.of_mel(self.log_mel(sound))[:, :, 0].transpose(1, 2).double()

    @torch.no_grad()
    def track(self, samples: np.ndarray) -> tuple[Tensor, Tensor]:
        """Of all windows of int16 samples, in pieces."""
        step = samples_for_frames(frames_for_windows(PIECE_WINDOWS))
        last = len(samples) - samples_for_frames(WINDOW_FRAMES)
        heads, textures = [], []
        for begin in range(0, last + 1, PIECE_WINDOWS * WINDOW_STRIDE * HOP):
            mel = self.log_mel(sound_of(samples[begin : begin + step])[None])
            features = self.trunk(level_normalised(mel))[..., STYLE_BESIDE:-STYLE_BESIDE]
            heads.append(self.head(features)[0].T)
            textures.append(self.of_mel(mel)[0, :, 0].T)
        return torch.cat(heads).double(), torch.cat(textures).double()


class Disturber:
    """How degradation, drawn as for training, changes the texture of excerpts."""

    def __init__(self, reader: Reader, noise: Path, rooms: Path | None, seed: int) -> None:
        self.reader = reader
        self.length = samples_for_frames(frames_for_windows(DEGRADED_WINDOWS))
        self.degrader = Degrader(load_noise(noise), load_rooms(rooms), ROOM_SAMPLES, self.length, seed,
                                 torch.device("cpu"))
        self.rng = np.random.default_rng([seed, 13])

    def shifts(self, track: Track) -> Tensor:
        """Of DEGRADED_PIECES excerpts: [excerpts, TEXTURE_DIM]; none of short tracks."""
        total = ROOM_SAMPLES + self.length
        starts = np.linspace(0, len(track.samples) - total, DEGRADED_PIECES + 2)[1:-1]
        if starts[0] < 0:
            return torch.empty(0, TEXTURE_DIM).double()
        excerpts = torch.stack([sound_of(track.samples[int(s) : int(s) + total]) for s in starts])
        heard = self.reader.texture(self.degrader.full(self.rng, excerpts))
        return (heard - self.reader.texture(excerpts[:, ROOM_SAMPLES:])).mean(dim=1)


def trained_head(network: EchoNet) -> Head:
    """The style head of training, also where a style was fitted before."""
    return network.style.head if isinstance(network.style, FittedStyle) else network.style


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
    head, texture, windows = [], [], 0
    shifts = [torch.empty(0, TEXTURE_DIM).double()]
    moments = torch.zeros(EMBEDDING_DIM, EMBEDDING_DIM).double()
    started = time.monotonic()
    for number, track in enumerate(tracks, 1):
        vectors, timbre = reader.track(track.samples)
        head.append(vectors.mean(dim=0))
        texture.append(timbre.mean(dim=0))
        moments += vectors.T @ vectors
        windows += len(vectors)
        if disturber:
            shifts.append(disturber.shifts(track))
        if number % REPORT_EVERY == 0 or number == len(tracks):
            elapsed = time.monotonic() - started
            left = elapsed / number * (len(tracks) - number)
            print(f"{number} of {len(tracks)} tracks  {elapsed:.0f} s  left {left:.0f} s", flush=True)
    return Material(torch.stack(head), torch.stack(texture), moments / windows,
                    np.array([track.source for track in tracks]), torch.cat(shifts))


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


def head_projection(material: Material, weights: Tensor) -> Projection:
    """To the directions that hold most of the vectors, which are not centred."""
    _, axes = torch.linalg.eigh(material.moments)
    whole = Projection(torch.zeros(EMBEDDING_DIM).double(), axes[:, -STYLE_FROM_HEAD:])
    return whole.scaled(material.head, weights, 1.0)


def texture_projection(material: Material, weights: Tensor) -> Projection:
    """In the space of the values scaled to equal variance over tracks."""
    scale = covariance(material.texture, weights).diagonal().clamp_min(VARIANCE_FLOOR).sqrt()
    inner = normalised_within(material.texture / scale, material.texture_shift / scale, weights, material.sources,
                              TEXTURE_RIDGE, EMBEDDING_DIM - STYLE_FROM_HEAD)
    whole = Projection(weights @ material.texture, inner.matrix / scale[:, None])
    return whole.scaled(material.texture, weights, TEXTURE_SHARE)


def joined(head: Projection, texture: Projection) -> Projection:
    """Of what both apply to, side by side."""
    return Projection(torch.cat([head.mean, texture.mean]), torch.block_diag(head.matrix, texture.matrix))


def fit(material: Material, head: Head, seed: int) -> FittedStyle:
    weights = track_weights(material.sources)
    both = joined(head_projection(material, weights), texture_projection(material, weights))
    style = FittedStyle(head)
    both.rotated(torch.Generator().manual_seed(seed)).write(style.project)
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
    network = load_network(args.checkpoint)
    material = read(args, network, set(state["held_out"]))
    style = fit(material, trained_head(network), args.seed)
    state["fitted_style"] = style.state_dict()
    if state.pop("labels", None) is not None:
        print("dropped genre and mood: run fit_labels.py again")
    save_checkpoint(state, args.checkpoint)
    print(f"style of {len(material.sources)} tracks of {len(set(material.sources))} sources"
          f" written into {args.checkpoint}")


if __name__ == "__main__":
    main()

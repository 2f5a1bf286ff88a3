"""Excerpts of the training music, read on the device that trains.

All music lies in one tensor there. An excerpt is read at any speed: the spectrum of a stretch is cut or padded to
another length and transformed back, which resamples it exactly. Each batch is read in groups of one speed, so that
the transforms run over many excerpts at once, on a GPU and on two processor cores alike.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft
import torch
from torch import Tensor

from data import SILENCE_RMS, Track
from degrade import on, rms
from features import SAMPLE_RATE

OTHER_SPEEDS = ((0.80, 0.92), (1.09, 1.25))
"""A track at another speed is another piece of music: slower or faster within these limits."""
AT_OTHER_SPEED = 0.5
"""Share of the groups whose tracks are played at another speed, as tracks of their own."""
LAYERED = 0.25
"""Share of the groups whose tracks each have another track over them, in both views: music that nobody wrote."""
LAYER_DB = (-8.0, 4.0)
"""Level of the second track against the first."""
GROUPS = 16
"""Groups of tracks in a batch, each at one speed."""
LOSSY_SHARE = 0.5
"""Share of the heard excerpts that went through a codec, where the track has a lossy copy."""
EDGE = 256
"""Samples beside an excerpt where the resampling rings."""
BLOCK = 1600
"""Samples over which loudness is measured to avoid silence."""
PLACES_TRIED = 12


@lru_cache
def fast_length(samples: int) -> int:
    """The largest length up to `samples` whose Fourier transform is fast; one is never far."""
    while scipy.fft.next_fast_len(samples) != samples:
        samples -= 1
    return samples


@dataclass
class Batch:
    """Excerpts 2 t and 2 t + 1 come from the same track at the same speed, far apart."""

    clean: Tensor
    """[2 tracks, lead + length]."""
    shifted: Tensor
    """The same places started a little earlier or later, half of them a little faster or slower."""
    tracks: np.ndarray
    """[2 tracks] track numbers."""
    as_recorded: np.ndarray
    """[2 tracks] whether the track is played at its own speed."""


@dataclass
class Playing:
    """How the excerpts of a group are heard, against how they were recorded."""

    shifts: np.ndarray
    """[excerpts] samples by which they begin later."""
    changed: np.ndarray
    """[excerpts] which are played at another speed."""
    speed: float
    """That of those."""


class Tape:
    """All tracks, one after another, as int16 on the device; lossy copies after them."""

    def __init__(self, tracks: list[Track], device: torch.device) -> None:
        stretches = [track.samples for track in tracks]
        self.lengths = np.array([len(samples) for samples in stretches])
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self.lossy_starts = np.full(len(tracks), -1)
        end = int(self.lengths.sum())
        for number, track in enumerate(tracks):
            if track.lossy is not None:
                self.lossy_starts[number] = end
                stretches.append(track.lossy)
                end += len(track.lossy)
        self.samples = torch.from_numpy(np.concatenate(stretches)).to(device)
        blocks = [np.square(track.samples[: len(track.samples) // BLOCK * BLOCK].astype(np.float32) / 32768)
                  .reshape(-1, BLOCK).mean(axis=1) for track in tracks]
        self.block_starts = np.concatenate([[0], np.cumsum([len(b) for b in blocks])[:-1]])
        self.energy = np.concatenate([[0.0], np.cumsum(np.concatenate(blocks), dtype=np.float64)])

    def loudness(self, tracks: np.ndarray, begin: np.ndarray, samples: int) -> np.ndarray:
        """RMS of stretches that begin at a sample of a track."""
        first = self.block_starts[tracks] + begin // BLOCK
        blocks = max(1, samples // BLOCK)
        last = np.minimum(first + blocks, len(self.energy) - 1)
        return np.sqrt((self.energy[last] - self.energy[first]) / blocks)

    def read(self, begin: np.ndarray, samples: int) -> Tensor:
        """[n, samples] f32 from places on the tape."""
        begin = on(self.samples.device, begin)
        steps = torch.arange(samples, device=self.samples.device)
        return self.samples[begin[:, None] + steps].float() / 32768


class ExcerptSampler:
    """Draws batches of excerpts; the same generator state always gives the same batch."""

    def __init__(self, tracks: list[Track], lead: int, length: int, max_shift: int, max_speed_change: float,
                 other_speeds: bool, device: torch.device) -> None:
        self.tape = Tape(tracks, device)
        self.other_speeds = other_speeds
        self.length = length
        self.total = lead + length
        self.middle = lead + length // 2
        self.max_shift = max_shift
        self.max_speed_change = max_speed_change
        self.size = scipy.fft.next_fast_len(self.total + 2 * EDGE, real=True)
        self.fastest = OTHER_SPEEDS[1][1] * (1 + max_speed_change) if other_speeds else 1 + max_speed_change

    def min_seconds(self) -> float:
        """Shortest track that holds two separate excerpts."""
        return (sum(self._around(self.fastest)) + self.total * self.fastest) / SAMPLE_RATE

    def _around(self, speed: float) -> tuple[int, int]:
        """Samples of a track that must lie before and after the middle of an excerpt."""
        before = (EDGE + self.middle) * speed
        after = (self.size - EDGE - self.middle) * speed
        return int(before) + self.max_shift + 64, int(after) + self.max_shift + 64

    def batch(self, rng: np.random.Generator, n_tracks: int) -> Batch:
        count = len(self.tape.lengths)
        chosen = rng.choice(count, min(n_tracks, count), replace=False)
        clean, shifted, own = [], [], []
        for group in np.array_split(chosen, min(GROUPS, len(chosen))):
            speed = 1.0
            if self.other_speeds and rng.random() < AT_OTHER_SPEED:
                speed = rng.uniform(*OTHER_SPEEDS[rng.integers(2)])
            played = self._playing(rng, 2 * len(group), speed)
            first, second = self._views(rng, group, speed, played)
            layered = rng.random() < LAYERED
            if layered:
                over, over_second = self._views(rng, rng.permutation(count)[: len(group)], speed, played)
                level = 10 ** (rng.uniform(*LAYER_DB, len(group)).repeat(2) / 20)
                gain = on(first.device, level.astype(np.float32)) * rms(first) / (rms(over) + 1e-6)
                first, second = first + gain[:, None] * over, second + gain[:, None] * over_second
            clean.append(first)
            shifted.append(second)
            own.append(np.full(2 * len(group), speed == 1.0 and not layered))
        return Batch(torch.cat(clean), torch.cat(shifted), np.repeat(chosen, 2), np.concatenate(own))

    def _playing(self, rng: np.random.Generator, excerpts: int, speed: float) -> Playing:
        return Playing(
            shifts=rng.integers(-self.max_shift, self.max_shift + 1, excerpts),
            changed=rng.permutation(excerpts) < excerpts // 2,
            speed=speed * (1 + rng.uniform(-self.max_speed_change, self.max_speed_change)),
        )

    def _views(self, rng: np.random.Generator, group: np.ndarray, speed: float,
               played: Playing) -> tuple[Tensor, Tensor]:
        """Two excerpts of each track as recorded, and as heard: each [2 tracks, lead + length]."""
        places = self._places(rng, group, speed)
        tracks = np.repeat(group, 2)
        clean = self._read(self.tape.starts[tracks], places, speed)
        return clean, self._heard(rng, tracks, places, speed, played)

    def _places(self, rng: np.random.Generator, tracks: np.ndarray, speed: float) -> np.ndarray:
        """Middles of two excerpts of each track that do not overlap, not silent if possible: [2 tracks]."""
        before, after = self._around(speed * (1 + self.max_speed_change))
        room = self.tape.lengths[tracks] - before - after
        drawn = before + (rng.random((2, PLACES_TRIED, len(tracks))) * room).astype(np.int64)
        heard = int(self.length * speed)
        loud = np.stack([self.tape.loudness(tracks, middles - heard // 2, heard) for middles in drawn]) > SILENCE_RMS
        good = loud.all(axis=0) & (np.abs(drawn[0] - drawn[1]) >= self.total * speed)
        best = good.argmax(axis=0)
        pairs = drawn[:, best, np.arange(len(tracks))]
        ends = np.stack([np.full(len(tracks), before), before + room])
        return np.where(good.any(axis=0), pairs, ends).T.reshape(-1)

    def _heard(self, rng: np.random.Generator, tracks: np.ndarray, places: np.ndarray, speed: float,
               played: Playing) -> Tensor:
        """The excerpts as another device begins and plays them; the middle stays in place."""
        places = places + played.shifts
        lossy = self.tape.lossy_starts[tracks]
        starts = np.where((lossy >= 0) & (rng.random(len(tracks)) < LOSSY_SHARE), lossy, self.tape.starts[tracks])
        heard = torch.empty((len(places), self.total), device=self.tape.samples.device)
        for part, at in ((~played.changed, speed), (played.changed, played.speed)):
            if part.any():
                heard[on(heard.device, part)] = self._read(starts[part], places[part], at)
        return heard

    def _read(self, starts: np.ndarray, middles: np.ndarray, speed: float) -> Tensor:
        """[n, lead + length] around `middles`, played at `speed`."""
        if speed == 1.0:
            return self.tape.read(starts + middles - self.middle, self.total)
        taken = fast_length(round(self.size * speed))
        speed = taken / self.size
        begin = starts + middles - round((EDGE + self.middle) * speed)
        spectrum = torch.fft.rfft(self.tape.read(begin, taken))
        bins = self.size // 2 + 1
        if spectrum.shape[1] > bins:
            spectrum = spectrum[:, :bins]
        played = torch.fft.irfft(spectrum, n=self.size) * (self.size / taken)
        return played[:, EDGE : EDGE + self.total]

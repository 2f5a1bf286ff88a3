"""What a room, a loudspeaker, a bad microphone and other people do to music, in batches.

Room, microphone and noise are applied together in one Fourier transform per excerpt. Its circular
wrap-around stays inside the lead that every excerpt carries and that is cut off at the end.
"""

import librosa
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from features import F_MAX, F_MIN, N_MELS, POWER_FLOOR, SAMPLE_RATE

ROOM_SAMPLES = 16_000
"""Longest room response (1 s), and so the least lead of an excerpt."""
N_SYNTHETIC_ROOMS = 400
N_DAMPED_ROOMS = 16
"""Versions of each recorded room."""
RECORDED_SHARE = 0.5
"""Share of the rooms that were recorded."""
REVERBERATION_S = (0.15, 2.5)
"""Time in which the tail of a synthetic room falls by 60 dB."""
SNR_RANGE_DB = (-5.0, 15.0)
GAIN_POINTS = 512
"""Frequencies at which a microphone is drawn; between them its gain is interpolated."""


def synthetic_room(rng: np.random.Generator) -> np.ndarray:
    """A room response [ROOM_SAMPLES] of unit energy: direct sound, early echoes, decaying tail."""
    reverberation_time = np.exp(rng.uniform(*np.log(REVERBERATION_S)))
    t = np.arange(ROOM_SAMPLES) / SAMPLE_RATE
    tail = rng.standard_normal(ROOM_SAMPLES) * 10 ** (-3 * t / reverberation_time)
    tail[: int(rng.uniform(0.0, 0.01) * SAMPLE_RATE)] = 0
    direct_to_tail = 10 ** (rng.uniform(-6, 12) / 20)
    response = tail / (np.sqrt(np.sum(tail**2)) * direct_to_tail)
    response[0] += 1
    for _ in range(rng.integers(3, 12)):
        response[int(rng.uniform(0.001, 0.05) * SAMPLE_RATE)] += rng.uniform(-0.6, 0.6)
    return response / np.sqrt(np.sum(response**2))


def damped_room(rng: np.random.Generator, recorded: np.ndarray) -> np.ndarray:
    """A recorded response [ROOM_SAMPLES] of unit energy, half the time with its tail damped."""
    response = np.zeros(ROOM_SAMPLES)
    length = min(len(recorded), ROOM_SAMPLES)
    t = np.arange(length) / SAMPLE_RATE
    response[:length] = recorded[:length] * np.exp(-t * max(0.0, rng.uniform(-8, 8)))
    return response / np.sqrt(np.sum(response**2))


def microphone_gain(rng: np.random.Generator, f: np.ndarray) -> np.ndarray:
    """Gain at each frequency (Hz, above 0): band limits, tilt and resonances of a small microphone."""
    if rng.random() < 0.1:
        low, high, order = rng.uniform(250, 400), rng.uniform(3000, 3800), 6
    else:
        low, high = np.exp(rng.uniform(np.log(30), np.log(300))), rng.uniform(3500, 8000)
        order = rng.integers(1, 4)
    gain = 1 / np.sqrt((1 + (low / f) ** (2 * order)) * (1 + (f / high) ** (2 * order)))
    octaves = np.log2(f / 1000)
    level_db = rng.uniform(-2.5, 2.5) * octaves
    for _ in range(rng.integers(0, 4)):
        centre, width = rng.uniform(-3.5, 3), rng.uniform(0.1, 0.8)
        level_db += rng.uniform(-8, 8) * np.exp(-0.5 * ((octaves - centre) / width) ** 2)
    return gain * 10 ** (np.clip(level_db, -20, 20) / 20)


class Degrader:
    """Degrades batches of excerpts [B, lead + length] on the device that they are on."""

    def __init__(self, noise: np.ndarray, recorded_rooms: list[np.ndarray], lead: int, length: int,
                 seed: int, device: torch.device) -> None:
        if lead < ROOM_SAMPLES:
            raise ValueError(f"the lead must have at least {ROOM_SAMPLES} samples")
        rng = np.random.default_rng([seed, 7])
        self.lead = lead
        self.total = lead + length
        self.noise = np.resize(noise, len(noise) + self.total)
        self.gain_frequencies = np.geomspace(20, SAMPLE_RATE / 2, GAIN_POINTS)
        frequencies = np.fft.rfftfreq(self.total, 1 / SAMPLE_RATE)
        place = np.interp(frequencies, self.gain_frequencies, np.arange(GAIN_POINTS))
        self.gain_below = torch.from_numpy(place.astype(np.int64).clip(0, GAIN_POINTS - 2)).to(device)
        self.gain_part = torch.from_numpy(place.astype(np.float32)).to(device) - self.gain_below
        rooms = [synthetic_room(rng) for _ in range(N_SYNTHETIC_ROOMS)]
        self.n_synthetic = len(rooms)
        rooms += [damped_room(rng, room) for room in recorded_rooms for _ in range(N_DAMPED_ROOMS)]
        responses = torch.tensor(np.stack(rooms), dtype=torch.float32, device=device)
        self.rooms = torch.fft.rfft(responses, n=self.total)
        self.device = device

    def light(self, rng: np.random.Generator, excerpts: Tensor) -> Tensor:
        """Another level and nothing else: [B, length]."""
        return self._recorded(rng, excerpts[:, self.lead :])

    def full(self, rng: np.random.Generator, excerpts: Tensor, snr_db: float | None = None,
             room_probability: float = 0.75) -> Tensor:
        """Everything, each part with its own probability: [B, length].

        Half of the noise comes through the microphone, the other half beside it.

        `snr_db` fixes the signal-to-noise ratio of every excerpt; otherwise it is drawn from
        SNR_RANGE_DB, and a fifth of the excerpts stays without noise.
        """
        batch = len(excerpts)
        if snr_db is None:
            excerpts = self._mixed(rng, excerpts)
        spectrum = torch.fft.rfft(excerpts)
        spectrum = spectrum * self._room_spectra(rng, batch, room_probability)
        gains = self._microphone_gains(rng, batch)
        noise_gains = torch.where(flags(rng, batch, 0.5, self.device), gains, torch.ones_like(gains))
        noise = self._noise_spectra(rng, batch) * noise_gains
        spectrum = spectrum * gains
        spectrum = spectrum + noise * self._noise_level(rng, spectrum, noise, snr_db)[:, None]
        samples = torch.fft.irfft(spectrum, n=self.total)[:, self.lead :]
        return self._recorded(rng, self._clipped(rng, samples))

    def _mixed(self, rng: np.random.Generator, excerpts: Tensor) -> Tensor:
        """Some excerpts with another track (two places on) faintly under them."""
        faint = 10 ** (rng.uniform(-18, -5, len(excerpts)) / 20) * (rng.random(len(excerpts)) < 0.15)
        gain = torch.tensor(faint, dtype=torch.float32, device=self.device)
        other = excerpts.roll(2, 0)
        gain = gain * rms(excerpts) / (rms(other) + 1e-6)
        return excerpts + gain[:, None] * other

    def _room_spectra(self, rng: np.random.Generator, batch: int, probability: float) -> Tensor:
        n_recorded = len(self.rooms) - self.n_synthetic
        number = rng.integers(self.n_synthetic, size=batch)
        if n_recorded:
            recorded = self.n_synthetic + rng.integers(n_recorded, size=batch)
            number = np.where(rng.random(batch) < RECORDED_SHARE, recorded, number)
        spectra = self.rooms[torch.from_numpy(number).to(self.device)]
        return torch.where(flags(rng, batch, probability, self.device), spectra, torch.ones_like(spectra))

    def _microphone_gains(self, rng: np.random.Generator, batch: int) -> Tensor:
        drawn = np.stack([
            microphone_gain(rng, self.gain_frequencies) if rng.random() < 0.85 else np.ones(GAIN_POINTS)
            for _ in range(batch)
        ])
        drawn = torch.tensor(drawn, dtype=torch.float32, device=self.device)
        below, above = drawn[:, self.gain_below], drawn[:, self.gain_below + 1]
        return torch.lerp(below, above, self.gain_part)

    def _noise_spectra(self, rng: np.random.Generator, batch: int) -> Tensor:
        excerpts = np.empty((batch, self.total), dtype=np.float32)
        for row in excerpts:
            if rng.random() < 0.12:
                row[:] = rng.standard_normal(self.total, dtype=np.float32)
                continue
            row[:] = self._noise_excerpt(rng)
            if rng.random() < 0.4:
                row += rng.uniform(0.2, 1.0) * self._noise_excerpt(rng)
        return torch.fft.rfft(torch.from_numpy(excerpts).to(self.device))

    def _noise_level(self, rng: np.random.Generator, signal: Tensor, noise: Tensor,
                     snr_db: float | None) -> Tensor:
        """Gain of each noise against its signal, by Parseval's theorem."""
        batch = len(signal)
        if snr_db is None:
            level = 10 ** (-rng.uniform(*SNR_RANGE_DB, batch) / 20) * (rng.random(batch) < 0.8)
        else:
            level = np.full(batch, 10 ** (-snr_db / 20))
        level = torch.tensor(level, dtype=torch.float32, device=self.device)
        return level * energy(signal).sqrt() / (energy(noise).sqrt() + 1e-6)

    def _noise_excerpt(self, rng: np.random.Generator) -> np.ndarray:
        begin = int(rng.integers(len(self.noise) - self.total))
        return self.noise[begin : begin + self.total]

    def _clipped(self, rng: np.random.Generator, samples: Tensor) -> Tensor:
        batch = len(samples)
        limit = np.where(rng.random(batch) < 0.2, rng.uniform(0.1, 0.7, batch), 1.0)
        peak = samples.abs().amax(dim=1, keepdim=True)
        limit = torch.tensor(limit, dtype=torch.float32, device=self.device)[:, None] * peak
        return torch.clamp(samples, -limit, limit)

    def _recorded(self, rng: np.random.Generator, samples: Tensor) -> Tensor:
        """At a random level below full scale, rounded to 16 bits."""
        level = 10 ** (rng.uniform(-40, 0, len(samples)) / 20)
        gain = torch.tensor(level, dtype=torch.float32, device=self.device)[:, None]
        peak = samples.abs().amax(dim=1, keepdim=True).clamp_min(1e-4)
        return (samples * (gain / peak) * 32767).round() / 32768


class Warper:
    """Changes the pitch or the tempo of log-mel items [B, 1, bands, frames] without the other."""

    def __init__(self, device: torch.device) -> None:
        self.centres = librosa.mel_frequencies(N_MELS + 2, fmin=F_MIN, fmax=F_MAX)[1:-1]
        self.device = device

    def __call__(self, rng: np.random.Generator, mel: Tensor, share: float, most: float) -> Tensor:
        """Warps `share` of the items by up to `most` (0.04: 4 %); the middle frame stays in place."""
        items = np.flatnonzero(rng.random(len(mel)) < share)
        if not len(items):
            return mel
        n_frames = mel.shape[3]
        grids = np.empty((len(items), N_MELS, n_frames, 2), dtype=np.float32)
        for grid in grids:
            factor = 1 + rng.uniform(-most, most)
            band, frame = np.arange(N_MELS), np.linspace(-1, 1, n_frames)
            if rng.random() < 0.5:
                band = np.interp(self.centres / factor, self.centres, band)
            else:
                frame = frame * factor
            grid[..., 0] = frame
            grid[..., 1] = (2 * band / (N_MELS - 1) - 1)[:, None]
        chosen = torch.from_numpy(items).to(self.device)
        warped = F.grid_sample(mel[chosen], torch.from_numpy(grids).to(self.device),
                               padding_mode="border", align_corners=True)
        return mel.index_copy(0, chosen, warped)


def cut_out(rng: np.random.Generator, mel: Tensor) -> Tensor:
    """Log-mel [B, 1, bands, frames] with bands or stretches of time removed from some of it.

    A quarter is cut down to a clip of 0.9 to 2.2 s with digital silence around it, as when a clip
    shorter than one window, or hardly longer, has to be named.
    """
    mel = mel.clone()
    silence = float(np.log(POWER_FLOOR))
    n_bands, n_frames = mel.shape[2:]
    for item in mel:
        if rng.random() < 0.25:
            begin = rng.integers(n_bands)
            item[:, begin : begin + rng.integers(4, 24)] -= 20
        if rng.random() < 0.15:
            begin = rng.integers(n_frames)
            item[:, :, begin : begin + rng.integers(2, 10)] -= 20
        if rng.random() < 0.25:
            kept = int(rng.integers(27, 68))
            begin = (n_frames - kept) // 2 + int(rng.integers(-4, 5))
            item[:, :, : max(0, begin)] = silence
            item[:, :, begin + kept :] = silence
    return mel.clamp_min(silence)


def flags(rng: np.random.Generator, batch: int, probability: float, device: torch.device) -> Tensor:
    """Which rows of a batch: booleans [batch, 1]."""
    return torch.from_numpy(rng.random(batch) < probability).to(device)[:, None]


def energy(spectra: Tensor) -> Tensor:
    """Sum of the squared magnitudes of each row of complex spectra: [B]."""
    return torch.view_as_real(spectra).square().sum(dim=(1, 2))


def rms(rows: Tensor) -> Tensor:
    """Root mean square of each row: [B]."""
    return rows.square().mean(dim=1).sqrt()

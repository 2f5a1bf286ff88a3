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
N_SYNTHETIC_ROOMS = 800
N_DAMPED_ROOMS = 16
"""Versions of each recorded room."""
RECORDED_SHARE = 0.5
"""Share of the rooms that were recorded."""
REVERBERATION_S = (0.15, 2.5)
"""Time in which the tail of a synthetic room falls by 60 dB."""
SNR_RANGE_DB = (-5.0, 15.0)
N_MICROPHONES = 2048
"""Microphones drawn at the start, from which each excerpt takes one."""
NOISE_IN_ROOM = 0.3
"""Share of the excerpts whose noise sounds in a room too, another than the music's."""
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
        self.noise = torch.from_numpy(np.resize(noise, len(noise) + self.total)).to(device)
        self.gain_frequencies = np.geomspace(20, SAMPLE_RATE / 2, GAIN_POINTS)
        microphones = [microphone_gain(rng, self.gain_frequencies) for _ in range(N_MICROPHONES)]
        self.microphones = torch.tensor(np.stack(microphones), dtype=torch.float32, device=device)
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
        spectra = self.rooms[on(self.device, number)]
        return torch.where(flags(rng, batch, probability, self.device), spectra, torch.ones_like(spectra))

    def _microphone_gains(self, rng: np.random.Generator, batch: int) -> Tensor:
        drawn = self.microphones[on(self.device, rng.integers(N_MICROPHONES, size=batch))]
        drawn = torch.where(flags(rng, batch, 0.85, self.device), drawn, torch.ones_like(drawn))
        below, above = drawn[:, self.gain_below], drawn[:, self.gain_below + 1]
        return torch.lerp(below, above, self.gain_part)

    def _noise_spectra(self, rng: np.random.Generator, batch: int) -> Tensor:
        """One recording, or two over each other, or white noise."""
        second = rng.uniform(0.2, 1.0, batch) * (rng.random(batch) < 0.4)
        recorded = self._noise_excerpts(rng, batch)
        recorded = recorded + on(self.device, second.astype(np.float32))[:, None] * self._noise_excerpts(rng, batch)
        generator = torch.Generator(self.device).manual_seed(int(rng.integers(1 << 62)))
        white = torch.randn(recorded.shape, generator=generator, device=self.device)
        spectra = torch.fft.rfft(torch.where(flags(rng, batch, 0.12, self.device), white, recorded))
        return spectra * self._room_spectra(rng, batch, NOISE_IN_ROOM)

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

    def _noise_excerpts(self, rng: np.random.Generator, batch: int) -> Tensor:
        begin = on(self.device, rng.integers(len(self.noise) - self.total, size=batch))
        return self.noise[begin[:, None] + torch.arange(self.total, device=self.device)]

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
        n_bands, n_frames = mel.shape[2:]
        band = np.tile(np.arange(n_bands, dtype=np.float32), (len(items), 1))
        frame = np.tile(np.linspace(-1, 1, n_frames, dtype=np.float32), (len(items), 1))
        for i, factor in enumerate(1 + rng.uniform(-most, most, len(items))):
            if rng.random() < 0.5:
                band[i] = np.interp(self.centres / factor, self.centres, band[i])
            else:
                frame[i] *= factor
        shape = (len(items), n_bands, n_frames)
        rows = on(self.device, 2 * band / (n_bands - 1) - 1)[:, :, None].expand(shape)
        grids = torch.stack([on(self.device, frame)[:, None].expand(shape), rows], dim=3)
        chosen = on(self.device, items)
        warped = F.grid_sample(mel[chosen], grids, padding_mode="border", align_corners=True)
        return mel.index_copy(0, chosen, warped)


def cut_out(rng: np.random.Generator, mel: Tensor) -> Tensor:
    """Log-mel [B, 1, bands, frames] with bands or stretches of time removed from some of it.

    A quarter is cut down to a clip of 0.9 to 2.2 s with digital silence around it, as when a clip
    shorter than one window, or hardly longer, has to be named.
    """
    silence = float(np.log(POWER_FLOOR))
    count, _, n_bands, n_frames = mel.shape
    bands = torch.arange(n_bands, device=mel.device)[:, None]
    frames = torch.arange(n_frames, device=mel.device)

    def inside(places: Tensor, begin: np.ndarray, width: np.ndarray, probability: float) -> Tensor:
        """Of each item, the bands or frames from `begin` on, `width` of them, in a share of the items."""
        width = np.where(rng.random(count) < probability, width, 0)
        first, end = (on(mel.device, edge).view(-1, 1, 1, 1) for edge in (begin, begin + width))
        return (places >= first) & (places < end)

    removed = inside(bands, rng.integers(n_bands, size=count), rng.integers(4, 24, count), 0.25)
    removed = removed | inside(frames, rng.integers(n_frames, size=count), rng.integers(2, 10, count), 0.15)
    mel = torch.where(removed, mel - 20, mel)
    kept = rng.integers(27, 68, count)
    whole = rng.random(count) >= 0.25
    begin = np.where(whole, 0, (n_frames - kept) // 2 + rng.integers(-4, 5, count))
    clip = inside(frames, begin, np.where(whole, n_frames, kept), 1.0)
    return torch.where(clip, mel, silence).clamp_min(silence)


def on(device: torch.device, values: np.ndarray) -> Tensor:
    """An array as a tensor on a device."""
    return torch.from_numpy(values).to(device, non_blocking=True)


def flags(rng: np.random.Generator, batch: int, probability: float, device: torch.device) -> Tensor:
    """Which rows of a batch: booleans [batch, 1]."""
    return on(device, rng.random(batch) < probability)[:, None]


def energy(spectra: Tensor) -> Tensor:
    """Sum of the squared magnitudes of each row of complex spectra: [B]."""
    return torch.view_as_real(spectra).square().sum(dim=(1, 2))


def rms(rows: Tensor) -> Tensor:
    """Root mean square of each row: [B]."""
    return rows.square().mean(dim=1).sqrt()

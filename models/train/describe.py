"""What a track is like in plain measurements: timbre, loudness, tempo, key.

The style head is asked to keep tracks apart as far as these measurements are apart. They describe the
clean track as a whole, so they cost nothing in a training step.
"""

import librosa
import numpy as np
import scipy.fft
import torch

from features import FRAMES_PER_SECOND, SAMPLE_RATE, LogMel

N_MFCC = 20
CHROMA_FFT = 8192
CHROMA_HOP = 4096
TEMPO_BPM = (40.0, 240.0)
N_TEMPI = 32
PIECE_SAMPLES = 30 * SAMPLE_RATE
"""Sound whose spectrogram is held in memory at once."""


class Describer:
    """Samples of a track to one vector per group of measurements."""

    def __init__(self) -> None:
        self.log_mel = LogMel()
        self.chroma_bank = librosa.filters.chroma(sr=SAMPLE_RATE, n_fft=CHROMA_FFT)
        self.chroma_window = np.hanning(CHROMA_FFT).astype(np.float32)

    def describe(self, samples: np.ndarray) -> dict[str, np.ndarray]:
        """`samples`: mono int16 at SAMPLE_RATE."""
        sound = samples.astype(np.float32) / 32768
        mel = self._mel(sound)
        return {
            "timbre": timbre(mel),
            "loudness": loudness(mel),
            "tempo": tempo(mel),
            "key": self._key(sound),
        }

    def _mel(self, sound: np.ndarray) -> np.ndarray:
        """Log-mel [128, frames]."""
        pieces = [sound[i : i + PIECE_SAMPLES] for i in range(0, len(sound), PIECE_SAMPLES)]
        with torch.no_grad():
            mels = [self.log_mel(torch.from_numpy(p)[None])[0, 0].numpy() for p in pieces if len(p) >= 4096]
        return np.concatenate(mels, axis=1)

    def _key(self, sound: np.ndarray) -> np.ndarray:
        """How much each pitch class is heard: 12 values of unit length."""
        frames = np.lib.stride_tricks.sliding_window_view(sound, CHROMA_FFT)[::CHROMA_HOP]
        power = np.abs(scipy.fft.rfft(frames * self.chroma_window, axis=1)) ** 2
        chroma = power @ self.chroma_bank.T
        chroma = chroma / (chroma.max(axis=1, keepdims=True) + 1e-9)
        mean = chroma.mean(axis=0)
        return mean / (np.linalg.norm(mean) + 1e-9)


def timbre(mel: np.ndarray) -> np.ndarray:
    """Mean and deviation of the cepstral coefficients 1 to N_MFCC - 1 (the level is left out)."""
    mfcc = scipy.fft.dct(mel, axis=0, norm="ortho")[1:N_MFCC]
    return np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)])


def loudness(mel: np.ndarray) -> np.ndarray:
    """How far the loudness moves: deviation, distance of quiet to loud, share of quiet frames."""
    level = np.log(np.exp(mel).sum(axis=0))
    low, middle, high = np.percentile(level, [10, 50, 95])
    return np.array([level.std(), high - low, high - middle, np.mean(level < high - 3.0)])


def tempo(mel: np.ndarray) -> np.ndarray:
    """How strongly the onsets repeat at N_TEMPI tempi from 40 to 240 beats a minute, and how many
    onsets there are."""
    onset = np.maximum(np.diff(mel, axis=1), 0).mean(axis=0)
    rate = onset.mean()
    onset = onset - onset.mean()
    n = len(onset)
    spectrum = np.abs(np.fft.rfft(onset, 2 * n)) ** 2
    correlation = np.fft.irfft(spectrum)[:n] / (np.sum(onset**2) + 1e-9)
    bpm = np.geomspace(*TEMPO_BPM, N_TEMPI)
    strength = np.interp(60 * FRAMES_PER_SECOND / bpm, np.arange(n), correlation)
    return np.append(strength, 3 * rate)


def distances(tracks: list[dict[str, np.ndarray]]) -> np.ndarray:
    """Distance of every track to every other [n, n]: the mean over the groups of measurements, each
    scaled so that its values weigh the same and its mean distance is 1."""
    total = np.zeros((len(tracks), len(tracks)))
    for group in tracks[0]:
        values = np.stack([track[group] for track in tracks])
        if group in ("timbre", "loudness"):
            values = (values - values.mean(axis=0)) / (values.std(axis=0) + 1e-9)
        square = np.sum(values**2, axis=1)
        apart = np.sqrt(np.maximum(square[:, None] + square - 2 * values @ values.T, 0))
        total += apart / (apart.mean() + 1e-9)
    return (total / len(tracks[0])).astype(np.float32)

"""Sound that is no music, in batches: talk, noise as it was recorded, noise made here."""

from pathlib import Path

import numpy as np
import soxr
import torch
from torch import Tensor

from data import load_audio
from features import SAMPLE_RATE

SPEECH, NOISE, MADE = "speech", "noise", "made noise"
KINDS = (SPEECH, NOISE, MADE)
SPEECH_NAMES = ("speech", "librispeech", "talk", "voice")
"""A recording with one of these in its name is somebody talking, unless its name ends in another word of
what is heard."""
NOT_SPEECH = ("kitchen",)
VOICES = (0.82, 1.22)
"""Talk is also played slower and faster within these limits, as if others talked."""
PAUSES_S = (0.0, 0.7)
QUIETEST_RMS = 1e-4


def is_speech(path: Path) -> bool:
    """Whether a recording's name says that somebody talks in it."""
    name = path.stem.lower()
    return any(word in name for word in SPEECH_NAMES) and not name.endswith(NOT_SPEECH)


class NotMusic:
    """Draws excerpts [count, samples] of recordings and of what can be made."""

    def __init__(self, recordings: list[Path]) -> None:
        talk = [load_audio(path) for path in recordings if is_speech(path)]
        noise = [load_audio(path) for path in recordings if not is_speech(path)]
        self.talk, self.noise = ([at_unit_level(r) for r in rows if loud(r)] for rows in (talk, noise))

    def excerpts(self, rng: np.random.Generator, kind: str, count: int, samples: int) -> Tensor:
        """Of one kind; where there is no recording of it, made noise."""
        draw = {SPEECH: self._speech if self.talk else made_noise,
                NOISE: self._noise if self.noise else made_noise}.get(kind, made_noise)
        rows = [0.1 * at_unit_level(draw(rng, samples)) for _ in range(count)]
        return torch.from_numpy(np.stack(rows).astype(np.float32))

    def _speech(self, rng: np.random.Generator, samples: int) -> np.ndarray:
        """Somebody talks, a sentence after another, with pauses; sometimes two at once."""
        speech = self._talker(rng, samples)
        if rng.random() < 0.2:
            speech = speech + rng.uniform(0.2, 1.0) * self._talker(rng, samples)
        return speech

    def _talker(self, rng: np.random.Generator, samples: int) -> np.ndarray:
        speed = rng.uniform(*VOICES) if rng.random() < 0.6 else 1.0
        pieces, length = [], 0
        while length < samples:
            sentence = self.talk[rng.integers(len(self.talk))]
            longest = int(samples * 1.3) + SAMPLE_RATE
            begin = int(rng.integers(max(1, len(sentence) - longest))) if len(sentence) > longest else 0
            sentence = sentence[begin : begin + longest]
            if speed != 1.0:
                sentence = soxr.resample(sentence, SAMPLE_RATE * speed, SAMPLE_RATE, quality="LQ")
            if not pieces:
                sentence = sentence[int(rng.integers(max(1, len(sentence) - SAMPLE_RATE))) :]
            pause = np.zeros(int(rng.uniform(*PAUSES_S) * SAMPLE_RATE), dtype=np.float32)
            pieces += [sentence, pause]
            length += len(sentence) + len(pause)
        return np.concatenate(pieces)[:samples]

    def _noise(self, rng: np.random.Generator, samples: int) -> np.ndarray:
        """One recording, or two together."""
        noise = self._recording(rng, samples)
        if rng.random() < 0.3:
            noise = noise + rng.uniform(0.2, 1.0) * self._recording(rng, samples)
        return noise

    def _recording(self, rng: np.random.Generator, samples: int) -> np.ndarray:
        recording = self.noise[rng.integers(len(self.noise))]
        begin = int(rng.integers(max(1, len(recording) - samples)))
        return np.resize(recording[begin:] if len(recording) > samples else np.roll(recording, begin), samples)


def made_noise(rng: np.random.Generator, samples: int) -> np.ndarray:
    """White, pink, brown or banded noise, mains hum, clicks, or gusts; some of them together."""
    makers = (coloured, coloured, banded, hum, clicks, gusts)
    noise = makers[rng.integers(len(makers))](rng, samples)
    if rng.random() < 0.4:
        other = makers[rng.integers(len(makers))](rng, samples)
        noise = at_unit_level(noise) + rng.uniform(0.1, 1.0) * at_unit_level(other)
    return noise


def coloured(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Power falls with frequency to the power of 0 (white), 1 (pink) to 2 (brown)."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1.0) ** (rng.uniform(0.0, 2.0) / 2)
    return np.fft.irfft(spectrum, samples)


def banded(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Noise of a band of a third of an octave to three: a fan, a hiss."""
    f = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE) + 1.0
    centre, width = np.exp(rng.uniform(np.log(100), np.log(6000))), rng.uniform(0.3, 3.0)
    shape = np.exp(-0.5 * (np.log2(f / centre) / width) ** 2)
    return np.fft.irfft(np.fft.rfft(rng.standard_normal(samples)) * shape, samples)


def hum(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Mains hum and its harmonics over some noise."""
    t = np.arange(samples) / SAMPLE_RATE
    mains = rng.choice([50.0, 60.0]) * rng.choice([1, 2])
    fall = rng.uniform(0.3, 1.5)
    wave = sum(rng.uniform(0.2, 1.0) / k**fall * np.sin(2 * np.pi * (k * mains * t + rng.random()))
               for k in range(1, int(rng.integers(3, 30))))
    return at_unit_level(wave) + rng.uniform(0.02, 0.5) * at_unit_level(coloured(rng, samples))


def clicks(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Keys, crackle, drops: short decaying bursts at times that no beat orders."""
    wave = 1e-3 * rng.standard_normal(samples)
    for begin in rng.integers(0, samples, max(1, rng.poisson(np.exp(rng.uniform(0, 4)) * samples / SAMPLE_RATE))):
        length = int(min(samples - begin, rng.uniform(0.002, 0.06) * SAMPLE_RATE))
        burst = rng.standard_normal(length) * np.exp(-6 * np.arange(length) / max(1, length))
        wave[begin : begin + length] += rng.uniform(0.1, 1.0) * burst
    return wave


def gusts(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Noise that swells and falls: wind, surf, traffic."""
    steps = max(2, int(samples / SAMPLE_RATE * np.exp(rng.uniform(-1, 1.5))) + 2)
    level = np.interp(np.linspace(0, steps - 1, samples), np.arange(steps), rng.uniform(-25, 0, steps))
    return coloured(rng, samples) * 10 ** (level / 20)


def loud(samples: np.ndarray) -> bool:
    """Whether there is something to hear."""
    return len(samples) > 0 and float(np.sqrt(np.mean(np.square(samples)))) > QUIETEST_RMS


def at_unit_level(samples: np.ndarray) -> np.ndarray:
    """Scaled to a root mean square of 1."""
    return samples / (np.sqrt(np.mean(np.square(samples))) + 1e-9)

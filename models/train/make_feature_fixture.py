"""Write tests/fixtures/features.json: librosa's descriptive features of a signal made by formula.

The unit tests of `src/dsp/features` make the same signal and must come to these numbers. All of them are
librosa's own, in double precision.

The signal, 48 000 samples at 16 000 Hz, for n = 0, 1, ...:

    t        = n / 16000
    k        = floor(4 t)                                 a new note every quarter of a second
    u        = t - k / 4                                  seconds since it began
    f        = 440 * 2^(NOTES[k mod 8] / 12 + TUNING / 12)
    state    = (1664525 * state + 1013904223) mod 2^32,  first state (before n = 0): 1
    noise    = (state >> 8) / 2^23 - 1                    in [-1, 1)
    sample_n = 0.4 exp(-6 u) (sin(2 pi f u) + 0.5 sin(4 pi f u) + 0.25 sin(6 pi f u))
             + 0.01 noise                                 computed in f64, then rounded to f32

The onset envelope for the beats, 640 frames of 500 samples: a pulse of 1 every 17.3 frames from frame 5.05 on
(rounded), every third of them 0.6, and 0.2 (noise + 1) everywhere, the noise as above from state 1.
"""

import argparse
import json
from pathlib import Path

import librosa
import numpy as np

SAMPLE_RATE = 16_000
N_SAMPLES = 48_000
NOTES = (-9, -5, -2, 3, -4, 0, 3, 7)
TUNING = 0.13
HOP = 500
LONG = 8192
LONG_HOP = 8000


def noise(count: int) -> np.ndarray:
    state = 1
    out = np.empty(count)
    for n in range(count):
        state = (1664525 * state + 1013904223) % 2**32
        out[n] = (state >> 8) / 2**23 - 1
    return out


def fixture_signal() -> np.ndarray:
    """The signal of the module's docstring, [N_SAMPLES] f32."""
    t = np.arange(N_SAMPLES) / SAMPLE_RATE
    k = np.floor(4 * t).astype(int)
    u = t - k / 4
    f = 440 * 2 ** (np.array(NOTES)[k % len(NOTES)] / 12 + TUNING / 12)
    turn = 2 * np.pi * f * u
    tone = np.sin(turn) + 0.5 * np.sin(2 * turn) + 0.25 * np.sin(3 * turn)
    return (0.4 * np.exp(-6 * u) * tone + 0.01 * noise(N_SAMPLES)).astype(np.float32)


def beat_envelope() -> np.ndarray:
    """The onset envelope of the module's docstring, [640]."""
    envelope = 0.2 * (noise(640) + 1)
    for i in range(int((640 - 5) / 17.3)):
        envelope[round(5.05 + 17.3 * i)] += 0.6 if i % 3 == 0 else 1.0
    return envelope


def rounded(values: np.ndarray) -> list:
    """Nested lists of floats with seven significant digits."""
    if values.ndim > 1:
        return [rounded(row) for row in values]
    return [float(f"{value:.7g}") for value in values]


def main() -> None:
    default_out = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "features.json"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=default_out, help="file to write")
    args = parser.parse_args()

    signal = fixture_signal()
    sound = signal.astype(np.float64)
    stft = {"hop_length": HOP, "n_fft": 2048, "window": "hann", "center": False}
    magnitude = np.abs(librosa.stft(sound, **stft))
    mel = librosa.feature.melspectrogram(
        S=magnitude**2, sr=SAMPLE_RATE, n_mels=128, fmin=60.0, fmax=7800.0
    )
    mel_db = librosa.power_to_db(mel, top_db=None)
    # what lies more than 60 dB below the loudest band so far is left out, as streaming allows
    floor = np.maximum.accumulate(mel_db.max(axis=0)) - 60.0
    audible = np.maximum(mel_db, floor)
    strength = librosa.onset.onset_strength(S=audible, sr=SAMPLE_RATE, hop_length=HOP, center=False)
    delta = 0.07 * float(np.sort(strength)[int(len(strength) * 0.98)])
    onsets = librosa.util.peak_pick(
        strength, pre_max=1, post_max=2, pre_avg=8, post_avg=9, delta=delta, wait=0
    )
    long = np.abs(
        librosa.stft(sound, n_fft=LONG, hop_length=LONG_HOP, window="hann", center=False)
    ) ** 2
    chroma = librosa.feature.chroma_stft(S=long, sr=SAMPLE_RATE, n_fft=LONG, tuning=0.0, norm=1)
    tuned = librosa.feature.chroma_stft(S=long, sr=SAMPLE_RATE, n_fft=LONG, tuning=TUNING, norm=1)
    _, beats = librosa.beat.beat_track(
        onset_envelope=beat_envelope(), sr=SAMPLE_RATE, hop_length=HOP, bpm=60 * 32 / 17, trim=True
    )
    contrast = librosa.feature.spectral_contrast(S=magnitude, sr=SAMPLE_RATE, n_fft=2048)
    fixture = {
        "made_by": f"models/train/make_feature_fixture.py with librosa {librosa.__version__}",
        "first_samples": rounded(sound[:16]),
        "mfcc": rounded(librosa.feature.mfcc(S=mel_db, n_mfcc=13).T),
        "contrast": rounded(contrast.T),
        "centroid_hz": rounded(
            librosa.feature.spectral_centroid(S=magnitude, sr=SAMPLE_RATE, n_fft=2048)[0]
        ),
        "zero_crossings": int(librosa.zero_crossings(sound, pad=False).sum()),
        "onset_strength": rounded(strength),
        "onset_delta": delta,
        "onsets": onsets.tolist(),
        "chroma": rounded(chroma.T),
        "tuned_chroma": rounded(tuned.T),
        "tonnetz": rounded(librosa.feature.tonnetz(chroma=chroma).T),
        "tuning": float(librosa.estimate_tuning(S=np.sqrt(long), sr=SAMPLE_RATE, n_fft=LONG)),
        "beat_envelope_head": rounded(beat_envelope()[:16]),
        "beats": beats.tolist(),
    }
    args.out.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
    frames = len(fixture["mfcc"])
    print(f"{args.out}: {frames} frames, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()

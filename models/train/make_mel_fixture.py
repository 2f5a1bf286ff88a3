"""Write tests/fixtures/mel.json: librosa's mel spectrogram of a signal made by formula.

The Rust front end regenerates the same signal and must reproduce these numbers. The reference is
computed by librosa alone (`librosa.stft`, `librosa.filters.mel`), in double precision, and shares
no code with `features.py`.

The signal, 16 000 samples at 16 000 Hz, for n = 0, 1, ...:

    t        = n / 16000
    state    = (1664525 * state + 1013904223) mod 2^32,  first state (before n = 0): 1
    noise    = (state >> 8) / 2^23 - 1                    in [-1, 1)
    sample_n = 0.30 sin(2 pi 440 t)
             + 0.20 sin(2 pi (200 t + 1500 t^2))
             + 0.05 noise                                 computed in f64, then rounded to f32
"""

import argparse
import json
from pathlib import Path

import librosa
import numpy as np

SAMPLE_RATE = 16_000
N_FFT = 2048
HOP = 500
N_MELS = 128
F_MIN = 60.0
F_MAX = 7800.0
POWER_FLOOR = 1e-10
N_SAMPLES = 16_000


def fixture_signal() -> np.ndarray:
    """The signal of the module's docstring, [N_SAMPLES] f32."""
    state = 1
    noise = np.empty(N_SAMPLES)
    for n in range(N_SAMPLES):
        state = (1664525 * state + 1013904223) % 2**32
        noise[n] = (state >> 8) / 2**23 - 1
    t = np.arange(N_SAMPLES) / SAMPLE_RATE
    tone = 0.30 * np.sin(2 * np.pi * 440 * t)
    chirp = 0.20 * np.sin(2 * np.pi * (200 * t + 1500 * t**2))
    return (tone + chirp + 0.05 * noise).astype(np.float32)


def rounded(values: np.ndarray) -> list:
    """Nested lists of floats with seven significant digits, enough for a tolerance of 1e-3."""
    if values.ndim > 1:
        return [rounded(row) for row in values]
    return [float(f"{value:.7g}") for value in values]


def main() -> None:
    default_out = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "mel.json"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=default_out, help="file to write")
    args = parser.parse_args()

    signal = fixture_signal()
    spectrum = librosa.stft(
        signal.astype(np.float64), n_fft=N_FFT, hop_length=HOP, window="hann", center=False
    )
    filterbank = librosa.filters.mel(
        sr=SAMPLE_RATE, n_fft=N_FFT, n_mels=N_MELS, fmin=F_MIN, fmax=F_MAX,
        htk=False, norm="slaney", dtype=np.float64,
    )
    mel_power = (filterbank @ np.abs(spectrum) ** 2).T
    log_mel = np.log(np.maximum(mel_power, POWER_FLOOR))

    fixture = {
        "made_by": f"models/train/make_mel_fixture.py with librosa {librosa.__version__}",
        "sample_rate": SAMPLE_RATE,
        "n_fft": N_FFT,
        "hop": HOP,
        "n_mels": N_MELS,
        "f_min": F_MIN,
        "f_max": F_MAX,
        "power_floor": POWER_FLOOR,
        "n_samples": N_SAMPLES,
        "first_samples": rounded(signal[:16].astype(np.float64)),
        "filterbank_row_sums": rounded(filterbank.sum(axis=1)),
        "mel_power": rounded(mel_power),
        "log_mel": rounded(log_mel),
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
    print(f"{args.out}: {mel_power.shape[0]} frames of {N_MELS} bands, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()

"""The front end: 16 kHz samples to the log-mel spectrogram that the network reads.

The same arithmetic runs in the program; `make_mel_fixture.py` holds both to librosa's numbers.
"""

import librosa
import torch
from torch import Tensor, nn

SAMPLE_RATE = 16_000
N_FFT = 2048
HOP = 500
N_MELS = 128
F_MIN = 60.0
F_MAX = 7800.0
POWER_FLOOR = 1e-10
FRAMES_PER_SECOND = SAMPLE_RATE / HOP
CHUNK_ROWS = 8
"""Rows transformed at once: more leave the processor's cache and take five times as long."""
GPU_CHUNK_ROWS = 512


def samples_for_frames(n_frames: int) -> int:
    """Samples that give exactly `n_frames` spectrogram frames (no padding)."""
    return (n_frames - 1) * HOP + N_FFT


class LogMel(nn.Module):
    """ln(max(mel power, 1e-10)); frame i covers samples 500 i .. 500 i + 2048."""

    def __init__(self) -> None:
        super().__init__()
        filterbank = librosa.filters.mel(
            sr=SAMPLE_RATE, n_fft=N_FFT, n_mels=N_MELS, fmin=F_MIN, fmax=F_MAX,
            htk=False, norm="slaney",
        )
        self.register_buffer("filterbank", torch.from_numpy(filterbank.T.copy()))
        self.register_buffer("window", torch.hann_window(N_FFT, periodic=True))

    def forward(self, samples: Tensor) -> Tensor:
        """[batch, samples] to [batch, 1, N_MELS, frames]."""
        rows = CHUNK_ROWS if samples.device.type == "cpu" else GPU_CHUNK_ROWS
        return torch.cat([self._chunk(chunk) for chunk in samples.split(rows)])

    def _chunk(self, samples: Tensor) -> Tensor:
        frames = samples.unfold(-1, N_FFT, HOP) * self.window
        spectrum = torch.fft.rfft(frames)
        power = spectrum.real.square() + spectrum.imag.square()
        mel = power @ self.filterbank
        return mel.clamp_min(POWER_FLOOR).log().transpose(1, 2).unsqueeze(1)

"""From excerpts to what the network reads in training: each place as it is enrolled, and as it is heard."""

import numpy as np
import scipy.fft
import torch
from torch import Tensor

from degrade import ROOM_SAMPLES, Degrader, Warper, cut_out
from excerpts import Batch, ExcerptSampler
from data import Track
from features import HOP, SAMPLE_RATE, LogMel, samples_for_frames
from network import WINDOW_STRIDE, frames_for_windows

MAX_SHIFT = WINDOW_STRIDE * HOP // 2
"""Half the distance of two windows (0.125 s), in samples."""
MAX_SPEED_CHANGE = 0.04
MAX_WARP = 0.04
WARPED = 0.2
"""Share of the excerpts whose pitch or tempo alone is changed, by up to MAX_WARP."""
DEGRADED_REFERENCE = 0.2
"""Share of the batches whose reference view is degraded too."""
NEARLY_CLEAN = 0.1
"""Share of the excerpts whose degraded view only has another level, shift and speed."""


class Views:
    """Degradation and front end for excerpts of a number of windows."""

    def __init__(self, windows: int, noise: np.ndarray, rooms: list[np.ndarray], seed: int,
                 device: torch.device) -> None:
        self.length = samples_for_frames(frames_for_windows(windows))
        self.lead = scipy.fft.next_fast_len(ROOM_SAMPLES + self.length, real=True) - self.length
        self.device = device
        self.degrader = Degrader(noise, rooms, self.lead, self.length, seed, device)
        self.warper = Warper(device)
        self.log_mel = LogMel().to(device)

    def sampler(self, tracks: list[Track], other_speeds: bool) -> ExcerptSampler:
        sampler = ExcerptSampler(tracks, self.lead, self.length, MAX_SHIFT, MAX_SPEED_CHANGE, other_speeds, self.device)
        if any(len(track.samples) / SAMPLE_RATE < sampler.min_seconds() for track in tracks):
            raise SystemExit(f"--min-seconds must be {sampler.min_seconds():.1f} or more for this many windows")
        return sampler

    @torch.no_grad()
    def draw(self, rng: np.random.Generator, sampler: ExcerptSampler, tracks: int) -> tuple[Tensor, Batch]:
        """Log-mel [2 n, 1, 128, frames] of a batch: the views of excerpt i are rows i and n + i."""
        batch = sampler.batch(rng, tracks)
        clean, shifted = batch.clean, batch.shifted
        degrade_reference = rng.random() < DEGRADED_REFERENCE
        reference = self.degrader.full(rng, clean) if degrade_reference else self.degrader.light(rng, clean)
        n_clean = int(round(NEARLY_CLEAN * len(clean) / 2)) * 2
        other = torch.cat([
            self.degrader.light(rng, shifted[:n_clean]),
            self.degrader.full(rng, shifted[n_clean:]),
        ])
        heard = self.warper(rng, self.log_mel(other), WARPED, MAX_WARP)
        mel = torch.cat([self.log_mel(reference), cut_out(rng, heard)])
        return mel.contiguous(memory_format=torch.channels_last), batch

"""The network: a log-mel spectrogram in, one fingerprint and one style vector per window out.

A window is 48 frames (1.6 s) wide and a new one starts every 8 frames (0.25 s). No operation pads
in time, so each window depends on its own 48 frames and on nothing else, and one pass over a long
piece gives the same vectors as a pass per window.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WINDOW_FRAMES = 48
WINDOW_STRIDE = 8
EMBEDDING_DIM = 128
LEVEL_FRAMES = 16
LEVEL_LEAD = 7
"""Frames before the one that a level applies to; LEVEL_FRAMES - 1 - LEVEL_LEAD come after it."""
LEVEL_RANGE = 10.0
"""Natural-log power below the local maximum that the network can see (43 dB)."""
L2_EPSILON = 1e-12

# (input channels, output channels, kernel [frequency, time], stride [frequency, time])
TRUNK = (
    (1, 24, (3, 3), (2, 1)),
    (24, 48, (3, 3), (2, 2)),
    (48, 96, (3, 3), (2, 2)),
    (96, 128, (3, 3), (2, 2)),
    (128, 192, (3, 1), (2, 1)),
)
FREQUENCY_PADDING = 1
HEAD_KERNEL = (4, 3)
HEAD_HIDDEN = 256


def frames_for_windows(n_windows: int) -> int:
    """Frames that give exactly `n_windows` windows."""
    return WINDOW_FRAMES + WINDOW_STRIDE * (n_windows - 1)


def level_normalised(mel: Tensor) -> Tensor:
    """Log-mel [B, 1, 128, T] relative to the loudest band of about half a second: [B, 1, 128, T - 15].

    The result lies in -1..1 and does not change with the gain of the recording.
    """
    loudest = F.max_pool2d(mel.amax(dim=2, keepdim=True), (1, LEVEL_FRAMES), stride=1)
    centre = mel[..., LEVEL_LEAD : LEVEL_LEAD - (LEVEL_FRAMES - 1)]
    half = LEVEL_RANGE / 2
    return ((centre - loudest).clamp(-LEVEL_RANGE, 0.0) + half) / half


def unit_length(vectors: Tensor) -> Tensor:
    """Vectors along dimension 1 divided by their Euclidean length."""
    return vectors / (vectors.square().sum(dim=1, keepdim=True) + L2_EPSILON).sqrt()


class Head(nn.Module):
    """Trunk features [B, 192, 4, t] to unit vectors [B, 128, t - 2]."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Conv2d(TRUNK[-1][1], HEAD_HIDDEN, HEAD_KERNEL)
        self.project = nn.Conv2d(HEAD_HIDDEN, EMBEDDING_DIM, 1)

    def forward(self, features: Tensor) -> Tensor:
        vectors = self.project(F.elu(self.hidden(features))).squeeze(2)
        return unit_length(vectors.float())


class EchoNet(nn.Module):
    """Log-mel [B, 1, 128, T] to (fingerprint, style), each [B, 128, (T - 48) / 8 + 1]."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs, kernel, stride in TRUNK:
            layers += [
                nn.Conv2d(inputs, outputs, kernel, stride, (FREQUENCY_PADDING, 0), bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(inplace=True),
            ]
        self.trunk = nn.Sequential(*layers)
        self.fingerprint = Head()
        self.style = Head()

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        features = self.trunk(level_normalised(mel))
        return self.fingerprint(features), self.style(features)


def load_network(checkpoint: str) -> EchoNet:
    """The network of a training checkpoint, ready for inference on the CPU."""
    network = EchoNet()
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network.load_state_dict(state["network"])
    return network.eval()

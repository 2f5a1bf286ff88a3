"""The network: a log-mel spectrogram in, one fingerprint and one style vector per window out.

A window is 48 frames (1.6 s) wide and a new one starts every 8 frames (0.25 s). No operation pads
in time, so each window depends on its own 48 frames and on nothing else, and one pass over a long
piece gives the same vectors as a pass per window.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.fft
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from features import N_MELS

WINDOW_FRAMES = 48
WINDOW_STRIDE = 8
EMBEDDING_DIM = 128
FINGERPRINT_DIM = 64
"""Values of the fingerprint that the program gets: see fit_narrow.py."""
LEVEL_FRAMES = 16
LEVEL_LEAD = 7
"""Frames before the one that a level applies to; LEVEL_FRAMES - 1 - LEVEL_LEAD come after it."""
LEVEL_RANGE = 10.0
"""Natural-log power below the local maximum that the network can see (43 dB)."""
L2_EPSILON = 1e-12
LABEL_TENSORS = ("genre_weight", "genre_bias", "mood_weight", "mood_bias")

# (input channels, output channels, kernel [frequency, time], stride [frequency, time], refined)
TRUNK = (
    (1, 24, (3, 3), (2, 1), False),
    (24, 64, (3, 3), (2, 2), False),
    (64, 128, (3, 3), (2, 2), True),
    (128, 192, (3, 3), (2, 2), True),
    (192, 256, (3, 1), (2, 1), True),
)
FREQUENCY_PADDING = 1
TRUNK_ROWS = 4
"""Rows of frequency that the trunk leaves."""
FINGERPRINT_FRAMES, FINGERPRINT_HIDDEN = 3, 448
STYLE_FRAMES, STYLE_HIDDEN = 1, 192
GATE_FRAMES, GATE_HIDDEN = 3, 16
STYLE_BESIDE = (FINGERPRINT_FRAMES - STYLE_FRAMES) // 2
"""Trunk frames on either side of the style's that only the fingerprint sees."""
TEXTURE_CEPSTRA = 20
TEXTURE_LAGS = (1, 16)
"""Frames over which the movement of the cepstrum is measured: 31 ms and half a second."""
TEXTURE_DIM = TEXTURE_CEPSTRA * (1 + len(TEXTURE_LAGS)) - 1


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


def normalised_convolution(inputs: int, outputs: int, kernel: tuple[int, int],
                           stride: tuple[int, int] = (1, 1)) -> nn.Sequential:
    """A convolution, padded in frequency and not in time, and its batch norm."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, (FREQUENCY_PADDING, 0), bias=False),
        nn.BatchNorm2d(outputs),
    )


class Refinement(nn.Module):
    """Adds what neighbouring frequencies say of a frame: a residual step that changes no shape.

    It begins as the identity (the batch norm's gain is zero).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.step = normalised_convolution(channels, channels, (3, 1))
        nn.init.zeros_(self.step[1].weight)

    def forward(self, features: Tensor) -> Tensor:
        return F.relu(features + self.step(features))


class Head(nn.Module):
    """Trunk features [B, 256, 4, t] to unit vectors [B, 128, t - frames + 1]."""

    def __init__(self, frames: int, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Conv2d(TRUNK[-1][1], hidden, (TRUNK_ROWS, frames))
        self.project = nn.Conv2d(hidden, EMBEDDING_DIM, 1)

    def forward(self, features: Tensor) -> Tensor:
        vectors = self.project(F.elu(self.hidden(features))).squeeze(2)
        return unit_length(vectors.float())


class Gate(nn.Module):
    """Trunk features [B, 256, 4, t] to the logit of music against speech and noise [B, 1, t - 2].

    `fit_gate.py` fits it on the trained trunk; a window's logit sees what its fingerprint sees.
    """

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Conv2d(TRUNK[-1][1], GATE_HIDDEN, (TRUNK_ROWS, GATE_FRAMES))
        self.project = nn.Conv2d(GATE_HIDDEN, 1, 1)

    def forward(self, features: Tensor) -> Tensor:
        return self.project(F.relu(self.hidden(features))).squeeze(2)


class Texture(nn.Module):
    """Log-mel [B, 1, 128, T] to the timbre of each window, [B, TEXTURE_DIM, 1, W]: the mean of its cepstral
    coefficients 1 to TEXTURE_CEPSTRA - 1, and how far all of them move, on average, over TEXTURE_LAGS.

    The trunk learns to overlook the colour of a sound, which a microphone changes; a style is made of it.
    None of the values changes with the gain of the recording.
    """

    def __init__(self) -> None:
        super().__init__()
        cosines = scipy.fft.dct(np.eye(N_MELS), axis=0, norm="ortho")[:TEXTURE_CEPSTRA]
        self.register_buffer("cosines", torch.tensor(cosines, dtype=torch.float32)[:, None, :, None], persistent=False)

    def forward(self, mel: Tensor) -> Tensor:
        cepstrum = F.conv2d(mel, self.cosines)
        parts = [F.avg_pool2d(cepstrum[:, 1:], (1, WINDOW_FRAMES), WINDOW_STRIDE)]
        for lag in TEXTURE_LAGS:
            movement = (cepstrum[..., lag:] - cepstrum[..., :-lag]).abs()
            parts.append(F.avg_pool2d(movement, (1, WINDOW_FRAMES - lag), WINDOW_STRIDE))
        return torch.cat(parts, dim=1)


class FittedStyle(nn.Module):
    """What `fit_style.py` puts in the place of the trained style head: linear in that head's vectors and
    in texture, then unit length: [B, 128, W]."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.head = head
        self.texture = Texture()
        self.project = nn.Conv2d(EMBEDDING_DIM + TEXTURE_DIM, EMBEDDING_DIM, 1)

    def forward(self, features: Tensor, mel: Tensor) -> Tensor:
        joined = torch.cat([self.head(features).unsqueeze(2), self.texture(mel)], dim=1)
        return unit_length(self.project(joined).squeeze(2).float())


class EchoNet(nn.Module):
    """Log-mel [B, 1, 128, T] to (fingerprint, style), each [B, 128, (T - 48) / 8 + 1].

    The style of a window is that of the middle of its fingerprint.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs, kernel, stride, refined in TRUNK:
            layers += [normalised_convolution(inputs, outputs, kernel, stride), nn.ReLU(inplace=True)]
            if refined:
                layers.append(Refinement(outputs))
        self.trunk = nn.Sequential(*layers)
        self.fingerprint = Head(FINGERPRINT_FRAMES, FINGERPRINT_HIDDEN)
        self.style: Head | FittedStyle = Head(STYLE_FRAMES, STYLE_HIDDEN)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        features = self.trunk(level_normalised(mel))
        middle = features[..., STYLE_BESIDE:-STYLE_BESIDE]
        style = self.style(middle, mel) if isinstance(self.style, FittedStyle) else self.style(middle)
        return self.fingerprint(features), style


@dataclass
class Labels:
    """Genre and mood as linear functions of the style vector, fitted by `fit_labels.py`."""

    genres: list[str]
    genre_weight: np.ndarray
    """[genres, 128] f32."""
    genre_bias: np.ndarray
    mood_weight: np.ndarray
    """[2, 128] f32: valence, energy."""
    mood_bias: np.ndarray

    def of(self, style: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Genre logits [B, genres, W] and moods [B, 2, W] of style vectors [B, 128, W]."""
        return (self.genre_weight @ style + self.genre_bias[:, None],
                self.mood_weight @ style + self.mood_bias[:, None])

    def card(self) -> dict:
        """What the program must know of the outputs."""
        return {"made_by": "models/train/export.py", "genre": self.genres, "mood": ["valence", "energy"]}


def save_checkpoint(state: dict, path: Path) -> None:
    """Writes beside `path` and renames, so that a run that is cut short leaves the checkpoint of before."""
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)


def load_labels(checkpoint: str) -> Labels:
    """The genre and mood that were fitted for a checkpoint."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if "labels" not in state:
        raise SystemExit(f"{checkpoint} has no genre and mood yet: run fit_labels.py")
    labels = state["labels"]
    return Labels(labels["genres"], *(labels[name].numpy() for name in LABEL_TENSORS))


def load_narrow(checkpoint: str) -> nn.Conv2d:
    """The last layer that `fit_narrow.py` found for a checkpoint's fingerprint."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if "narrow" not in state:
        raise SystemExit(f"{checkpoint} has no narrow fingerprint yet: run fit_narrow.py")
    layer = nn.Conv2d(FINGERPRINT_HIDDEN, FINGERPRINT_DIM, 1)
    layer.load_state_dict(state["narrow"])
    return layer


def narrowed(head: Head, layer: nn.Conv2d) -> Head:
    """The same head with another last layer."""
    narrow = Head(head.hidden.kernel_size[1], head.hidden.out_channels)
    narrow.hidden, narrow.project = head.hidden, layer
    return narrow


def load_gate(checkpoint: str) -> tuple[Gate, dict]:
    """The gate that was fitted for a checkpoint, and the rule that goes with it (`models/gate.json`)."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    if "gate" not in state:
        raise SystemExit(f"{checkpoint} has no gate for speech and noise yet: run fit_gate.py")
    gate = Gate()
    gate.load_state_dict(state["gate"]["network"])
    return gate.eval(), state["gate"]["rule"]


def load_network(checkpoint: str) -> EchoNet:
    """The network of a training checkpoint, ready for inference on the CPU, with the style of
    `fit_style.py` where that was run on it."""
    network = EchoNet()
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network.load_state_dict(state["network"])
    if "fitted_style" in state:
        network.style = FittedStyle(network.style)
        network.style.load_state_dict(state["fitted_style"])
    return network.eval()

"""Four older designs of music classifiers and embeddings, to compare the network with.

They hear the same 16 kHz sound, resampled to the 22.05 kHz that they were made for, in windows of
3 s: 130 spectrogram frames, hop 512. Their mel bands end at 8 kHz, so that none of them is empty.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import librosa
import numpy as np
import scipy.fft
import soxr
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from classify import Classifier, fit_classifier
from data import SILENCE_RMS, Track
from degrade import SNR_RANGE_DB
from features import SAMPLE_RATE

RATE = 22_050
N_FFT, HOP, N_MELS = 2048, 512, 128
WINDOW_S = 3
WINDOW_SAMPLES = WINDOW_S * RATE
WINDOW_FRAMES = WINDOW_SAMPLES // HOP + 1
ENROL_S = 0.5
"""Distance of the windows that describe a measured track; training takes one every WINDOW_S."""
RANGE_DB = 80.0
"""What a window holds below its loudest point, as librosa's `power_to_db` leaves it."""
CHUNK_FRAMES = 512
BATCH = 64
"""Windows that go through a network together when measuring."""

N_STATISTICS_MFCC, N_CNN_MFCC = 20, 13
CNN_EPOCHS, CNN_RATE = 30, 1e-4
IMAGE_EPOCHS, IMAGE_RATE = 8, 1e-3
CLASSIFIER_BATCH = 32
CONTRASTIVE_STEPS, CONTRASTIVE_RATE = 1500, 1e-3
CONTRASTIVE_BATCH, CONTRASTIVE_TEMPERATURE = 8, 0.1


class DecibelMel:
    """16 kHz samples to decibels in 128 mel bands, a frame centred on every 512th sample at 22.05 kHz."""

    def __init__(self) -> None:
        bank = librosa.filters.mel(sr=RATE, n_fft=N_FFT, n_mels=N_MELS, fmax=SAMPLE_RATE / 2)
        self.bank = torch.from_numpy(bank.T.copy())
        self.window = torch.hann_window(N_FFT)

    def track(self, samples: np.ndarray) -> Tensor:
        """Mono int16 samples to [128, frames] float16."""
        return self._mel(samples.astype(np.float32) / 32768).half()

    def clips(self, samples: Tensor) -> Tensor:
        """[clips, 3 s] to [clips, 128, WINDOW_FRAMES]."""
        return torch.stack([self._mel(clip.numpy())[:, :WINDOW_FRAMES] for clip in samples])

    def _mel(self, samples: np.ndarray) -> Tensor:
        samples = torch.from_numpy(soxr.resample(samples, SAMPLE_RATE, RATE))
        frames = F.pad(samples, (N_FFT // 2, N_FFT // 2)).unfold(0, N_FFT, HOP)
        power = [torch.fft.rfft(part * self.window).abs().square() @ self.bank
                 for part in frames.split(CHUNK_FRAMES)]
        return 10 * torch.cat(power).clamp_min(1e-10).log10().T


def windows(mel: Tensor, every_s: float) -> Tensor:
    """Windows [n, 128, WINDOW_FRAMES] of a track [128, frames]."""
    last = mel.shape[1] - WINDOW_FRAMES
    starts = torch.arange(0, (last + 1) * HOP / RATE, every_s) * RATE / HOP
    return mel.unfold(1, WINDOW_FRAMES, 1)[:, starts.round().long().clamp_max(last)].transpose(0, 1)


def limited(mel: Tensor) -> Tensor:
    """Windows with RANGE_DB below their loudest point."""
    mel = mel.float()
    return torch.maximum(mel, mel.amax(dim=(1, 2), keepdim=True) - RANGE_DB)


def mfcc(mel: Tensor, count: int) -> Tensor:
    """[n, 128, frames] to the first cepstral coefficients [n, count, frames]."""
    transform = scipy.fft.dct(np.eye(N_MELS), axis=0, norm="ortho")[:count]
    return torch.from_numpy(transform).float() @ limited(mel)


def statistics(mel: Tensor) -> Tensor:
    """(a) Mean and deviation of each coefficient over a window: [n, 40]."""
    coefficients = mfcc(mel, N_STATISTICS_MFCC)
    return torch.cat([coefficients.mean(dim=2), coefficients.std(dim=2)], dim=1)


def cepstrum_image(mel: Tensor) -> Tensor:
    """(b) [n, 1, 130, 13]."""
    return mfcc(mel, N_CNN_MFCC).transpose(1, 2)[:, None]


def mel_image(mel: Tensor) -> Tensor:
    """(c), (d) [n, 1, 128, 128], 0 to 1, the loudest point of the window being 1."""
    mel = limited(mel[..., :128])
    return (1 + (mel - mel.amax(dim=(1, 2), keepdim=True)) / RANGE_DB)[:, None]


def cepstrum_layers() -> nn.Sequential:
    def block(inputs: int, kernel: int, pool: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, 32, kernel), nn.ReLU(), nn.MaxPool2d(pool, 2, pool // 2), nn.BatchNorm2d(32)]
    return nn.Sequential(nn.BatchNorm2d(1), *block(1, 3, 3), *block(32, 3, 3), *block(32, 2, 2), nn.Flatten(),
                         nn.LazyLinear(64), nn.ReLU())


def image_layers() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.LazyLinear(128), nn.ReLU())


def contrastive_layers() -> nn.Sequential:
    def block(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*block(1, 32), *block(32, 64), *block(64, 128), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(128, 128))


@dataclass
class Windows:
    """3 s windows of labelled and unlabelled tracks."""

    mel: Tensor
    """[n, 128, WINDOW_FRAMES] float16."""
    track: np.ndarray
    """[n] number of the track."""
    style: np.ndarray
    """[n] style number, -1 where unknown."""

    def labelled(self) -> "Windows":
        known = self.style >= 0
        return Windows(self.mel[torch.from_numpy(known)], self.track[known], self.style[known])


def cut(front_end: DecibelMel, tracks: list[Track], style_names: list[str]) -> Windows:
    parts = [windows(front_end.track(track.samples), WINDOW_S) for track in tracks]
    counts = [len(part) for part in parts]
    styles = [style_names.index(t.style) if t.style in style_names else -1 for t in tracks]
    return Windows(torch.cat(parts), np.repeat(np.arange(len(tracks)), counts), np.repeat(styles, counts))


@dataclass
class OlderDesign:
    """A trained design: windows to vectors, and to style probabilities where it has them."""

    name: str
    vectors: Callable[[Tensor], Tensor]
    """[n, 128, WINDOW_FRAMES] decibels to [n, dims]."""
    probabilities: Callable[[Tensor], Tensor] | None
    """Vectors to [n, styles]."""
    parameters: int
    cpu_seconds: float
    cross_validated: float | None = None

    @torch.no_grad()
    def embed(self, mel: Tensor) -> Tensor:
        return torch.cat([self.vectors(part) for part in mel.split(BATCH)])


def train_statistics(training: Windows, sources: np.ndarray, n_styles: int) -> OlderDesign:
    """(a); `sources` numbers the source of each track."""
    known = training.labelled()
    values = torch.cat([statistics(part) for part in known.mel.split(BATCH)])
    started = time.process_time()
    mean, deviation = values.mean(dim=0), values.std(dim=0)
    classifier: Classifier = fit_classifier(((values - mean) / deviation).numpy(), known.style, known.track,
                                            sources[known.track], n_styles)
    return OlderDesign(
        "MFCC statistics, logistic regression",
        lambda mel: (statistics(mel) - mean) / deviation,
        lambda vectors: torch.from_numpy(classifier.probabilities(vectors.numpy())),
        classifier.parameters() + len(mean) + len(deviation),
        time.process_time() - started,
        classifier.accuracy,
    )


def train_classifier(name: str, layers: nn.Sequential, dropout: float, image: Callable[[Tensor], Tensor],
                     training: Windows, n_styles: int, epochs: int, rate: float, seed: int) -> OlderDesign:
    """(b), (c)."""
    torch.manual_seed(seed)
    started = time.process_time()
    known = training.labelled()
    styles = torch.from_numpy(known.style)
    layers.eval()(image(known.mel[:2]))
    last = nn.Linear(layers[-2].out_features, n_styles)
    network = nn.Sequential(layers, nn.Dropout(dropout), last).to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.Adam(network.parameters(), lr=rate)
    for epoch in range(epochs):
        losses = []
        for rows in torch.randperm(len(styles)).split(CLASSIFIER_BATCH):
            with bfloat16():
                logits = network(image(known.mel[rows]))
            loss = F.cross_entropy(logits.float(), styles[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        print(f"{name}: epoch {epoch + 1}  loss {np.mean(losses):.3f}", flush=True)
    network.eval()
    return OlderDesign(name, lambda mel: layers(image(mel)), lambda v: last(v).softmax(dim=1).detach(),
                       n_parameters(network), time.process_time() - started)


def train_contrastive(front_end: DecibelMel, tracks: list[Track], noise: np.ndarray, seed: int) -> OlderDesign:
    """(d): two copies of 3 s with different noise find each other among those of 7 other tracks."""
    torch.manual_seed(seed)
    started = time.process_time()
    network = contrastive_layers().to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(network.parameters(), lr=CONTRASTIVE_RATE)
    rng = np.random.default_rng([seed, 11])
    recent = []
    for step in range(CONTRASTIVE_STEPS):
        chosen = rng.choice(len(tracks), min(CONTRASTIVE_BATCH, len(tracks)), replace=False)
        excerpts = [draw(rng, tracks[i]) for i in chosen]
        views = torch.from_numpy(np.stack([noisy(rng, e, noise) for e in excerpts + excerpts]))
        images = mel_image(front_end.clips(views))
        with bfloat16():
            vectors = network(images)
        loss = nt_xent(vectors.float())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        recent.append(loss.item())
        if len(recent) == 100:
            print(f"contrastive: step {step + 1}  loss {np.mean(recent):.3f}", flush=True)
            recent.clear()
    network.eval()
    return OlderDesign("contrastive CNN 32/64/128", lambda mel: F.normalize(network(mel_image(mel))), None,
                       n_parameters(network), time.process_time() - started)


def draw(rng: np.random.Generator, track: Track) -> np.ndarray:
    """3 s of a track at SAMPLE_RATE, not silent if possible."""
    length = WINDOW_S * SAMPLE_RATE
    for _ in range(20):
        begin = int(rng.integers(len(track.samples) - length))
        excerpt = track.samples[begin : begin + length].astype(np.float32) / 32768
        if np.sqrt(np.mean(excerpt**2)) > SILENCE_RMS:
            break
    return excerpt


def noisy(rng: np.random.Generator, excerpt: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """With a background recording at a random distance below or above it."""
    begin = int(rng.integers(len(noise) - len(excerpt)))
    background = noise[begin : begin + len(excerpt)]
    level = np.sqrt(np.mean(excerpt**2) / (np.mean(background**2) + 1e-12))
    return excerpt + background * np.float32(level * 10 ** (-rng.uniform(*SNR_RANGE_DB) / 20))


def nt_xent(vectors: Tensor) -> Tensor:
    """Rows i and n + i of [2 n, dims] belong together."""
    vectors = F.normalize(vectors)
    similarity = vectors @ vectors.T / CONTRASTIVE_TEMPERATURE
    similarity.fill_diagonal_(-torch.inf)
    return F.cross_entropy(similarity, torch.arange(len(vectors)).roll(len(vectors) // 2))


def bfloat16() -> torch.autocast:
    """Convolutions as in the training of our network."""
    return torch.autocast("cpu", torch.bfloat16)


def n_parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())

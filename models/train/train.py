"""Train the EchoVibe network on a folder of music.

The fingerprint head learns to tell a moment of a track, however degraded, from every other moment
(a contrastive loss of `losses.py`); the style head learns to recognise the same track at another place (InfoNCE), helped a
little by style labels where a table gives them. Stop with Ctrl-C and go on with --resume.
"""

import argparse
import math
import os
import resource
import signal
import time
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from data import (
    Track, add_lossy_copies, held_out_sources, load_noise, load_rooms, load_tracks, split_by_source,
)
from degrade import on
from describe import Describer, distances
from excerpts import ExcerptSampler
from labels import read_labels, sources
from losses import FINGERPRINT_LOSSES, distance_loss, fingerprint_loss, style_loss
from network import EMBEDDING_DIM, EchoNet, save_checkpoint, unit_length
from views import Views

VALIDATION_BATCHES = 4


def cpu_seconds() -> float:
    """Processor time of this process, its threads and its finished children."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def mean_losses(steps: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each loss over several steps."""
    return {name: float(np.mean([step[name] for step in steps])) for name in steps[0]}


def figures(losses: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.3f}" for name, value in losses.items())


class Budget:
    """How much of the allowed steps, processor time and wall time is used: 0 to 1. Reading the data, which
    comes before, does not count."""

    def __init__(self, args: argparse.Namespace, cpu_used: float, wall_used: float) -> None:
        self.limits = (args.steps, args.cpu_minutes * 60, args.wall_minutes * 60)
        self.cpu_before = cpu_used - cpu_seconds()
        self.wall_before = wall_used
        self.started = time.monotonic()

    def cpu_used(self) -> float:
        return self.cpu_before + cpu_seconds()

    def wall_used(self) -> float:
        return self.wall_before + time.monotonic() - self.started

    def progress(self, step: int) -> float:
        used = (step, self.cpu_used(), self.wall_used())
        return min(1.0, max((u / limit for u, limit in zip(used, self.limits) if limit), default=0.0))


@dataclass
class Prepared:
    """A batch on its way into the network; views 0 and 1 of excerpt i are mel[i] and mel[n + i]."""

    mel: Tensor
    """[2 n, 1, 128, frames]."""
    styles: Tensor
    """[n] style numbers, -1 where unknown."""
    distances: Tensor
    """[n, n] how far apart the tracks are by plain measurements, 0 where one is not at its own speed."""


class Source:
    """Tracks to draw batches from."""

    def __init__(self, tracks: list[Track], style_names: list[str], sampler: ExcerptSampler, cache: Path) -> None:
        self.distances = distances(described(tracks, cache))
        self.styles = np.array([style_names.index(t.style) if t.style in style_names else -1 for t in tracks])
        self.sampler = sampler


def described(tracks: list[Track], cache: Path) -> list[dict[str, np.ndarray]]:
    """Plain measurements of every track; `cache` keeps them from one run to the next."""
    cache.mkdir(parents=True, exist_ok=True)
    describer = Describer()

    def describe(track: Track) -> dict[str, np.ndarray]:
        kept = cache / f"described-{zlib.crc32(track.path.encode()):08x}-{len(track.samples)}.npz"
        if kept.exists():
            with np.load(kept) as values:
                return dict(values)
        values = describer.describe(track.samples)
        partial = kept.with_suffix(".partial.npz")
        np.savez(partial, **values)
        partial.rename(kept)
        return values

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(describe, tracks))


class Trainer:
    """The network, its optimiser and the data, with checkpoints."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.device = torch.device(args.device)
        torch.manual_seed(args.seed)
        styles = read_labels(args.labels, args.music)
        self.style_names = sorted(set(styles.values()))
        training, validation = self._load(styles)
        self.held_out = sorted({track.source for track in validation})
        print(f"training on {len(training)} tracks, holding out {len(validation)}", flush=True)
        self.views = Views(args.windows, load_noise(args.noise), load_rooms(args.rooms), args.seed, self.device)
        self.training = self._source(training)
        self.validation = self._source(validation)
        self.background = ThreadPoolExecutor(1)
        self.next_batch: Future | None = None

        self.network = EchoNet().to(self.device, memory_format=torch.channels_last)
        self.classifier = nn.Linear(EMBEDDING_DIM, max(1, len(self.style_names))).to(self.device)
        parameters = [*self.network.parameters(), *self.classifier.parameters()]
        self.optimiser = torch.optim.AdamW(parameters, lr=args.learning_rate, weight_decay=0.01)
        self.step = 0
        self.stopping = False
        cpu_used = wall_used = 0.0
        self.checkpoint = args.run / "checkpoint.pt"
        if args.resume:
            state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
            self.network.load_state_dict(state["network"])
            self.classifier.load_state_dict(state["classifier"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, cpu_used, wall_used = state["step"], state["cpu_used"], state["wall_used"]
            print(f"going on after step {self.step}")
        elif args.start_from:
            self._start_from(args.start_from)
        self.budget = Budget(args, cpu_used, wall_used)

    def _load(self, styles: dict[str, str]) -> tuple[list[Track], list[Track]]:
        """(training, validation) tracks; those for training also through a codec."""
        args = self.args
        tracks = [track for folder in args.music
                  for track in load_tracks(folder, styles, args.min_seconds, sources(args.labels, folder))]
        training, validation = split_by_source(tracks, held_out_sources(args.hold_out, tracks, args.seed))
        if len(training) < 2:
            raise SystemExit(f"{len(training)} usable tracks are too few; training needs two or more")
        if args.lossy:
            add_lossy_copies(training, args.run.parent / "cache", args.seed)
        return training, validation

    def _source(self, tracks: list[Track]) -> Source | None:
        if not tracks:
            return None
        sampler = self.views.sampler(tracks, self.args.speeds)
        return Source(tracks, self.style_names, sampler, self.args.run.parent / "cache")

    def _start_from(self, checkpoint: Path) -> None:
        """Takes the weights of another training wherever name and shape fit."""
        old = torch.load(checkpoint, map_location=self.device, weights_only=True)["network"]
        new = self.network.state_dict()
        fitting = {name: value for name, value in old.items()
                   if name in new and new[name].shape == value.shape}
        self.network.load_state_dict(new | fitting)
        print(f"began with {len(fitting)} of {len(new)} tensors of {checkpoint}", flush=True)

    def prepare(self, source: Source, rng: np.random.Generator) -> Prepared:
        """Draws a batch and takes it through degradation and front end."""
        mel, batch = self.views.draw(rng, source.sampler, self.args.tracks)
        apart = source.distances[np.ix_(batch.tracks, batch.tracks)] * np.outer(batch.as_recorded, batch.as_recorded)
        return Prepared(mel, on(self.device, source.styles[batch.tracks]), on(self.device, apart))

    def losses(self, batch: Prepared) -> dict[str, Tensor]:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.args.bf16):
            fingerprint, style = self.network(batch.mel)
        excerpts = len(batch.styles)
        fingerprint = fingerprint.transpose(1, 2).unflatten(0, (2, excerpts))
        mean_style = unit_length(style.mean(dim=2)).unflatten(0, (2, excerpts))
        contrast, right = fingerprint_loss(fingerprint, self.args.loss)
        both = mean_style.flatten(0, 1)
        losses = {"fingerprint": contrast, "style": style_loss(mean_style),
                  "distance": distance_loss(both, batch.distances.repeat(2, 2)), "right": right}
        labels = batch.styles.repeat(2)
        known = labels >= 0
        if known.any():
            losses["label"] = F.cross_entropy(self.classifier(both[known]), labels[known], label_smoothing=0.1)
        else:
            losses["label"] = contrast.new_zeros(())
        return losses

    def _batch(self) -> Prepared:
        """The batch of this step; that of the next one is prepared beside the network's work."""
        def prepare(step: int) -> Prepared:
            return self.prepare(self.training, np.random.default_rng([self.args.seed, step]))
        batch = self.next_batch.result() if self.next_batch else prepare(self.step)
        self.next_batch = self.background.submit(prepare, self.step + 1)
        return batch

    def train_step(self) -> dict[str, float]:
        progress = self.budget.progress(self.step)
        rate = self.args.learning_rate * min(1.0, (self.step + 1) / self.args.warm_up)
        rate *= 0.5 * (1 + math.cos(math.pi * progress))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        losses = self.losses(self._batch())
        total = (losses["fingerprint"] + self.args.style_weight * losses["style"]
                 + self.args.distance_weight * losses["distance"] + self.args.label_weight * losses["label"])
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        return {name: value.item() for name, value in losses.items()}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """The losses on the same batches of held-out tracks each time."""
        self.network.eval()
        batches = [self.prepare(self.validation, np.random.default_rng([self.args.seed, 1 << 40, i]))
                   for i in range(VALIDATION_BATCHES)]
        runs = [self.losses(batch) for batch in batches]
        self.network.train()
        return mean_losses([{name: value.item() for name, value in run.items()} for run in runs])

    def save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "classifier": self.classifier.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "cpu_used": self.budget.cpu_used(),
            "wall_used": self.budget.wall_used(),
            "held_out": self.held_out,
            "style_names": self.style_names,
        }
        save_checkpoint(state, self.checkpoint)

    def report(self, means: dict[str, float]) -> None:
        cpu, wall, progress = self.budget.cpu_used(), self.budget.wall_used(), self.budget.progress(self.step)
        left = wall * (1 - progress) / progress if progress else math.nan
        print(f"step {self.step}  {figures(means)}  cpu {cpu / 60:.1f} min  {100 * progress:.0f} %"
              f"  left {left / 60:.0f} min", flush=True)

    def _stop(self, *_: object) -> None:
        """The first Ctrl-C ends after the present step; a second one ends at once."""
        print("stopping after this step", flush=True)
        self.stopping = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def run(self) -> None:
        recent: list[dict[str, float]] = []
        saved = self.budget.wall_used()
        signal.signal(signal.SIGINT, self._stop)
        while self.budget.progress(self.step) < 1 and not self.stopping:
            recent.append(self.train_step())
            if len(recent) == self.args.report_every:
                self.report(mean_losses(recent))
                recent.clear()
            if self.budget.wall_used() - saved >= self.args.save_every:
                self.save()
                saved = self.budget.wall_used()
                if self.validation:
                    print(f"held out  {figures(self.validate())}", flush=True)
        self.background.shutdown()
        self.save()
        if self.validation and not self.stopping:
            print(f"held out  {figures(self.validate())}")
        print(f"saved {self.checkpoint} after {self.step} steps, "
              f"{self.budget.cpu_used() / 60:.1f} CPU minutes, {self.budget.wall_used() / 60:.1f} minutes")


def parse_args() -> argparse.Namespace:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = parser.add_argument_group("data")
    data.add_argument("--music", type=Path, nargs="+", required=True, metavar="DIR",
                      help="folders of music; their subfolders are the sources")
    data.add_argument("--noise", type=Path, required=True, help="folder of background recordings")
    data.add_argument("--rooms", type=Path, help="folder of room responses, besides the synthetic ones")
    data.add_argument("--labels", help="CSV with columns path (below --music) and style; or FMA's tracks.csv; or the"
                                       " word 'folders': the subfolders are genres, as in GTZAN")
    data.add_argument("--hold-out", nargs="*", default=["auto"], metavar="SOURCE",
                      help="subfolders of --music never trained on; 'auto' draws a tenth of the music, 'none' holds"
                           " nothing out, and then nothing can be measured")
    data.add_argument("--min-seconds", type=float, default=15, help="shorter files are left out")
    data.add_argument("--speeds", action=argparse.BooleanOptionalAction, default=True,
                      help="tracks also at other speeds, as other tracks")
    data.add_argument("--lossy", action=argparse.BooleanOptionalAction, default=True,
                      help="some tracks also through mp3")
    size = parser.add_argument_group("size: training ends at whichever limit comes first")
    size.add_argument("--cpu-minutes", type=float, default=0, help="processor time, all threads together")
    size.add_argument("--wall-minutes", type=float, default=0, help="time on the clock")
    size.add_argument("--steps", type=int, default=0, help="optimiser steps")
    size.add_argument("--tracks", type=int, default=32, help="tracks in a batch, two excerpts of each")
    size.add_argument("--windows", type=int, default=5, help="windows in an excerpt")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--warm-up", type=int, default=60, help="steps of rising learning rate")
    parser.add_argument("--style-weight", type=float, default=0.3)
    parser.add_argument("--loss", choices=tuple(FINGERPRINT_LOSSES), default="decoupled",
                        help="of the fingerprint")
    parser.add_argument("--distance-weight", type=float, default=0.3)
    parser.add_argument("--label-weight", type=float, default=0.1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads on a CPU, the one that prepares the data among them")
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True,
                        help="convolutions in bfloat16")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--run", type=Path, default=here / "runs" / "latest", help="folder for checkpoints")
    parser.add_argument("--start-from", type=Path, metavar="CHECKPOINT",
                        help="begin with the weights of another training wherever they fit")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --run")
    parser.add_argument("--save-every", type=float, default=120, metavar="SECONDS")
    parser.add_argument("--report-every", type=int, default=20, metavar="STEPS")
    args = parser.parse_args()
    if not (args.cpu_minutes or args.wall_minutes or args.steps):
        parser.error("give at least one of --cpu-minutes, --wall-minutes, --steps")
    return args


def main() -> None:
    args = parse_args()
    args.run.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(max(1, args.threads - 1))
    Trainer(args).run()


if __name__ == "__main__":
    main()

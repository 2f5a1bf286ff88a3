"""Train the EchoVibe network on a folder of music.

The fingerprint head learns to tell a moment of a track, however degraded, from every other moment
(NT-Xent); the style head learns to recognise the same track at another place (InfoNCE), helped a
little by style labels where a table gives them. Stop with Ctrl-C and go on with --resume.
"""

import argparse
import math
import os
import resource
import signal
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from data import ExcerptSampler, Track, load_noise, load_rooms, load_tracks, read_styles, split_by_source
from degrade import ROOM_SAMPLES, Degrader, cut_out
from features import HOP, LogMel, samples_for_frames
from network import EMBEDDING_DIM, WINDOW_STRIDE, EchoNet, frames_for_windows, unit_length

MAX_SHIFT = WINDOW_STRIDE * HOP // 2
"""Half the distance of two windows (0.125 s), in samples."""
MAX_SPEED_CHANGE = 0.04
NEAR_WINDOWS = 2
"""Windows of one excerpt this close (0.5 s) are neither positives nor negatives."""
FINGERPRINT_TEMPERATURE = 0.05
STYLE_TEMPERATURE = 0.1
DEGRADED_REFERENCE = 0.2
"""Share of the batches whose reference view is degraded too."""
NEARLY_CLEAN = 0.1
"""Share of the batches whose degraded view only has another level, shift and speed."""


def fingerprint_loss(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """NT-Xent over [2 views, excerpts, windows, dims], and the share of nearest vectors that are right."""
    _, excerpts, windows, dims = vectors.shape
    flat = vectors.reshape(-1, dims)
    n = excerpts * windows
    similarity = flat @ flat.T / FINGERPRINT_TEMPERATURE
    excerpt = torch.arange(excerpts, device=flat.device).repeat_interleave(windows).repeat(2)
    window = torch.arange(windows, device=flat.device).repeat(excerpts * 2)
    near = (excerpt[:, None] == excerpt) & ((window[:, None] - window).abs() <= NEAR_WINDOWS)
    target = (torch.arange(2 * n, device=flat.device) + n) % (2 * n)
    near[torch.arange(2 * n, device=flat.device), target] = False
    similarity = similarity.masked_fill(near, -math.inf)
    right = (similarity.argmax(dim=1) == target).float().mean()
    return F.cross_entropy(similarity, target), right


def style_loss(vectors: Tensor) -> Tensor:
    """InfoNCE over [2 views, excerpts, dims]: positives are the other place of the same track."""
    views, excerpts, dims = vectors.shape
    flat = vectors.reshape(-1, dims)
    excerpt = torch.arange(excerpts, device=flat.device).repeat(views)
    same_excerpt = excerpt[:, None] == excerpt
    positive = (excerpt[:, None] // 2 == excerpt // 2) & ~same_excerpt
    similarity = (flat @ flat.T / STYLE_TEMPERATURE).masked_fill(same_excerpt, -math.inf)
    log_share = (similarity - similarity.logsumexp(dim=1, keepdim=True)).masked_fill(~positive, 0.0)
    return -log_share.sum() / positive.sum()


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
    """How much of the allowed steps, processor time and wall time is used: 0 to 1."""

    def __init__(self, args: argparse.Namespace, cpu_used: float, wall_used: float) -> None:
        self.limits = (args.steps, args.cpu_minutes * 60, args.wall_minutes * 60)
        self.cpu_before = cpu_used
        self.wall_before = wall_used
        self.started = time.monotonic()

    def cpu_used(self) -> float:
        return self.cpu_before + cpu_seconds()

    def wall_used(self) -> float:
        return self.wall_before + time.monotonic() - self.started

    def progress(self, step: int) -> float:
        used = (step, self.cpu_used(), self.wall_used())
        return min(1.0, max((u / limit for u, limit in zip(used, self.limits) if limit), default=0.0))


class Trainer:
    """The network, its optimiser and the data, with checkpoints."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.device = torch.device(args.device)
        torch.manual_seed(args.seed)
        styles = read_styles(args.labels)
        self.style_names = sorted(set(styles.values()))
        length = samples_for_frames(frames_for_windows(args.windows))
        self.lead = ROOM_SAMPLES

        tracks = load_tracks(args.music, styles, args.min_seconds)
        self.training, self.validation = split_by_source(tracks, set(args.hold_out))
        if len(self.training) < 2:
            raise SystemExit(f"{args.music} has {len(self.training)} usable tracks; training needs two or more")
        print(f"training on {len(self.training)} tracks, holding out {len(self.validation)}")
        self.sampler = self._sampler(self.training, length)
        self.validation_sampler = self._sampler(self.validation, length)
        self.degrader = Degrader(load_noise(args.noise), load_rooms(args.rooms), self.lead, length,
                                 args.seed, self.device)

        self.log_mel = LogMel().to(self.device)
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
        self.budget = Budget(args, cpu_used, wall_used)

    def _sampler(self, tracks: list[Track], length: int) -> ExcerptSampler | None:
        if not tracks:
            return None
        sampler = ExcerptSampler(tracks, self.style_names, self.lead, length, MAX_SHIFT, MAX_SPEED_CHANGE)
        if self.args.min_seconds < sampler.min_seconds():
            raise SystemExit(f"--min-seconds must be {sampler.min_seconds():.1f} or more for this --windows")
        return sampler

    def losses(self, sampler: ExcerptSampler, rng: np.random.Generator) -> dict[str, Tensor]:
        """One batch through degradation, front end and network."""
        batch = sampler.batch(rng, self.args.tracks)
        clean = torch.from_numpy(batch.clean).to(self.device)
        shifted = torch.from_numpy(batch.shifted).to(self.device)
        excerpts = len(clean)
        with torch.no_grad():
            degrade_reference = rng.random() < DEGRADED_REFERENCE
            reference = self.degrader.full(rng, clean) if degrade_reference else self.degrader.light(rng, clean)
            n_clean = int(round(NEARLY_CLEAN * excerpts / 2)) * 2
            other = torch.cat([
                self.degrader.light(rng, shifted[:n_clean]),
                self.degrader.full(rng, shifted[n_clean:]),
            ])
            mel = torch.cat([self.log_mel(reference), cut_out(rng, self.log_mel(other))])
            mel = mel.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.args.bf16):
            fingerprint, style = self.network(mel)
        fingerprint = fingerprint.transpose(1, 2).unflatten(0, (2, excerpts))
        mean_style = unit_length(style.mean(dim=2)).unflatten(0, (2, excerpts))
        contrast, right = fingerprint_loss(fingerprint)
        losses = {"fingerprint": contrast, "style": style_loss(mean_style), "right": right}
        labels = torch.from_numpy(batch.styles).to(self.device).repeat(2)
        known = labels >= 0
        if known.any():
            logits = self.classifier(mean_style.flatten(0, 1)[known])
            losses["label"] = F.cross_entropy(logits, labels[known], label_smoothing=0.1)
        else:
            losses["label"] = contrast.new_zeros(())
        return losses

    def train_step(self) -> dict[str, float]:
        progress = self.budget.progress(self.step)
        rate = self.args.learning_rate * min(1.0, (self.step + 1) / self.args.warm_up)
        rate *= 0.5 * (1 + math.cos(math.pi * progress))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        rng = np.random.default_rng([self.args.seed, self.step])
        losses = self.losses(self.sampler, rng)
        total = (losses["fingerprint"] + self.args.style_weight * losses["style"]
                 + self.args.label_weight * losses["label"])
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        return {name: value.item() for name, value in losses.items()}

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """The losses on the same two batches of held-out tracks each time."""
        self.network.eval()
        runs = [self.losses(self.validation_sampler, np.random.default_rng([self.args.seed, 1 << 40, i]))
                for i in range(2)]
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
            "held_out": sorted(self.args.hold_out),
            "style_names": self.style_names,
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, self.checkpoint)

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
                if self.validation_sampler:
                    print(f"held out  {figures(self.validate())}", flush=True)
        self.save()
        if self.validation_sampler and not self.stopping:
            print(f"held out  {figures(self.validate())}")
        print(f"saved {self.checkpoint} after {self.step} steps, "
              f"{self.budget.cpu_used() / 60:.1f} CPU minutes, {self.budget.wall_used() / 60:.1f} minutes")


def parse_args() -> argparse.Namespace:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = parser.add_argument_group("data")
    data.add_argument("--music", type=Path, required=True, help="folder of music; its subfolders are the sources")
    data.add_argument("--noise", type=Path, required=True, help="folder of background recordings")
    data.add_argument("--rooms", type=Path, help="folder of room responses, besides the synthetic ones")
    data.add_argument("--labels", type=Path, help="CSV with columns path (below --music) and style")
    data.add_argument("--hold-out", nargs="*", default=[], metavar="SOURCE",
                      help="subfolders of --music never trained on")
    data.add_argument("--min-seconds", type=float, default=15, help="shorter files are left out")
    size = parser.add_argument_group("size: training ends at whichever limit comes first")
    size.add_argument("--cpu-minutes", type=float, default=0, help="processor time, all threads together")
    size.add_argument("--wall-minutes", type=float, default=0, help="time on the clock")
    size.add_argument("--steps", type=int, default=0, help="optimiser steps")
    size.add_argument("--tracks", type=int, default=32, help="tracks in a batch, two excerpts of each")
    size.add_argument("--windows", type=int, default=5, help="windows in an excerpt")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--warm-up", type=int, default=60, help="steps of rising learning rate")
    parser.add_argument("--style-weight", type=float, default=0.3)
    parser.add_argument("--label-weight", type=float, default=0.1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads on a CPU")
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True,
                        help="convolutions in bfloat16")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--run", type=Path, default=here / "runs" / "latest", help="folder for checkpoints")
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
    torch.set_num_threads(args.threads)
    Trainer(args).run()


if __name__ == "__main__":
    main()

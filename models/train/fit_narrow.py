"""Fit the last layer of the fingerprint again, narrower, on the trained network: EMBEDDING_DIM values help training,
FINGERPRINT_DIM are what a library can keep.

    fit_narrow.py CHECKPOINT --music DIR... --noise DIR [--rooms DIR]

What the hidden layer of the head says of many batches, drawn and degraded as in training, is kept; the new layer
begins along the principal axes of the trained vectors and learns by the same contrastive loss. In the end it is
turned so that the values that vary most come first, which changes no cosine.
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from data import add_lossy_copies, load_noise, load_rooms, load_tracks, split_by_source
from labels import sources as sources_of
from losses import FINGERPRINT_LOSSES, fingerprint_loss
from network import FINGERPRINT_DIM, EchoNet, level_normalised, load_network, save_checkpoint
from views import Views

TOGETHER = 2
"""Kept batches in a step."""
LAST_BATCHES = 4
"""Kept batches that are measured and not learnt from."""


@torch.no_grad()
def hidden(network: EchoNet, mel: Tensor) -> Tensor:
    """[2, n, windows, hidden] of log-mel [2 n, 1, 128, frames]."""
    with torch.autocast("cpu", torch.bfloat16):
        values = F.elu(network.fingerprint.hidden(network.trunk(level_normalised(mel))))
    return values.squeeze(2).transpose(1, 2).unflatten(0, (2, -1)).half()


def gathered(args: argparse.Namespace, network: EchoNet) -> list[Tensor]:
    """`hidden` of each batch."""
    tracks = [track for folder in args.music
              for track in load_tracks(folder, {}, args.min_seconds, sources_of(args.labels, folder))]
    held_out = set(torch.load(args.checkpoint, map_location="cpu", weights_only=True)["held_out"])
    training, _ = split_by_source(tracks, held_out)
    add_lossy_copies(training, args.checkpoint.parent.parent / "cache", args.seed)
    views = Views(args.windows, load_noise(args.noise), load_rooms(args.rooms), args.seed, torch.device("cpu"))
    sampler = views.sampler(training, True)
    started, kept = time.monotonic(), []
    for number in range(args.batches):
        mel, _ = views.draw(np.random.default_rng([args.seed, 9, number]), sampler, args.tracks)
        kept.append(hidden(network, mel))
        if (number + 1) % 20 == 0:
            print(f"{number + 1} of {args.batches} batches, {time.monotonic() - started:.0f} s", flush=True)
    return kept


def principal_axes(vectors: Tensor, values: int) -> tuple[Tensor, float]:
    """[dims, values] axes about the origin, since cosines are what must stay, most first; and their share of the
    squared length."""
    lengths, axes = torch.linalg.eigh(vectors.double().T @ vectors.double())
    axes = axes.flip(1)[:, :values].float()
    return axes * axes.sum(dim=0).sign(), float(lengths.flip(0)[:values].sum() / lengths.sum())


def fingerprints(batch: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """[2, n, windows, dims] of unit length."""
    return F.normalize(batch.float() @ weight.T + bias, dim=-1)


def fit(kept: list[Tensor], trained: nn.Conv2d, args: argparse.Namespace) -> tuple[Tensor, Tensor]:
    """(weight [FINGERPRINT_DIM, hidden], bias) of the new layer."""
    learnt, measured = kept[:-LAST_BATCHES], kept[-LAST_BATCHES:]
    weight, bias = trained.weight.detach()[:, :, 0, 0], trained.bias.detach()

    def report(what: str, weight: Tensor, bias: Tensor) -> None:
        with torch.no_grad():
            both = torch.cat(measured, dim=1)
            loss, right = fingerprint_loss(fingerprints(both, weight, bias), args.loss)
        print(f"{what}: {len(weight)} values, loss {loss:.3f}, right {100 * right:.1f} %", flush=True)

    report("as trained", weight, bias)
    vectors = torch.cat([fingerprints(batch, weight, bias).flatten(0, 2) for batch in learnt[:20]])
    axes, share = principal_axes(vectors, FINGERPRINT_DIM)
    weight, bias = axes.T @ weight, axes.T @ bias
    report(f"principal axes ({100 * share:.1f} % of the length)", weight, bias)
    weight, bias = weight.clone().requires_grad_(), bias.clone().requires_grad_()
    optimiser = torch.optim.AdamW([weight, bias], lr=args.learning_rate, weight_decay=0.0)
    rng = np.random.default_rng([args.seed, 10])
    steps = args.epochs * (len(learnt) // TOGETHER)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = args.learning_rate * 0.5 * (1 + math.cos(math.pi * step / steps))
        chosen = rng.choice(len(learnt), TOGETHER, replace=False)
        loss, _ = fingerprint_loss(fingerprints(torch.cat([learnt[i] for i in chosen], dim=1), weight, bias), args.loss)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if (step + 1) % 100 == 0:
            report(f"step {step + 1} of {steps}", weight.detach(), bias.detach())
    weight, bias = weight.detach(), bias.detach()
    vectors = torch.cat([fingerprints(batch, weight, bias).flatten(0, 2) for batch in learnt[:20]])
    axes, _ = principal_axes(vectors, FINGERPRINT_DIM)
    return axes.T @ weight, axes.T @ bias


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--music", type=Path, nargs="+", required=True, help="what the network was trained on")
    parser.add_argument("--noise", type=Path, required=True)
    parser.add_argument("--rooms", type=Path)
    parser.add_argument("--labels", help="as for train.py")
    parser.add_argument("--min-seconds", type=float, default=15)
    parser.add_argument("--windows", type=int, default=5, help="windows in an excerpt")
    parser.add_argument("--tracks", type=int, default=128, help="tracks in a batch, two excerpts of each")
    parser.add_argument("--batches", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--loss", choices=tuple(FINGERPRINT_LOSSES), default="decoupled")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    network = load_network(args.checkpoint)
    weight, bias = fit(gathered(args, network), network.fingerprint.project, args)
    state = torch.load(args.checkpoint, map_location="cpu", weights_only=True)
    state["narrow"] = {"weight": weight[:, :, None, None].contiguous(), "bias": bias.contiguous()}
    save_checkpoint(state, args.checkpoint)
    print(f"{FINGERPRINT_DIM} values written into {args.checkpoint}")


if __name__ == "__main__":
    main()

"""Turn the fingerprint to the axes it really uses, and write them into the checkpoint.

    fit_axes.py CHECKPOINT --music DIR...

Training leaves nearly all of the fingerprint's variance in about half of its 128 values. The principal
axes of the fingerprints of the training music, most variance first, keep the cosines with FINGERPRINT_DIM
values; `export.py` folds them into the last convolution. The order lets an index cut the last values off,
which vary least.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from data import load_tracks, split_by_source
from features import SAMPLE_RATE, LogMel
from labels import sources as sources_of
from network import FINGERPRINT_DIM, load_network

PIECE_SECONDS = 30
LEAST_KEPT = 0.99
"""With less of the squared length than this in FINGERPRINT_DIM values, cosines would change by more than quantising
them to eight bits does."""


@torch.no_grad()
def fingerprints(checkpoint: Path, tracks: list) -> np.ndarray:
    """The fingerprints of all windows [n, 128]."""
    network, log_mel = load_network(checkpoint), LogMel()
    found = []
    for track in tracks:
        for start in range(0, len(track.samples), PIECE_SECONDS * SAMPLE_RATE):
            piece = track.samples[start : start + PIECE_SECONDS * SAMPLE_RATE].astype(np.float32) / 32768
            if len(piece) >= 2 * SAMPLE_RATE:
                found.append(network(log_mel(torch.from_numpy(piece)[None]))[0][0].T.numpy())
    return np.concatenate(found)


def principal_axes(vectors: np.ndarray) -> tuple[np.ndarray, float]:
    """[128, FINGERPRINT_DIM] axes about the origin, since cosines are what must stay, and the share of the
    squared length in them."""
    moments = vectors.astype(np.float64).T @ vectors.astype(np.float64)
    values, axes = np.linalg.eigh(moments)
    order = np.argsort(-values)[:FINGERPRINT_DIM]
    axes = axes[:, order]
    return axes * np.sign(axes.sum(axis=0)), float(values[order].sum() / values.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--music", type=Path, nargs="+", required=True, help="what the network was trained on")
    parser.add_argument("--labels", help="as for train.py")
    args = parser.parse_args()
    torch.set_num_threads(1)

    state = torch.load(args.checkpoint, map_location="cpu", weights_only=True)
    tracks = [track for folder in args.music
              for track in load_tracks(folder, {}, 5, sources_of(args.labels, folder))]
    training, _ = split_by_source(tracks, set(state["held_out"]))
    axes, kept = principal_axes(fingerprints(args.checkpoint, training))
    print(f"{FINGERPRINT_DIM} axes hold {100 * kept:.2f} % of the fingerprints")
    if kept < LEAST_KEPT:
        raise SystemExit(f"that is less than {100 * LEAST_KEPT:g} %: raise FINGERPRINT_DIM in network.py and in the"
                         " program, or train longer")
    state["axes"] = torch.tensor(axes, dtype=torch.float32)
    partial = args.checkpoint.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(args.checkpoint)
    print(f"axes written into {args.checkpoint}")


if __name__ == "__main__":
    main()

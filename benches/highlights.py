"""The program's highlights beside those of the Python package pychorus, on a folder of music, in one run.

    cargo build --release
    pip install pychorus soundfile && python benches/highlights.py [--music DIR] [--echovibe FILE]

Both are judged by pychorus's own chroma: of all stretches of 20 s that a track has, each half second one, which
share comes back less than the one chosen (the best mean cosine with a stretch that does not overlap it), and
which share is quieter (RMS). 0.5 is what chance gives. Only tracks count in which pychorus finds a chorus;
highlights of the others are told apart.
"""

import argparse
import contextlib
import io
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from pychorus.helpers import create_chroma, find_chorus

SECONDS, STEP_S = 20.0, 0.5
SHORTEST_CHORUS_S = 10


def highlights(echovibe: Path, music: Path) -> dict[str, float]:
    """Where the program's highlight of each file starts, seconds."""
    with tempfile.TemporaryDirectory() as folder:
        run = [str(echovibe), "--data-dir", folder, "-q"]
        subprocess.run([*run, "index", str(music)], check=True, stdout=subprocess.DEVNULL)
        listed = subprocess.run([*run, "library", "list", "--json"], check=True, capture_output=True, text=True)
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    return {row["path"]: row["highlight_s"] for row in rows if row["highlight_s"] is not None}


def ranks(chroma: np.ndarray, sound: np.ndarray, rate: int, length_s: float) -> tuple[np.ndarray, np.ndarray]:
    """For each stretch the share of the others that come back less, and that are quieter."""
    a_second = chroma.shape[1] / length_s
    # Two columns a second are enough to tell what comes back.
    columns = np.array_split(chroma, int(length_s / STEP_S), axis=1)
    places = np.stack([column.mean(axis=1) for column in columns])
    places -= places.mean(axis=0)
    places /= np.maximum(np.linalg.norm(places, axis=1, keepdims=True), 1e-9)
    alike = places @ places.T
    window = int(SECONDS / STEP_S)
    starts = len(places) - window + 1
    assert a_second > 0 and starts > 0
    again = np.empty(starts)
    for start in range(starts):
        others = [other for other in range(starts) if abs(other - start) >= window]
        means = [np.trace(alike[start:start + window, other:other + window]) / window for other in others]
        again[start] = max(means, default=np.nan)
    samples = int(STEP_S * rate)
    squares = np.array([np.mean(sound[at:at + samples] ** 2) for at in range(0, samples * len(places), samples)])
    loud = np.array([squares[start:start + window].mean() for start in range(starts)])
    return below(again), below(loud)


def below(values: np.ndarray) -> np.ndarray:
    known = values[~np.isnan(values)]
    if len(known) < 2:
        return np.full(len(values), np.nan)
    return np.array([((known < value).sum() + ((known == value).sum() - 1) / 2) / (len(known) - 1) for value in values])


def main() -> None:
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--music", type=Path, default=here / "../shared/music/dev")
    parser.add_argument("--echovibe", type=Path, default=here / "target/release/echovibe")
    args = parser.parse_args()
    ours = highlights(args.echovibe, args.music)
    found: list[list[float]] = []
    without = 0
    for path, start_s in sorted(ours.items()):
        chroma, sound, rate, length_s = create_chroma(path)
        if length_s < 2 * SECONDS + STEP_S:
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            theirs_s = find_chorus(chroma, rate, length_s, SHORTEST_CHORUS_S)
        if theirs_s is None:
            without += 1
            continue
        again, loud = ranks(chroma, sound, rate, length_s)
        places = [min(int(at / STEP_S), len(again) - 1) for at in (start_s, theirs_s)]
        row = [again[places[0]], again[places[1]], loud[places[0]], loud[places[1]]]
        if not np.isnan(row).any():
            found.append(row)
    if not found:
        raise SystemExit(f"no track of {args.music} is long enough and has a chorus by pychorus")
    means, count = np.mean(found, axis=0), len(found)
    errors = np.std(found, axis=0) / np.sqrt(count)
    print(f"{count} tracks with a chorus by pychorus, {without} without\n")
    print("| highlight | comes back more than | louder than |\n| --- | --- | --- |")
    for name, at in (("EchoVibe", 0), ("pychorus", 1)):
        print(f"| {name} | {means[at]:.2f} ± {errors[at]:.2f} | {means[at + 2]:.2f} ± {errors[at + 2]:.2f} |")


if __name__ == "__main__":
    main()

"""Fit the confidence of an answer on held-out music and write models/decision.json.

    calibrate.py CHECKPOINT --echovibe target/release/echovibe --music DIR --noise DIR --rooms DIR

The program itself is measured, not PyTorch: a library is indexed that holds the training tracks and
half of the held-out ones; clips of the held-out tracks, degraded as in training, are identified by
`echovibe identify --json`. A clip of the other half has no right answer. A logistic regression then
turns the evidence (score along the alignment, score of the fifth-best track, number of windows)
into the probability that the best candidate is the right track; known and unknown clips weigh the
same. Half of the noise recordings are enrolled as if they were music; clips of the other half, and of
noise made here, have no right answer either. Half of the clips fit it, the other half measures it.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import torch
from sklearn.linear_model import LogisticRegression

from data import audio_files, load_audio, load_noise, load_rooms, load_tracks, split_by_source
from degrade import ROOM_SAMPLES, Degrader
from features import SAMPLE_RATE
from check import draw_clips

LENGTHS_S = (2.0, 3.0, 5.0, 10.0)
NOISE_ALONE = "noise alone"
SNRS_DB = (None, 10.0, 5.0, 0.0, -5.0)
BACKGROUND_PLACE = 4
FEATURES = ("score", "background", "beside", "log_windows", "score_log_windows")
HOP, FFT_SIZE, WINDOW_FRAMES, WINDOW_STRIDE, QUERY_STRIDE = 500, 2048, 48, 8, 4
IDENTIFY_AT_ONCE = 200
FOLLOW_S = 5.0
"""Seconds of sound by which the program tells whether a named track goes on."""
FOLLOW_QUANTILE = 0.95
"""Share of the fifth-best tracks' alignments that do not reach the score of a track that goes on."""


def query_windows(samples: int) -> int:
    """Windows that the program makes of a clip: interleaved passes."""
    columns = max((samples - FFT_SIZE) // HOP + 1, WINDOW_FRAMES)
    passes = range(columns, columns - WINDOW_STRIDE, -QUERY_STRIDE)
    return sum(max(0, (n + WINDOW_STRIDE - WINDOW_FRAMES) // WINDOW_STRIDE) for n in passes)


def echovibe(args: argparse.Namespace, data_dir: str, *words: str) -> list[dict]:
    """Runs a command of the program and gives its JSON lines."""
    command = [str(args.echovibe), "--data-dir", data_dir, "--quiet", *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 2:
        raise SystemExit(f"{' '.join(command[:6])}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def library(music: Path, tracks: list, folder: Path) -> None:
    """A folder of links to the tracks' files."""
    for number, track in enumerate(tracks):
        path = music / track.path
        (folder / f"{number:04d}{path.suffix}").symlink_to(path.resolve())


def write_clips(args: argparse.Namespace, tracks: list, known: set[int], folder: Path) -> list[dict]:
    """Degraded clips as WAV files, with the truth of each."""
    noise, rooms = load_noise(args.noise), load_rooms(args.rooms)
    clips = []
    for seconds in LENGTHS_S:
        length = int(seconds * SAMPLE_RATE)
        degrader = Degrader(noise, rooms, ROOM_SAMPLES, length, args.seed, torch.device("cpu"))
        for cell, snr_db in enumerate(SNRS_DB):
            for pool in (sorted(known), sorted(set(range(len(tracks))) - known)):
                rng = np.random.default_rng([args.seed, int(seconds * 10), cell, pool[0]])
                excerpts, truth = draw_clips(rng, tracks, pool, length, args.clips)
                if snr_db is None:
                    sound = degrader.light(rng, excerpts)
                else:
                    sound = degrader.full(rng, excerpts, snr_db, room_probability=1.0)
                for samples, (number, start_s) in zip(sound.numpy(), truth):
                    path = folder / f"{len(clips):05d}.wav"
                    peak = np.abs(samples).max() + 1e-9
                    soundfile.write(path, 0.5 * samples / peak, SAMPLE_RATE, subtype="PCM_16")
                    clips.append({"path": path, "track": number, "start_s": start_s, "known": number in known,
                                  "seconds": seconds, "snr_db": snr_db})
    return clips


def write_noises(args: argparse.Namespace, noises: list[Path], first: int, folder: Path) -> list[dict]:
    """Clips of noise recordings and of made noise, which have no right answer."""
    rng = np.random.default_rng([args.seed, 99])
    recordings = [load_audio(path) for path in noises]
    clips = []
    for seconds in LENGTHS_S:
        length = int(seconds * SAMPLE_RATE)
        for number in range(args.noises):
            if number % 3 == 0:
                spectrum = np.fft.rfft(rng.standard_normal(length))
                spectrum /= np.maximum(np.arange(len(spectrum)), 1) ** rng.uniform(-0.5, 1.0)
                samples = np.fft.irfft(spectrum, length)
            else:
                recording = recordings[rng.integers(len(recordings))]
                start = rng.integers(max(1, len(recording) - length))
                samples = np.resize(recording[start : start + length], length)
            path = folder / f"{first + len(clips):05d}.wav"
            peak = np.abs(samples).max() + 1e-9
            soundfile.write(path, 0.5 * samples / peak, SAMPLE_RATE, subtype="PCM_16")
            clips.append({"path": path, "track": None, "start_s": 0.0, "known": False,
                          "seconds": seconds, "snr_db": NOISE_ALONE})
    return clips


def evidence(answers: list[dict], clips: list[dict], links: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Features [n, 5], NaN where there was no fifth track, and whether the best candidate is right [n]."""
    rows, right = [], []
    for clip, answer in zip(clips, answers, strict=True):
        candidates = answer["candidates"]
        best = candidates[0] if candidates else {"score": 0.0, "beside": 0.0, "path": ""}
        background = candidates[BACKGROUND_PLACE]["score"] if len(candidates) > BACKGROUND_PLACE else np.nan
        windows = np.log(query_windows(int(clip["seconds"] * SAMPLE_RATE)))
        rows.append([best["score"], background, best["beside"], windows, best["score"] * windows])
        right.append(clip["known"] and links.get(Path(best["path"]).name) == clip["track"])
    return np.array(rows), np.array(right)


def report(confidence: np.ndarray, right: np.ndarray, close: np.ndarray, clips: list[dict],
           measured: np.ndarray) -> None:
    """Reliability, and what a threshold of 0.9 names, on the clips that did not fit."""
    print("| confidence | clips | right, % |\n| --- | --- | --- |")
    for low, high in ((0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 0.99), (0.99, 1.01)):
        inside = measured & (confidence >= low) & (confidence < high)
        share = f"{100 * right[inside].mean():.1f}" if inside.any() else "-"
        print(f"| {low:g} to {min(high, 1):g} | {inside.sum()} | {share} |")
    known = np.array([clip["known"] for clip in clips])
    named = confidence >= 0.9
    print("\n| s | condition | named rightly at 0.9, % | unknown named, % | within 0.5 s, % of right |"
          "\n| --- | --- | --- | --- | --- |")
    for seconds in LENGTHS_S:
        for snr_db in (*SNRS_DB, NOISE_ALONE):
            cell = measured & np.array([(c["seconds"], c["snr_db"]) == (seconds, snr_db) for c in clips])
            unknown = f"{100 * named[cell & ~known].mean():.1f}"
            if snr_db == NOISE_ALONE:
                print(f"| {seconds:g} | {NOISE_ALONE} | | {unknown} | |")
                continue
            condition = "clean" if snr_db is None else f"room{snr_db:+g} dB"
            print(f"| {seconds:g} | {condition} | {100 * (named & right)[cell & known].mean():.1f} | {unknown}"
                  f" | {100 * close[cell & right].mean():.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--echovibe", type=Path, required=True, help="the program, built with this network")
    parser.add_argument("--music", type=Path, required=True, help="the folder the network was trained on")
    parser.add_argument("--noise", type=Path, required=True)
    parser.add_argument("--rooms", type=Path)
    parser.add_argument("--clips", type=int, default=30, help="clips in a cell")
    parser.add_argument("--noises", type=int, default=60, help="clips of noise alone of each length")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "decision.json")
    args = parser.parse_args()
    torch.set_num_threads(1)

    sources = set(torch.load(args.checkpoint, map_location="cpu", weights_only=True)["held_out"])
    training, held_out = split_by_source(load_tracks(args.music, {}, 2 * max(LENGTHS_S)), sources)
    known = set(range(0, len(held_out), 2))
    enrolled = [held_out[i] for i in sorted(known)] + training
    with tempfile.TemporaryDirectory() as temporary:
        music, clip_folder = Path(temporary, "music"), Path(temporary, "clips")
        music.mkdir()
        clip_folder.mkdir()
        library(args.music, enrolled, music)
        links = {f"{place:04d}{Path(held_out[i].path).suffix}": i for place, i in enumerate(sorted(known))}
        data_dir = str(Path(temporary, "data"))
        echovibe(args, data_dir, "index", str(music))
        noises = audio_files(args.noise)
        for number, path in enumerate(noises[::2]):
            (music / f"noise{number:04d}{path.suffix}").symlink_to(path.resolve())
        clips = write_clips(args, held_out, known, clip_folder)
        clips += write_noises(args, noises[1::2], len(clips), clip_folder)
        answers = []
        for first in range(0, len(clips), IDENTIFY_AT_ONCE):
            paths = [str(clip["path"]) for clip in clips[first : first + IDENTIFY_AT_ONCE]]
            answers += echovibe(args, data_dir, "identify", *paths)
    features, right = evidence(answers, clips, links)
    known_background = ~np.isnan(features[:, 1])
    default_background = float(features[known_background, 1].mean())
    features[~known_background, 1] = default_background
    fitted = np.arange(len(clips)) % 2 == 0
    model = LogisticRegression(C=100.0, max_iter=10_000).fit(features[fitted], right[fitted])
    confidence = model.predict_proba(features)[:, 1]
    print(f"{len(clips)} clips of {len(held_out)} held-out tracks; {len(enrolled)} tracks enrolled\n")
    offsets = [a["candidates"][0]["offset_s"] if a["candidates"] else np.inf for a in answers]
    close = np.array([abs(o - c["start_s"]) <= 0.5 for o, c in zip(offsets, clips)])
    report(confidence, right, close, clips, ~fitted)
    decision = {"made_by": "models/train/calibrate.py", "intercept": round(float(model.intercept_[0]), 4)}
    decision |= {name: round(float(weight), 4) for name, weight in zip(FEATURES, model.coef_[0])}
    decision["default_background"] = round(default_background, 4)
    five_seconds = np.array([clip["seconds"] == FOLLOW_S for clip in clips])
    following = float(np.quantile(features[five_seconds & known_background, 1], FOLLOW_QUANTILE))
    print(f"\n{known_background.sum()} of {len(clips)} clips met five tracks or more")
    decision["following_score"] = round(following, 4)
    on_track = five_seconds & right
    print(f"\nfollowing score {following:.3f}: above it are {100 * (features[on_track, 0] > following).mean():.1f} %"
          f" of the right alignments of {FOLLOW_S:g} s clips")
    args.out.write_text(json.dumps(decision, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""Fit the confidence of an answer on held-out music and write models/decision.json.

    calibrate.py CHECKPOINT --echovibe target/release/echovibe --music DIR --noise DIR --rooms DIR

The program itself is measured, not PyTorch: a library is indexed that holds half of the held-out tracks and
training tracks; clips of the held-out tracks, degraded as in training, are identified by
`echovibe identify --json`. A clip of the other half has no right answer. Then the halves change
places, and all of it is done with libraries of several sizes. A logistic regression turns the evidence (score
along the alignment, score a little beside it, score of the tracks that follow, seconds heard, tracks in the
library) into the probability that the best candidate is the right
track; a clip that the program takes for no music, and does not search, takes no part in the fit and counts
as not named. Some of the noise recordings are enrolled as if they were music; the other half is what is heard
beside the music, and clips of it alone, and of noise made here, have no right answer either.

The fit is measured by cross-validation over the sources of the held-out tracks (over the tracks, where
there are fewer than LEAST_GROUPS sources): every figure printed is of clips that took no part in the fit. What is written is the fit on all of them.
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
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from data import audio_files, load_audio, join_noises, load_rooms, load_tracks, split_by_source
from degrade import ROOM_SAMPLES, Degrader
from features import SAMPLE_RATE
from labels import sources as sources_of
from check import draw_clips

LENGTHS_S = (1.0, 2.0, 3.0, 5.0, 10.0)
NOISE_ALONE = "noise alone"
LIBRARIES = (16, 64, 256, 10_000)
"""What unrelated tracks reach says less, the fewer there are: the rule is fitted on libraries of several sizes."""
SNRS_DB = (None, np.inf, 10.0, 5.0, 0.0, -5.0)
BACKGROUND_PLACES = slice(2, 8)
"""As `index::decision` has them."""
EVIDENCE = ("score", "background", "beside", "log_s", "log_tracks")
PRODUCTS = (("score", "log_s"), ("background", "log_s"), ("beside", "log_s"), ("score", "log_tracks"),
            ("background", "log_tracks"))
FEATURES = EVIDENCE + tuple("_".join(pair) for pair in PRODUCTS)
FALSE_NAMES = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
"""Shares of the clips of unknown music that may be named, for which a threshold is given."""
REPORTED, DEFAULT = 0.01, 0.001
UNKNOWN_TIMES = 3
"""Clips of unknown music to one of known music: the rare false name needs many."""
IDENTIFY_AT_ONCE = 200
LEAST_GROUPS = 4
LEAST_RIGHT = 50
"""Clips whose best candidate must be right, for there to be anything to fit."""
FOLLOW_S = 5.0
"""Seconds of sound by which the program tells whether a named track goes on."""
FOLLOW_QUANTILE = 0.95
"""Share of the fifth-best tracks' alignments, in the largest library, that do not reach the score of a track that
goes on."""


def echovibe(args: argparse.Namespace, data_dir: str, *words: str) -> list[dict]:
    """Runs a command of the program and gives its JSON lines."""
    command = [str(args.echovibe), "--data-dir", data_dir, "--quiet", *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 2:
        raise SystemExit(f"{' '.join(command[:6])}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def library(tracks: list, folder: Path) -> None:
    """A folder of links to the tracks' files."""
    for number, track in enumerate(tracks):
        (folder / f"{number:04d}{track.file.suffix}").symlink_to(track.file)


def write_clips(args: argparse.Namespace, tracks: list, noises: list[Path], known: set[int], folder: Path,
                seed: int) -> list[dict]:
    """Degraded clips as WAV files, with the truth of each."""
    noise, rooms = join_noises(noises), load_rooms(args.rooms)
    clips = []
    for seconds in LENGTHS_S:
        length = int(seconds * SAMPLE_RATE)
        degrader = Degrader(noise, rooms, ROOM_SAMPLES, length, seed, torch.device("cpu"))
        for cell, snr_db in enumerate(SNRS_DB):
            for pool in (sorted(known), sorted(set(range(len(tracks))) - known)):
                rng = np.random.default_rng([seed, int(seconds * 10), cell, pool[0]])
                wanted = args.clips * (1 if pool[0] in known else UNKNOWN_TIMES)
                excerpts, truth = draw_clips(rng, tracks, pool, length, wanted)
                if snr_db is None:
                    sound = degrader.light(rng, excerpts)
                else:
                    sound = degrader.full(rng, excerpts, snr_db, room_probability=1.0)
                for samples, (number, start_s) in zip(sound.numpy(), truth):
                    path = folder / f"{len(clips):05d}.wav"
                    peak = np.abs(samples).max() + 1e-9
                    soundfile.write(path, 0.5 * samples / peak, SAMPLE_RATE, subtype="PCM_16")
                    clips.append({"path": path, "track": number, "start_s": start_s, "known": number in known,
                                  "source": tracks[number].source,
                                  "seconds": seconds, "snr_db": snr_db})
    return clips


def write_noises(args: argparse.Namespace, noises: list[Path], first: int, folder: Path,
                 seed: int) -> list[dict]:
    """Clips of noise recordings and of made noise, which have no right answer."""
    rng = np.random.default_rng([seed, 99])
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
                          "source": f"noise {number % 8}",
                          "seconds": seconds, "snr_db": NOISE_ALONE})
    return clips


def evidence(answers: list[dict], clips: list[dict], links: dict[str, int]) -> list[dict]:
    """What each answer rests on, beside the truth; NaN where there was no fifth track."""
    rows = []
    for clip, answer in zip(clips, answers, strict=True):
        candidates = answer["candidates"]
        best = candidates[0] if candidates else {"score": 0.0, "beside": 0.0, "path": "", "offset_s": np.inf}
        rows.append(clip | {
            "score": best["score"], "beside": best["beside"],
            "log_s": float(np.log(clip["seconds"])),
            "right": bool(clip["known"] and links.get(Path(best["path"]).name) == clip["track"]),
            "close": abs(best["offset_s"] - clip["start_s"]) <= 0.5,
            "searched": bool(answer["candidates"]),
            "candidates": [(c["score"], c["beside"]) for c in candidates],
        })
    return rows


def hear(args: argparse.Namespace, held_out: list, training: list, known: set[int], seed: int) -> list[dict]:
    """Evidence of all clips with these held-out tracks enrolled, and training tracks beside them."""
    enrolled = [held_out[i] for i in sorted(known)] + training
    with tempfile.TemporaryDirectory() as temporary:
        music, clip_folder = Path(temporary, "music"), Path(temporary, "clips")
        music.mkdir()
        clip_folder.mkdir()
        library(enrolled, music)
        links = {f"{place:04d}{Path(held_out[i].path).suffix}": i for place, i in enumerate(sorted(known))}
        noises = audio_files(args.noise)
        for number, path in enumerate(noises[::2][: max(1, len(enrolled) // 8)]):
            (music / f"noise{number:04d}{path.suffix}").symlink_to(path.resolve())
        data_dir = str(Path(temporary, "data"))
        echovibe(args, data_dir, "index", str(music))
        tracks = len(list(music.iterdir()))
        clips = write_clips(args, held_out, noises[1::2], known, clip_folder, seed)
        clips += write_noises(args, noises[1::2], len(clips), clip_folder, seed)
        answers = []
        for first in range(0, len(clips), IDENTIFY_AT_ONCE):
            paths = [str(clip["path"]) for clip in clips[first : first + IDENTIFY_AT_ONCE]]
            answers += echovibe(args, data_dir, "identify", *paths)
        return [row | {"tracks": tracks} for row in evidence(answers, clips, links)]


def background(candidates: list[tuple[float, float]]) -> float:
    """What unrelated tracks reach; of a handful of tracks, the last; NaN where there is but one."""
    scores = [score for score, _ in candidates]
    if len(scores) < 2:
        return np.nan
    return float(np.mean(scores[BACKGROUND_PLACES] or scores[-1:]))


def column(rows: list[dict], name: str) -> np.ndarray:
    return np.array([row[name] for row in rows])


def features(rows: list[dict], default_background: float) -> np.ndarray:
    """[n, FEATURES]"""
    values = {name: column(rows, name).astype(float) for name in EVIDENCE}
    values["background"] = np.where(np.isnan(values["background"]), default_background, values["background"])
    products = [values[a] * values[b] for a, b in PRODUCTS]
    return np.stack([*values.values(), *products], axis=1)


def fit(x: np.ndarray, right: np.ndarray) -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=100.0, max_iter=10_000)).fit(x, right)


def unscaled(model: Pipeline) -> tuple[float, np.ndarray]:
    """Intercept and weights for features as they are."""
    scaler, regression = model
    weights = regression.coef_[0] / scaler.scale_
    return float(regression.intercept_[0] - weights @ scaler.mean_), weights


def groups(rows: list[dict]) -> np.ndarray:
    """What is left out together: a source, or a track where there are too few sources."""
    sources = {row["source"] for row in rows if row["right"]}
    if len(sources) >= LEAST_GROUPS:
        return column(rows, "source")
    return np.array([f"{row['source']} {row['track']}" for row in rows])


def cross_validated(x: np.ndarray, right: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """Confidence of each clip by a fit without its group."""
    confidence = np.empty(len(x))
    for train, test in GroupKFold(min(8, len(set(left_out)))).split(x, right, left_out):
        confidence[test] = fit(x[train], right[train]).predict_proba(x[test])[:, 1]
    return confidence


def logit(confidence: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(confidence, 1e-12)) - np.log(np.maximum(1 - confidence, 1e-12))


def fit_false_names(logits: np.ndarray, seconds: np.ndarray) -> dict[str, float]:
    """The logit that a share of the clips of unknown music reaches, by their length:
    intercept + log_share ln(share) + log_s ln(s) + both ln(share) ln(s).

    Least squares through the quantiles at FALSE_NAMES, as far as five clips or more lie above, each weighed
    by how well so many clips tell it.
    """
    points = []
    for length in LENGTHS_S:
        reached = np.sort(logits[seconds == length])[::-1]
        for share in FALSE_NAMES:
            above = share * len(reached)
            if above >= 5:
                points.append((share, length, np.interp(above, np.arange(len(reached)) + 0.5, reached), np.sqrt(above)))
    share, length, reached, weight = np.array(points).T
    x = np.stack([np.ones(len(share)), np.log(share), np.log(length), np.log(share) * np.log(length)], axis=1)
    found = np.linalg.lstsq(x * weight[:, None], reached * weight, rcond=None)[0]
    return {name: round(float(value), 4) for name, value in zip(("intercept", "log_share", "log_s", "both"), found)}


def false_share(fitted: dict[str, float], logits: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Share of the clips of unknown music that reach these logits."""
    rest = logits - fitted["intercept"] - fitted["log_s"] * np.log(seconds)
    return np.exp(np.minimum(0, rest / (fitted["log_share"] + fitted["both"] * np.log(seconds))))


def report(rows: list[dict], confidence: np.ndarray, certainty: np.ndarray, threshold: float) -> None:
    """Reliability, and what a threshold names."""
    right, known, close = column(rows, "right"), column(rows, "known"), column(rows, "close")
    print("| confidence | clips | right, % |\n| --- | --- | --- |")
    for low, high in ((0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 0.99), (0.99, 1.01)):
        inside = (confidence >= low) & (confidence < high)
        share = f"{100 * right[inside].mean():.1f}" if inside.any() else "-"
        print(f"| {low:g} to {min(high, 1):g} | {inside.sum()} | {share} |")
    named = certainty >= threshold
    print(f"\nFrom a certainty of {threshold:g}, of {sum(known)} known and {sum(~known)} unknown clips:\n"
          "\n| s | condition | best is right, % | named rightly, % | named wrongly, % | unknown named, %"
          " | within 0.5 s, % of right |\n| --- | --- | --- | --- | --- | --- | --- |")
    for seconds in LENGTHS_S:
        for snr_db in (*SNRS_DB, NOISE_ALONE):
            cell = np.array([(row["seconds"], row["snr_db"]) == (seconds, snr_db) for row in rows])
            unknown = f"{100 * named[cell & ~known].mean():.1f}"
            if snr_db == NOISE_ALONE:
                print(f"| {seconds:g} | {NOISE_ALONE} | | | | {unknown} | |")
                continue
            condition = "clean" if snr_db is None else "room" if snr_db == np.inf else f"room{snr_db:+g} dB"
            inside = cell & known
            print(f"| {seconds:g} | {condition} | {100 * right[inside].mean():.1f}"
                  f" | {100 * (named & right)[inside].mean():.1f} | {100 * (named & ~right)[inside].mean():.1f}"
                  f" | {unknown} | {100 * close[inside & right].mean():.1f} |")


def hear_all(args: argparse.Namespace) -> list[dict]:
    """Evidence with libraries of all sizes, and either half of the held-out tracks enrolled."""
    sources = set(torch.load(args.checkpoint, map_location="cpu", weights_only=True)["held_out"])
    tracks = [track for folder in args.music
              for track in load_tracks(folder, {}, 2 * max(LENGTHS_S), sources_of(args.labels, folder))]
    training, held_out = split_by_source(tracks, sources)
    if len(held_out) < 4:
        raise SystemExit(f"{args.checkpoint} held out {len(held_out)} tracks; four or more are needed to measure on")
    print(f"{len(held_out)} held-out tracks; up to {len(training)} training tracks enrolled beside half of them\n")
    rows = []
    largest = (len(held_out) + 1) // 2 + len(training)
    for number, size in enumerate(sorted({min(size, largest) for size in args.libraries})):
        for half in (0, 1):
            seed = args.seed + 2 * number + half
            rng = np.random.default_rng([seed, 7])
            known = np.arange(half, len(held_out), 2)
            known = set(rng.permutation(known)[: max(2, size // 2)].tolist())
            beside = rng.permutation(len(training))[: max(0, size - len(known))]
            rows += hear(args, held_out, [training[i] for i in beside], known, seed)
            print(f"{len(rows)} clips identified, the last with {rows[-1]['tracks']} tracks enrolled", flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--echovibe", type=Path, required=True, help="the program, built with this network")
    parser.add_argument("--music", type=Path, nargs="+", required=True, help="what the network was trained on")
    parser.add_argument("--labels", help="as for train.py")
    parser.add_argument("--noise", type=Path, required=True)
    parser.add_argument("--rooms", type=Path)
    parser.add_argument("--libraries", type=int, nargs="+", default=LIBRARIES,
                        help="sizes of the libraries, in tracks, as far as the music reaches")
    parser.add_argument("--clips", type=int, default=30, help="clips in a cell")
    parser.add_argument("--noises", type=int, default=60, help="clips of noise alone of each length")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--evidence", type=Path, help="also write what was heard, one JSON object a line")
    parser.add_argument("--from-evidence", type=Path, help="fit what was heard before; nothing is heard again")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "decision.json")
    args = parser.parse_args()
    torch.set_num_threads(1)

    if args.from_evidence:
        rows = [json.loads(line) for line in args.from_evidence.read_text().splitlines()]
    else:
        rows = hear_all(args)
    if args.evidence:
        args.evidence.write_text("".join(json.dumps(row, default=str) + "\n" for row in rows))

    for row in rows:
        row["background"] = background(row["candidates"])
        row["log_tracks"] = float(np.log(row["tracks"]))
    default_background = float(np.nanmean(column(rows, "background")))
    x, right, unknown = features(rows, default_background), column(rows, "right"), ~column(rows, "known")
    if right.sum() < LEAST_RIGHT:
        raise SystemExit(f"the best candidate was right for {right.sum()} of {len(rows)} clips: too few to fit a"
                         " confidence on. Train longer, or with more music, and export again")
    searched = column(rows, "searched")
    confidence = np.zeros(len(rows))
    confidence[searched] = cross_validated(x[searched], right[searched], groups(rows)[searched])
    music = unknown & (column(rows, "snr_db").astype(str) != NOISE_ALONE)
    logits, seconds = logit(confidence), column(rows, "seconds")
    false_names = fit_false_names(logits[music], seconds[music])
    certainty = 1 - false_share(false_names, logits, seconds)
    print(f"{music.sum()} clips of unknown music: the share that is named where so many are allowed, by length")
    print("| s | " + " | ".join(f"{100 * share:g} %" for share in FALSE_NAMES) + " |\n" + "| --- " * (len(FALSE_NAMES) + 1)
          + "|")
    for length in (*LENGTHS_S, None):
        reached = certainty[music & ((seconds == length) if length else True)]
        print(f"| {length or 'all'} | " + " | ".join(f"{100 * np.mean(reached >= 1 - share):.2f}" for share in FALSE_NAMES)
              + " |")
    for tracks in np.unique(column(rows, "tracks")):
        reached = certainty[music & (column(rows, "tracks") == tracks)]
        print(f"| {tracks} tracks | " + " | ".join(f"{100 * np.mean(reached >= 1 - share):.2f}" for share in FALSE_NAMES) + " |")
    print()
    report(rows, confidence, certainty, 1 - REPORTED)
    print()
    report(rows, confidence, certainty, 1 - DEFAULT)

    intercept, weights = unscaled(fit(x[searched], right[searched]))
    decision = {"made_by": "models/train/calibrate.py", "intercept": round(intercept, 4)}
    decision["weights"] = {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights)}
    decision["false_names"] = false_names
    decision["tracks"] = [int(column(rows, "tracks").min()), int(column(rows, "tracks").max())]
    decision["default_background"] = round(default_background, 4)
    largest = column(rows, "tracks") == decision["tracks"][1]
    five_seconds = (column(rows, "seconds") == FOLLOW_S) & largest
    fifth = np.array([row["candidates"][4][0] for row in np.array(rows)[five_seconds] if len(row["candidates"]) > 4])
    following = float(np.quantile(fifth, FOLLOW_QUANTILE))
    decision["following_score"] = round(following, 4)
    on_track = five_seconds & right
    print(f"\nfollowing score {following:.3f}: above it are"
          f" {100 * (column(rows, 'score')[on_track] > following).mean():.1f} % of the right alignments of"
          f" {FOLLOW_S:g} s clips")
    args.out.write_text(json.dumps(decision, indent=2) + "\n")


if __name__ == "__main__":
    main()

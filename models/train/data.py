"""Music, noise and room responses from folders, decoded once and kept in memory."""

import io
import os
import time
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from features import SAMPLE_RATE

AUDIO_SUFFIXES = {".aif", ".aiff", ".au", ".flac", ".mp3", ".oga", ".ogg", ".opus", ".wav"}
LOSSY_LEVELS = (0.5, 0.95)
"""Compression of the lossy copies, as libsndfile counts it: about 80 to 16 kbit/s of mp3."""
HELD_OUT_SHARE = 0.1
LOSSY_TRACKS = 0.3
"""Share of the tracks that get a lossy copy."""
SILENCE_RMS = 0.003
"""Excerpts quieter than this (full scale 1) teach nothing and are drawn again."""


def audio_files(folder: Path) -> list[Path]:
    """All sound files below `folder`, sorted."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in AUDIO_SUFFIXES)


def load_audio(path: Path) -> np.ndarray:
    """A whole file as mono f32 at SAMPLE_RATE."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(samples.mean(axis=1), rate, SAMPLE_RATE)


def source_of(path: Path, folder: Path) -> str:
    """The first folder below the music folder: an album, a game, an artist, a genre."""
    parts = path.relative_to(folder).parts
    return parts[0] if len(parts) > 1 else ""


@dataclass
class Track:
    path: str
    """Below its music folder."""
    file: Path
    source: str
    style: str | None
    samples: np.ndarray
    """Mono int16 at SAMPLE_RATE."""
    lossy: np.ndarray | None = None
    """The same after a lossy codec."""


def load_tracks(folder: Path, styles: dict[str, str], min_seconds: float,
                sources: dict[str, str] | None = None) -> list[Track]:
    """Decode every sound file below `folder`; broken and short files are reported and left out.

    `sources` overrules the first subfolder as the source of the files that it names.
    """
    started = time.monotonic()

    def load(path: Path) -> Track | None:
        name = path.relative_to(folder).as_posix()
        try:
            samples = load_audio(path)
        except soundfile.LibsndfileError as error:
            print(f"left out {name}: {error}")
            return None
        if len(samples) < min_seconds * SAMPLE_RATE:
            print(f"left out {name}: shorter than {min_seconds:g} s")
            return None
        pcm = np.round(np.clip(samples, -1, 1) * 32767).astype(np.int16)
        source = (sources or {}).get(name) or source_of(path, folder)
        return Track(name, path.resolve(), source, styles.get(name), pcm)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        tracks = [track for track in pool.map(load, audio_files(folder)) if track is not None]
    hours = sum(len(track.samples) for track in tracks) / SAMPLE_RATE / 3600
    elapsed = time.monotonic() - started
    print(f"{folder.name}: {len(tracks)} tracks, {hours:.2f} h, decoded in {elapsed:.0f} s", flush=True)
    return tracks


def lossy_copy(samples: np.ndarray, level: float) -> np.ndarray | None:
    """int16 samples through mp3 and back, in time with the original; None if that fails."""
    packed = io.BytesIO()
    try:
        soundfile.write(packed, samples, SAMPLE_RATE, format="MP3", subtype="MPEG_LAYER_III",
                        compression_level=level, bitrate_mode="CONSTANT")
        packed.seek(0)
        heard = soundfile.read(packed, dtype="int16")[0]
    except soundfile.LibsndfileError:
        return None
    stretch = min(len(samples), len(heard), 1 << 18)
    size = 2 * stretch
    spectrum = np.fft.rfft(heard[:stretch].astype(np.float32), size)
    spectrum *= np.conj(np.fft.rfft(samples[:stretch].astype(np.float32), size))
    delay = int(np.argmax(np.fft.irfft(spectrum)))
    delay -= size if delay > stretch else 0
    if abs(delay) > SAMPLE_RATE // 4:
        return None
    heard = heard[delay:] if delay >= 0 else np.pad(heard, (-delay, 0))
    return np.resize(np.pad(heard, (0, max(0, len(samples) - len(heard)))), len(samples))


def add_lossy_copies(tracks: list[Track], cache: Path, seed: int) -> None:
    """Gives LOSSY_TRACKS of the tracks a lossy copy; `cache` keeps them from one run to the next."""
    cache.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()

    def add(track: Track) -> None:
        name = zlib.crc32(track.path.encode() + track.samples.tobytes())
        rng = np.random.default_rng([seed, name])
        level = rng.uniform(*LOSSY_LEVELS)
        if rng.random() >= LOSSY_TRACKS:
            return
        kept = cache / f"lossy-{name:08x}-{seed}.npy"
        if kept.exists():
            track.lossy = np.load(kept)
            return
        track.lossy = lossy_copy(track.samples, level)
        if track.lossy is not None:
            partial = kept.with_suffix(".partial.npy")
            np.save(partial, track.lossy)
            partial.rename(kept)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(add, tracks))
    made = sum(track.lossy is not None for track in tracks)
    print(f"{made} of {len(tracks)} tracks also through a lossy codec in {time.monotonic() - started:.0f} s", flush=True)


def held_out_sources(wanted: list[str], tracks: list[Track], seed: int) -> set[str]:
    """The sources named, none for "none", or for "auto" some that together have HELD_OUT_SHARE of the
    tracks; no source with more than a quarter of them is drawn."""
    if wanted == ["none"]:
        return set()
    if wanted != ["auto"]:
        return set(wanted)
    counts = Counter(track.source for track in tracks)
    held_out: set[str] = set()
    for source in np.random.default_rng([seed, 5]).permutation(sorted(counts)):
        if sum(counts[s] for s in held_out) >= HELD_OUT_SHARE * len(tracks):
            break
        if counts[source] <= len(tracks) / 4:
            held_out.add(str(source))
    return held_out


def split_by_source(tracks: list[Track], held_out: set[str]) -> tuple[list[Track], list[Track]]:
    """(training, validation): every track of a held-out source goes to validation."""
    missing = held_out - {track.source for track in tracks}
    if missing:
        raise SystemExit(f"no such source folder to hold out: {', '.join(sorted(missing))}")
    training = [track for track in tracks if track.source not in held_out]
    validation = [track for track in tracks if track.source in held_out]
    return training, validation


def load_noise(folder: Path) -> np.ndarray:
    """All recordings below `folder`, each scaled to unit RMS, joined: f32."""
    return join_noises(audio_files(folder))


def join_noises(paths: list[Path]) -> np.ndarray:
    """Recordings, each scaled to unit RMS, joined: f32."""
    pieces = []
    for path in paths:
        samples = load_audio(path)
        rms = float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
        if rms > 1e-5:
            pieces.append(samples / rms)
    if not pieces:
        raise SystemExit("no background recordings that can be heard")
    return np.concatenate(pieces).astype(np.float32)


def load_rooms(folder: Path | None) -> list[np.ndarray]:
    """Recorded room responses, direct sound first."""
    rooms = []
    for path in audio_files(folder) if folder else []:
        response = load_audio(path)
        rooms.append(response[int(np.argmax(np.abs(response))) :])
    return rooms

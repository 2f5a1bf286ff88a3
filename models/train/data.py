"""Music, noise and room responses from folders, decoded once and kept in memory."""

import io
import time
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
import soxr

from features import SAMPLE_RATE

AUDIO_SUFFIXES = {".aif", ".aiff", ".au", ".flac", ".mp3", ".oga", ".ogg", ".opus", ".wav"}
LOSSY_LEVELS = (0.5, 0.95)
"""Compression of the lossy copies, as libsndfile counts it: about 80 to 16 kbit/s of mp3."""
OTHER_SPEEDS = (0.80, 0.92, 1.09, 1.25)
"""A copy played at another speed is another piece of music: slower or faster within these limits."""
HELD_OUT_SHARE = 0.1
LOSSY_SHARE = 0.15
"""Share of the heard excerpts that went through a codec, where the track has a lossy copy."""
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

    with ThreadPoolExecutor(2) as pool:
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
    """Gives every track its lossy copy; `cache` keeps them from one run to the next."""
    cache.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()

    def add(track: Track) -> None:
        name = zlib.crc32(track.path.encode() + track.samples.tobytes())
        kept = cache / f"lossy-{name:08x}-{seed}.npy"
        if kept.exists():
            track.lossy = np.load(kept)
            return
        level = np.random.default_rng([seed, name]).uniform(*LOSSY_LEVELS)
        track.lossy = lossy_copy(track.samples, level)
        if track.lossy is not None:
            partial = kept.with_suffix(".partial.npy")
            np.save(partial, track.lossy)
            partial.rename(kept)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, tracks))
    made = sum(track.lossy is not None for track in tracks)
    print(f"{made} of {len(tracks)} tracks through a lossy codec in {time.monotonic() - started:.0f} s", flush=True)


def at_other_speeds(tracks: list[Track], seed: int) -> list[Track]:
    """A copy of every track at another speed and pitch, as a track of its own."""
    slowest, slow, fast, fastest = OTHER_SPEEDS
    copies = []
    for number, track in enumerate(tracks):
        rng = np.random.default_rng([seed, number, 3])
        speed = rng.uniform(slowest, slow) if rng.random() < 0.5 else rng.uniform(fast, fastest)
        samples = soxr.resample(track.samples, SAMPLE_RATE * speed, SAMPLE_RATE, quality="LQ")
        copies.append(replace(track, path=f"{track.path} x {speed:.3f}", samples=samples, lossy=None))
    return copies


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


@dataclass
class Batch:
    """Pairs of excerpts: places 2 t and 2 t + 1 come from the same track, far apart."""

    clean: np.ndarray
    """[2 tracks, lead + length] f32."""
    shifted: np.ndarray
    """The same places started up to `max_shift` samples earlier or later and played at another speed."""
    styles: np.ndarray
    """[2 tracks] style numbers, -1 where unknown."""
    tracks: np.ndarray
    """[2 tracks] track numbers."""


class ExcerptSampler:
    """Draws batches of excerpts; the same generator state always gives the same batch."""

    def __init__(self, tracks: list[Track], style_names: list[str], lead: int, length: int,
                 max_shift: int, max_speed_change: float) -> None:
        self.tracks = tracks
        self.style_numbers = np.array(
            [style_names.index(t.style) if t.style in style_names else -1 for t in tracks]
        )
        self.lead = lead
        self.length = length
        self.max_shift = max_shift
        self.max_speed_change = max_speed_change
        self.margin = max_shift + int(np.ceil(max_speed_change * (lead + length))) + 64

    def min_seconds(self) -> float:
        """Shortest track that holds two separate excerpts."""
        return 2 * (self.lead + self.length + self.margin) / SAMPLE_RATE

    def batch(self, rng: np.random.Generator, n_tracks: int) -> Batch:
        chosen = rng.choice(len(self.tracks), min(n_tracks, len(self.tracks)), replace=False)
        clean, shifted = [], []
        for number in chosen:
            for start in self._two_starts(rng, self.tracks[number].samples):
                a, b = self._pair(rng, self.tracks[number], start)
                clean.append(a)
                shifted.append(b)
        return Batch(np.stack(clean), np.stack(shifted), np.repeat(self.style_numbers[chosen], 2),
                     np.repeat(chosen, 2))

    def _two_starts(self, rng: np.random.Generator, samples: np.ndarray) -> tuple[int, int]:
        """Starts (after the lead) of two excerpts that do not overlap, not silent if possible."""
        low = self.margin + self.lead
        high = len(samples) - self.margin - self.length
        apart = self.lead + self.length
        for _ in range(20):
            first, second = rng.integers(low, high, 2)
            loud = all(
                np.sqrt(np.mean(np.square(samples[s : s + self.length : 8].astype(np.float32))))
                > SILENCE_RMS * 32767
                for s in (first, second)
            )
            if abs(int(first) - int(second)) >= apart and loud:
                return int(first), int(second)
        return low, high

    def _pair(self, rng: np.random.Generator, track: Track, start: int) -> tuple[np.ndarray, np.ndarray]:
        samples = track.samples
        total = self.lead + self.length
        begin = start - self.lead
        clean = samples[begin : begin + total].astype(np.float32) / 32768
        if track.lossy is not None and rng.random() < LOSSY_SHARE:
            samples = track.lossy
        begin += int(rng.integers(-self.max_shift, self.max_shift + 1))
        if rng.random() < 0.5:
            return clean, samples[begin : begin + total].astype(np.float32) / 32768
        speed = 1 + rng.uniform(-self.max_speed_change, self.max_speed_change)
        # The middle of the excerpt stays in place, so that the windows drift apart as little as can be.
        taken = int(np.ceil(total * speed)) + 32
        begin -= round((self.lead + self.length / 2) * (speed - 1))
        played = samples[begin : begin + taken].astype(np.float32) / 32768
        played = soxr.resample(played, SAMPLE_RATE * speed, SAMPLE_RATE, quality="LQ")
        return clean, played[:total]

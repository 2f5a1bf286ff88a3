"""Render MIDI files with several soundfonts into a folder of training music.

    render_midi.py --midi DIR --out DIR [--soundfonts FILE ...] [--versions 2] [--seconds 60]

The same piece played by another soundfont is another recording: a fingerprint must tell the two apart.
Needs the program `fluidsynth`; Debian's soundfont packages put their files below /usr/share/sounds.
What is there already is not rendered again.
"""

import argparse
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile

RATE = 22_050
BYTES_A_FRAME = 4
PEAK = 0.9
LEAST_SECONDS = 15
SOUNDFONT_FOLDERS = (Path("/usr/share/sounds/sf2"), Path("/usr/share/sounds/sf3"))


def soundfonts_found() -> list[Path]:
    """The installed soundfonts; links and a second name of one file are left out."""
    files = {path.resolve() for folder in SOUNDFONT_FOLDERS for path in folder.glob("*.sf[23]")}
    return sorted(files, key=lambda path: path.name)


def render(midi: Path, soundfont: Path, skip_s: float, seconds: float) -> np.ndarray:
    """Mono samples of a stretch of the piece, without the silence before it; empty if it has none."""
    command = ["fluidsynth", "-ni", "-q", "-g", "0.6", "-r", str(RATE), "-T", "raw", "-O", "s16",
               "-F", "-", str(soundfont), str(midi)]
    wanted = int((skip_s + seconds) * RATE) * BYTES_A_FRAME
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as player:
        pcm = player.stdout.read(wanted)
        player.kill()
    pcm = pcm[: len(pcm) // BYTES_A_FRAME * BYTES_A_FRAME]
    samples = np.frombuffer(pcm, dtype="<i2").reshape(-1, 2).mean(axis=1) / 32768
    loud = np.flatnonzero(np.abs(samples) > 1e-3)
    if not len(loud):
        return np.zeros(0)
    samples = samples[loud[0] : loud[-1] + 1]
    stretch = int(seconds * RATE)
    begin = min(int(skip_s * RATE), max(0, len(samples) - stretch))
    return samples[begin : begin + stretch]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--midi", type=Path, required=True, help="folder of .mid files")
    parser.add_argument("--out", type=Path, required=True, help="one subfolder a soundfont and source")
    parser.add_argument("--soundfonts", type=Path, nargs="*", help="default: all that are installed")
    parser.add_argument("--versions", type=int, default=2, help="soundfonts a piece is played with")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    soundfonts = args.soundfonts or soundfonts_found()
    files = sorted(p for p in args.midi.rglob("*") if p.suffix.lower() in (".mid", ".midi"))
    if not soundfonts or not files:
        raise SystemExit(f"{len(files)} MIDI files in {args.midi} and {len(soundfonts)} soundfonts: nothing to render")

    def one(number: int) -> int:
        midi, made = files[number], 0
        rng = np.random.default_rng([args.seed, number])
        for choice in rng.choice(len(soundfonts), min(args.versions, len(soundfonts)), replace=False):
            skip_s = float(rng.uniform(0, 40))
            out = args.out / f"{midi.parent.name}+{soundfonts[choice].stem}" / f"{midi.stem}.flac"
            if out.exists():
                continue
            samples = render(midi, soundfonts[choice], skip_s, args.seconds)
            if len(samples) < LEAST_SECONDS * RATE:
                print(f"left out {midi.name}: {len(samples) / RATE:.0f} s of sound")
                continue
            out.parent.mkdir(parents=True, exist_ok=True)
            partial = out.with_suffix(".partial")
            soundfile.write(partial, samples * (PEAK / np.abs(samples).max()), RATE, format="FLAC")
            partial.rename(out)
            made += 1
        return made

    with ThreadPoolExecutor(args.jobs) as pool:
        for number, made in enumerate(pool.map(one, range(len(files)))):
            print(f"{number + 1} of {len(files)}: {files[number].name}, {made} rendered", flush=True)


if __name__ == "__main__":
    main()

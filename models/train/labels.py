"""Styles and sources of a music folder: from a table, from its subfolders, or from FMA's table.

`--labels` takes one of

- a CSV with the columns `path` (below the music folder) and `style`;
- the word `folders`: a folder of genres as GTZAN is laid out, `blues/blues.00000.wav`;
- FMA's `tracks.csv`: the genre of `000/000002.mp3` is found by its number.

The second and third also name sources finer than the first subfolder, so that music held out is by
other artists than music trained on.
"""

import csv
from collections.abc import Sequence
from os.path import commonpath
from pathlib import Path, PurePosixPath

from data import audio_files

FOLDERS = "folders"
GENRE_COLUMN = ("track", "genre_top")
ARTIST_COLUMN = ("artist", "id")
LONGEST_FIELD = 1 << 24
"""FMA's table holds whole web pages in single fields."""
UNKNOWN = ("", "unknown")
"""What a table may say of a style that nobody could tell."""
PARTS = 10
"""Sources made of each genre whose artists are not known."""
PART_NAME = "part-{}"


def read_labels(argument: str | Path | None, music: Path | Sequence[Path]) -> dict[str, str]:
    """Path below its music folder to style, for the files that have one.

    `argument` is what `--labels` was given. Ends the program where it gives no file a style.
    """
    if argument is None:
        return {}
    folders = [music] if isinstance(music, Path) else list(music)
    files = {folder: names_below(folder) for folder in folders}
    styles: dict[str, str] = {}
    for folder, names in files.items():
        styles |= styles_of(argument, names)
    labelled = sum(name in styles for names in files.values() for name in names)
    total = sum(map(len, files.values()))
    where = ", ".join(map(str, folders))
    if not labelled:
        raise SystemExit(f"--labels {argument} gives none of the {total} sound files in {where} a style."
                         f" {advice(argument)}")
    print(f"styles: {labelled} of {total} sound files in {where}", flush=True)
    return styles


def sources(argument: str | Path | None, music: Path) -> dict[str, str]:
    """Path below `music` to the source (the artist, where known) of files whose first subfolder is not it.

    A genre of `folders` without subfolders is cut into PARTS sources in the order of its names,
    because neighbouring files of such collections are often by one artist.
    """
    if argument is None:
        return {}
    names = names_below(music)
    if str(argument) == FOLDERS:
        return folder_sources(names)
    table = existing(argument)
    return fma_sources(table, names) if is_fma(table) else {}


def styles_of(argument: str | Path, names: list[str]) -> dict[str, str]:
    """Styles of the files called `names`."""
    if str(argument) == FOLDERS:
        return folder_styles(names)
    table = existing(argument)
    if is_fma(table):
        genres = fma_column(table, GENRE_COLUMN)
        return {name: genres[number] for name in names if (number := fma_number(name)) in genres}
    return plain_styles(table)


def advice(argument: str | Path) -> str:
    if str(argument) == FOLDERS:
        return "It needs two or more subfolders named after genres, with the sound files in them."
    return "Its paths must be those below the music folder, or the files be named by FMA's track numbers."


def names_below(music: Path) -> list[str]:
    """Sound files below `music`, sorted, without the companions that macOS writes (`._name.wav`)."""
    if not music.is_dir():
        raise SystemExit(f"{music} is not a folder of music")
    return [p.relative_to(music).as_posix() for p in audio_files(music) if not p.name.startswith("._")]


def existing(table: str | Path) -> Path:
    path = Path(table)
    if not path.is_file():
        raise SystemExit(f"--labels {table}: no such file; give a CSV or the word '{FOLDERS}'")
    return path


def is_fma(table: Path) -> bool:
    """Whether a CSV is FMA's rather than one with `path` and `style`."""
    first, second = header(table)
    if "path" in first and "style" in first:
        return False
    if GENRE_COLUMN in zip(first, second):
        return True
    raise SystemExit(f"{table} has neither the columns path and style nor FMA's {' / '.join(GENRE_COLUMN)};"
                     f" its first line begins {','.join(first)[:60]!r}")


def header(table: Path) -> tuple[list[str], list[str]]:
    """The first two rows."""
    csv.field_size_limit(LONGEST_FIELD)
    with open(table, newline="", encoding="utf-8-sig") as file:
        try:
            rows = csv.reader(file)
            return next(rows, []), next(rows, [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise SystemExit(f"{table} is not a CSV in UTF-8: {error}") from error


def plain_styles(table: Path) -> dict[str, str]:
    with open(table, newline="", encoding="utf-8-sig") as file:
        styles = {row["path"]: (row["style"] or "").strip() for row in csv.DictReader(file)}
    return {path: style for path, style in styles.items() if style not in UNKNOWN}


def genre_depth(names: list[str]) -> int:
    """How many folders lie above the genre folders: those that all files share."""
    folders = {PurePosixPath(name).parent.as_posix() for name in names}
    folders.discard(".")
    return len(PurePosixPath(commonpath(folders)).parts) if len(folders) > 1 else 0


def folder_styles(names: list[str]) -> dict[str, str]:
    depth = genre_depth(names)
    placed = {name: PurePosixPath(name).parts for name in names}
    styles = {name: parts[depth] for name, parts in placed.items() if len(parts) > depth + 1}
    return styles if len(set(styles.values())) > 1 else {}


def folder_sources(names: list[str]) -> dict[str, str]:
    """genre/artist/title.wav: the artist; genre/title.wav: a part of every genre, `part-0` and so on."""
    depth = genre_depth(names)
    result: dict[str, str] = {}
    loose: dict[str, list[str]] = {}
    for name, genre in folder_styles(names).items():
        parts = PurePosixPath(name).parts
        if len(parts) > depth + 2:
            result[name] = parts[depth + 1]
        else:
            loose.setdefault(genre, []).append(name)
    for files in loose.values():
        result |= {name: PART_NAME.format(place * PARTS // len(files)) for place, name in enumerate(files)}
    return result


def fma_number(name: str) -> int | None:
    """000/000002.mp3 to 2."""
    stem = PurePosixPath(name).stem
    return int(stem) if stem.isascii() and stem.isdigit() else None


def fma_column(table: Path, column: tuple[str, str]) -> dict[int, str]:
    """Track number to value, for the tracks that have one."""
    first, second = header(table)
    titles = list(zip(first, second))
    if column not in titles:
        raise SystemExit(f"{table} has no column {' / '.join(column)}")
    place = titles.index(column)
    with open(table, newline="", encoding="utf-8-sig") as file:
        rows = (row for row in csv.reader(file) if len(row) > place and row[0].isdigit())
        return {int(row[0]): row[place].strip() for row in rows if row[place].strip()}


def fma_sources(table: Path, names: list[str]) -> dict[str, str]:
    """`artist-1`, or the track itself where the artist is not known."""
    artists = fma_column(table, ARTIST_COLUMN)
    numbers = {name: fma_number(name) for name in names}
    return {name: f"artist-{artists[number]}" if number in artists else f"track-{number}"
            for name, number in numbers.items() if number is not None}

"""Labels and sources of the music folders that training takes. Run: python -m unittest test_labels"""

import csv
import tempfile
import unittest
from pathlib import Path

import numpy as np
import soundfile

from data import load_tracks
from labels import read_labels, sources

SECOND = 22_050
FMA_HEADER = [
    ["", "album", "artist", "artist", "set", "track", "track"],
    ["", "information", "id", "name", "subset", "genre_top", "title"],
    ["track_id", "", "", "", "", "", ""],
]


def fma_row(number: int, artist: str, genre: str, information: str = "") -> list[str]:
    return [str(number), information, artist, "Somebody, Inc.", "small", genre, 'A "title"\nof two lines']


class InAFolder(unittest.TestCase):
    """Each test has an empty folder."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.music = self.folder / "music"
        self.music.mkdir()

    def sound(self, name: str, seconds: float = 0.5) -> None:
        path = self.music / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.3 * np.sin(0.06 * np.arange(int(seconds * SECOND))), SECOND)

    def broken(self, name: str, content: bytes) -> None:
        path = self.music / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def table(self, rows: list[list[str]]) -> Path:
        path = self.folder / "tracks.csv"
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        return path

    def refused(self, argument: object, words: str) -> None:
        with self.assertRaisesRegex(SystemExit, words):
            read_labels(argument, self.music)


class PlainTable(InAFolder):
    def test_styles_by_path(self) -> None:
        for name in ("a/one.wav", "a/two.wav", "b/three.wav"):
            self.sound(name)
        table = self.table([["\ufefftitle", "path", "style"], ["1", "a/one.wav", " rock "],
                            ["2", "a/two.wav", "unknown"], ["3", "b/three.wav", ""], ["4", "a/four.wav"]])
        self.assertEqual(read_labels(table, self.music), {"a/one.wav": "rock"})
        self.assertEqual(sources(table, self.music), {})

    def test_one_of_two_folders_may_have_no_styles(self) -> None:
        self.sound("a/one.wav")
        other = self.folder / "other"
        other.mkdir()
        table = self.table([["path", "style"], ["a/one.wav", "rock"]])
        self.assertEqual(read_labels(table, [self.music, other]), {"a/one.wav": "rock"})

    def test_no_labels(self) -> None:
        self.assertEqual(read_labels(None, self.music), {})
        self.assertEqual(sources(None, self.music), {})

    def test_what_is_refused(self) -> None:
        self.sound("a/one.wav")
        self.refused(self.folder / "missing.csv", "no such file")
        self.refused(self.table([["file", "genre"], ["a/one.wav", "rock"]]), "neither the columns path and style")
        self.refused(self.table([["\ufeffpath", "style"]]), "none of the 1 sound files")
        self.refused(self.table([]), "neither the columns")
        self.refused(self.table([["path", "style"], ["elsewhere.wav", "rock"]]), "none of the 1 sound files")
        with self.assertRaisesRegex(SystemExit, "not a folder"):
            read_labels("folders", self.folder / "nowhere")


class GenreFolders(InAFolder):
    """As GTZAN is laid out."""

    def fill(self, above: str = "") -> None:
        for genre in ("blues", "jazz"):
            for number in range(20):
                self.sound(f"{above}{genre}/{genre}.{number:05}.wav", 0.1)

    def test_the_subfolder_is_the_genre(self) -> None:
        for above in ("", "Data/genres_original/"):
            with self.subTest(above):
                self.setUp()
                self.fill(above)
                styles = read_labels("folders", self.music)
                self.assertEqual(len(styles), 40)
                self.assertEqual(styles[f"{above}jazz/jazz.00003.wav"], "jazz")

    def test_neighbouring_files_are_one_source_of_every_genre(self) -> None:
        self.fill()
        found = sources("folders", self.music)
        self.assertEqual(found["blues/blues.00000.wav"], found["blues/blues.00001.wav"])
        self.assertNotEqual(found["blues/blues.00001.wav"], found["blues/blues.00002.wav"])
        self.assertEqual({found["blues/blues.00019.wav"], found["jazz/jazz.00019.wav"]}, {"part-9"})

    def test_artists_below_the_genre_are_the_sources(self) -> None:
        for name in ("rock/Anna/a.wav", "rock/Anna/b.wav", "rock/loose.wav", "folk/Anna/album/c.wav", "top.wav"):
            self.sound(name)
        self.assertEqual(sources("folders", self.music),
                         {"rock/Anna/a.wav": "Anna", "rock/Anna/b.wav": "Anna", "rock/loose.wav": "part-0",
                          "folk/Anna/album/c.wav": "Anna"})
        self.assertNotIn("top.wav", read_labels("folders", self.music))

    def test_broken_files_are_left_out(self) -> None:
        self.sound("blues/blues.00000.wav")
        self.sound("jazz/jazz.00000.wav")
        self.broken("jazz/jazz.00054.wav", b"\x00" * 4096)
        self.broken("jazz/jazz.00055.wav", b"")
        self.broken("jazz/jazz.00056.wav", b"RIFF\x24\x00\x00\x00WAVEfmt ")
        self.broken("jazz/._jazz.00057.wav", b"\x00\x05\x16\x07")
        styles = read_labels("folders", self.music)
        tracks = load_tracks(self.music, styles, 0.2, sources("folders", self.music))
        self.assertEqual([(t.path, t.style, t.source) for t in tracks],
                         [("blues/blues.00000.wav", "blues", "part-0"), ("jazz/jazz.00000.wav", "jazz", "part-0")])

    def test_one_genre_is_none(self) -> None:
        self.sound("jazz/one.wav")
        self.refused("folders", "two or more subfolders")


class FreeMusicArchive(InAFolder):
    def fill(self) -> Path:
        for name in ("000/000002.wav", "000/000005.wav", "123/123456.wav", "123/123457.wav", "000/notes.wav"):
            self.sound(name)
        return self.table([*FMA_HEADER, fma_row(2, "1", "Hip-Hop", "x" * 200_000), fma_row(5, "1", ""),
                           fma_row(123456, "", "Rock"), fma_row(999, "7", "Folk")])

    def test_genres_by_number(self) -> None:
        self.assertEqual(read_labels(self.fill(), self.music),
                         {"000/000002.wav": "Hip-Hop", "123/123456.wav": "Rock"})

    def test_artists_are_the_sources(self) -> None:
        self.assertEqual(sources(self.fill(), self.music),
                         {"000/000002.wav": "artist-1", "000/000005.wav": "artist-1",
                          "123/123456.wav": "track-123456", "123/123457.wav": "track-123457"})

    def test_a_table_without_artists_is_refused(self) -> None:
        self.sound("000/000002.wav")
        table = self.table([["", "track"], ["", "genre_top"], ["track_id", ""], ["2", "Rock"]])
        with self.assertRaisesRegex(SystemExit, "no column artist / id"):
            sources(table, self.music)

    def test_files_of_another_collection(self) -> None:
        self.sound("000/another.wav")
        self.refused(self.table([*FMA_HEADER, fma_row(2, "1", "Rock")]), "FMA's track numbers")


if __name__ == "__main__":
    unittest.main()

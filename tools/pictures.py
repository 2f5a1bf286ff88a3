#!/usr/bin/env python3
"""Makes the README's pictures: runs the real program in tmux on its demo, shows each view, and draws the
cells of the terminal as SVG.

    tools/pictures.py [--program target/release/echovibe] [--out docs/pictures] [--size 100x30]

Needs tmux and nothing beside Python's own library. Takes about a minute: the demo is real sound.
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
import time
import unicodedata
from collections import defaultdict
from html import escape
from pathlib import Path

# A cell in pixels, and where letters stand in it.
WIDTH, HEIGHT, BASE, FONT = 9, 18, 13, 15
MARGIN = 12
FOREGROUND, BACKGROUND = "#d5d3e0", "#15131c"
FAMILY = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"

SIXTEEN = (
    "#000000 #cd3131 #0dbc79 #e5e510 #2472c8 #bc3fbc #11a8cd #e5e5e5 "
    "#666666 #f14c4c #23d18b #f5f543 #3b8eea #d670d6 #29b8db #ffffff"
).split()
CUBE = (0, 95, 135, 175, 215, 255)

# Which keys show a view, and what must be on the screen before its picture is taken.
VIEWS = [
    ("listen", ["1"], "heard in"),
    ("feed", ["2", "j", "j"], "moods"),
    ("now", ["3"], "sounds like it"),
    ("library", ["4", "j", "j", "j"], "length"),
    ("history", ["5"], "everything"),
    ("taste", ["6"], "what you enjoy"),
    ("map", ["7", "Right", "Right", "Right", "p"], "a path of"),
]
# What was said of the demo's tracks before, so that the views have something to tell.
SAID = [
    ("like", "Harbour Opening"), ("like", "The Long Gallery"), ("like", "Low Water"),
    ("skip", "Level Nine Forever"), ("save", "Evening Stone"), ("rate", "Copper Kettle", "4"),
    ("play", "Reed Cutter"), ("skip", "Tin Regiment"), ("play", "Balcony in June"), ("like", "Tide Bell"),
]


def indexed(number):
    """A colour of the 256, as xterm has it."""
    if number < 16:
        return SIXTEEN[number]
    if number < 232:
        number -= 16
        return "#%02x%02x%02x" % (CUBE[number // 36], CUBE[number // 6 % 6], CUBE[number % 6])
    return "#" + "%02x" % (8 + 10 * (number - 232)) * 3


class Style:
    """What escape sequences have set."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.fg = self.bg = None
        self.flags = set()

    def take(self, codes):
        codes = [int(code or 0) for code in re.split("[;:]", codes)]
        flags = {1: "bold", 2: "dim", 3: "italic", 4: "underlined", 7: "reversed"}
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.reset()
            elif code in flags:
                self.flags.add(flags[code])
            elif code == 22:
                self.flags -= {"bold", "dim"}
            elif code - 20 in flags:
                self.flags.discard(flags[code - 20])
            elif code in (38, 48):
                kind = codes.pop(0)
                if kind == 2:
                    colour = "#%02x%02x%02x" % tuple(codes[:3])
                    codes = codes[3:]
                else:
                    colour = indexed(codes.pop(0))
                self.set(code == 38, colour)
            elif code in (39, 49):
                self.set(code == 39, None)
            elif 30 <= code % 60 <= 37 or 40 <= code % 60 <= 47:
                bright = 8 if code >= 90 else 0
                self.set(code % 60 < 40, SIXTEEN[code % 10 + bright])

    def set(self, foreground, colour):
        if foreground:
            self.fg = colour
        else:
            self.bg = colour

    def shown(self):
        fg, bg = self.fg or FOREGROUND, self.bg or BACKGROUND
        if "reversed" in self.flags:
            fg, bg = bg, fg
        if "dim" in self.flags:
            fg = mixed(fg, bg, 0.4)
        return fg, bg, "bold" in self.flags


def mixed(a, b, share):
    parts = [(int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join("%02x" % round(x + (y - x) * share) for x, y in parts)


def cells(captured):
    """(column, row, letter, foreground, background, bold) of everything captured."""
    for row, line in enumerate(captured.split("\n")):
        style, column = Style(), 0
        for part in re.split("(\x1b\\[[0-9;:]*m|\x1b[()]B|\x0f|\x0e)", line):
            if part.startswith("\x1b["):
                style.take(part[2:-1])
            elif part and part[0] not in "\x1b\x0e\x0f":
                for letter in part:
                    if unicodedata.combining(letter) or letter == "\ufe0f":
                        continue
                    wide = unicodedata.east_asian_width(letter) in "WF"
                    yield column, row, letter, *style.shown()
                    column += 2 if wide else 1


# Letters that are shapes: (left, top, width, height) in eighths of a cell.
SHAPES = {"█": (0, 0, 8, 8), "▀": (0, 0, 8, 4), "▄": (0, 4, 8, 4)}
SHAPES |= {chr(0x2580 + n): (0, 8 - n, 8, n) for n in range(1, 8)}
SHAPES |= {"━": (0, 3.6, 8, 1), "─": (0, 3.8, 8, 0.5), "╸": (0, 3.6, 4, 1), "│": (3.6, 0, 0.9, 8), "┃": (3.2, 0, 1.6, 8)}
SHADES = {"░": 0.75, "▒": 0.5, "▓": 0.25}
# Dots of braille, by bit: column and row of two by four.
DOTS = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]


class Canvas:
    """Rectangles by colour, and text in runs."""

    def __init__(self):
        self.rectangles = defaultdict(list)
        self.runs = []

    def rectangle(self, colour, x, y, width, height):
        row = self.rectangles[colour]
        if row and row[-1][1] == y and row[-1][3] == height and abs(sum(row[-1][::2]) - x) < 0.01:
            row[-1][2] += width
        else:
            row.append([x, y, width, height])

    def letter(self, column, row, letter, colour, bold):
        last = self.runs[-1] if self.runs else None
        wide = unicodedata.east_asian_width(letter) in "WF"
        if last and last[1] == row and last[0] + last[4] == column and last[2:4] == [colour, bold] and not wide:
            last[4] += 1
            last[5] += letter
        else:
            self.runs.append([column, row, colour, bold, 2 if wide else 1, letter])

    def cell(self, column, row, letter, fg, bg, bold):
        x, y = MARGIN + column * WIDTH, MARGIN + row * HEIGHT
        wide = 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if bg != BACKGROUND:
            self.rectangle(bg, x, y, wide * WIDTH, HEIGHT)
        if letter in SHADES:
            self.rectangle(mixed(fg, bg, SHADES[letter]), x, y, WIDTH, HEIGHT)
        elif letter in SHAPES:
            left, top, width, height = SHAPES[letter]
            self.rectangle(fg, x + left * WIDTH / 8, y + top * HEIGHT / 8, width * WIDTH / 8, height * HEIGHT / 8)
        elif 0x2800 <= ord(letter) < 0x2900:
            for bit, (dx, dy) in enumerate(DOTS):
                if ord(letter) >> bit & 1:
                    self.rectangle(fg, x + 1.5 + dx * 4.5, y + 1.5 + dy * 4.5, 2, 2)
        elif letter != " ":
            self.letter(column, row, letter, fg, bold)

    def svg(self, columns, rows):
        width, height = columns * WIDTH + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN
        out = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}">',
            f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
            '<g shape-rendering="crispEdges">',
        ]
        for colour, boxes in self.rectangles.items():
            path = "".join(f"M{x:g} {y:g}h{w:g}v{h:g}h{-w:g}z" for x, y, w, h in boxes)
            out.append(f'<path fill="{colour}" d="{path}"/>')
        out.append(f'</g><g font-family="{FAMILY}" font-size="{FONT}" xml:space="preserve">')
        for column, row, colour, bold, count, text in self.runs:
            x, y = MARGIN + column * WIDTH, MARGIN + row * HEIGHT + BASE
            weight = ' font-weight="bold"' if bold else ""
            length = f' textLength="{count * WIDTH}" lengthAdjust="spacingAndGlyphs"'
            out.append(f'<text x="{x}" y="{y}" fill="{colour}"{weight}{length}>{escape(text)}</text>')
        out.append("</g></svg>\n")
        return "\n".join(out)


class Gone(RuntimeError):
    """tmux has ended, or never began."""


class Terminal:
    """The program in a tmux of its own."""

    def __init__(self, folder, program, size, arguments):
        self.folder = folder
        config = folder / "tmux.conf"
        config.write_text("set -g status off\nset -g default-terminal tmux-256color\nset -s escape-time 0\n")
        columns, rows = size
        self.run("new-session", "-d", "-x", str(columns), "-y", str(rows), "-c", str(folder), f"exec '{program}' {arguments}")

    def run(self, *words):
        socket, config = str(self.folder / "socket"), str(self.folder / "tmux.conf")
        command = ["tmux", "-u", "-f", config, "-S", socket, *words]
        done = subprocess.run(command, env=environment(self.folder), capture_output=True, text=True)
        if done.returncode:
            raise Gone(f"tmux {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def press(self, keys):
        for key in keys:
            self.run("send-keys", key)

    def wait_for(self, text, seconds=90):
        end = time.time() + seconds
        while text not in self.run("capture-pane", "-p"):
            if time.time() > end:
                raise SystemExit(f"never saw {text!r}:\n" + self.run("capture-pane", "-p"))
            time.sleep(0.1)

    def close(self):
        """Lets the program end by itself: it still writes."""
        try:
            self.run("set-option", "-g", "exit-empty", "on")
            self.press(["Escape", "q"])
            for _ in range(100):
                self.run("has-session")
                time.sleep(0.1)
            self.run("kill-server")
        except Gone:
            pass


def environment(folder):
    """Away from the user's own data, in full colours."""
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    return kept | {
        "HOME": str(folder), "ECHOVIBE_DATA_DIR": str(folder / "data"), "LC_ALL": "C.UTF-8", "SHELL": "/bin/sh",
        "TERM": "xterm-256color", "COLORTERM": "truecolor", "COLORFGBG": "15;0", "TZ": "UTC",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", type=Path, default=Path("target/release/echovibe"))
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--size", default="100x30")
    given = parser.parse_args()
    size = tuple(int(side) for side in given.size.split("x"))
    program = given.program.resolve()
    if not program.is_file() or not shutil.which("tmux"):
        parser.error(f"needs tmux and the program; build it first: {program}")
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ev") as folder:
        folder = Path(folder)
        terminal = Terminal(folder, program, size, "--input demo")
        try:
            terminal.wait_for("heard in")
            for verb, *words in SAID:
                command = [program, "--data-dir", folder / "data" / "demo", verb, *words]
                subprocess.run(command, env=environment(folder), check=True, capture_output=True)
            for name, keys, wanted in VIEWS:
                terminal.press(keys)
                terminal.wait_for(wanted)
                # What is worked out beside the screen comes a moment later; messages are to be gone.
                time.sleep(4.5)
                canvas = Canvas()
                for cell in cells(terminal.run("capture-pane", "-p", "-e", "-N")):
                    canvas.cell(*cell)
                (given.out / f"{name}.svg").write_text(canvas.svg(*size))
                print(given.out / f"{name}.svg")
        finally:
            terminal.close()


if __name__ == "__main__":
    main()

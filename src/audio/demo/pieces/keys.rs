//! Keyboards and bells.

use super::super::additive::{BELL, MUSIC_BOX, ORGAN, PIANO, WHISTLE};
use super::super::drums::BRUSH;
use super::super::fm::{ELECTRIC_PIANO, GLASS};
use super::super::piece::DemoPiece;
use super::super::plucked::DOUBLE_BASS;
use super::super::subtractive::{PAD, STRINGS};
use super::super::theory::{DORIAN, HARMONIC_MINOR, LYDIAN, MAJOR, MINOR};
use super::{arpeggio, bass, beat, chords, melody, part, room, tempo};

pub(in super::super) const LETTERS_UNSENT: DemoPiece = DemoPiece {
    title: "Letters Unsent",
    artist: "Paper Lantern Trio",
    genre: "Piano ballad",
    seed: 101,
    tempo: tempo(66.0, 4, 0.0),
    tonic: 62,
    scale: MAJOR,
    chords: &[0, 5, 3, 4, 0, 2, 3, 4, 5],
    room: room(1.8, 0.5, 0.0),
    parts: &[
        part(
            &PIANO,
            0.0,
            0.4,
            melody(
                1,
                2,
                1.2,
                &[&[1.0, 0.5, 0.5, 2.0], &[1.5, 0.5, 1.0, 1.0], &[-0.5, 0.5, 1.0, 0.5, 1.5]],
            ),
        ),
        part(&PIANO, -5.0, 0.3, arpeggio(-1, 0.5, 2.5, 0.15, &[0, 2, 3, 4, 3, 2, 4, 2])),
        part(&STRINGS, -14.0, 0.6, chords(0, 3.9, &[0, 2, 4], "x... .... .... ...."))
            .bars("----xxxxx"),
    ],
};

pub(in super::super) const RAIN_ON_THE_BALLROOM: DemoPiece = DemoPiece {
    title: "Rain on the Ballroom",
    artist: "Paper Lantern Trio",
    genre: "Waltz",
    seed: 102,
    tempo: tempo(152.0, 3, 0.0),
    tonic: 57,
    scale: HARMONIC_MINOR,
    chords: &[0, 0, 3, 3, 4, 4, 0, 4, 5, 3, 0, 0, 4, 4, 0, 0],
    room: room(1.3, 0.4, 0.0),
    parts: &[
        part(
            &PIANO,
            0.0,
            0.3,
            melody(1, 3, 0.9, &[&[1.0, 1.0, 1.0], &[2.0, 1.0], &[1.5, 0.5, 1.0], &[3.0]]),
        ),
        part(&PIANO, -5.0, 0.2, chords(0, 0.4, &[0, 2, 4], ".... x... x...")),
        part(&DOUBLE_BASS, -3.0, 0.1, bass(-2, 0.8, "1... .... .... 5... .... ....")),
        part(&BRUSH, -16.0, 0.1, beat("x... o... o...")),
    ],
};

pub(in super::super) const SMALL_HOURS_BOAT: DemoPiece = DemoPiece {
    title: "Small Hours Boat",
    artist: "Paper Lantern Trio",
    genre: "Lullaby",
    seed: 103,
    tempo: tempo(84.0, 3, 0.0),
    tonic: 65,
    scale: MAJOR,
    chords: &[0, 0, 3, 0, 5, 1, 4, 0],
    room: room(2.2, 0.6, 0.0),
    parts: &[
        part(
            &ELECTRIC_PIANO,
            0.0,
            0.4,
            melody(0, 2, 1.0, &[&[2.0, 1.0], &[1.0, 1.0, 1.0], &[2.5, 0.5], &[-1.0, 2.0]]),
        ),
        part(&GLASS, -9.0, 0.5, arpeggio(1, 0.5, 1.5, 0.1, &[0, 1, 2, 3, 2, 1])),
        part(&WHISTLE, -10.0, 0.6, melody(1, 1, 0.95, &[&[3.0], &[2.0, 1.0]])).bars("----xxxx"),
        part(&ELECTRIC_PIANO, -6.0, 0.2, bass(-2, 2.5, "1... .... ....")),
    ],
};

pub(in super::super) const EVENING_STONE: DemoPiece = DemoPiece {
    title: "Evening Stone",
    artist: "St Orla Players",
    genre: "Organ chorale",
    seed: 104,
    tempo: tempo(76.0, 4, 0.0),
    tonic: 60,
    scale: DORIAN,
    chords: &[0, 3, 4, 0, 2, 5, 3, 6, 0, 4],
    room: room(4.0, 0.9, 0.0),
    parts: &[
        part(
            &ORGAN,
            0.0,
            0.7,
            melody(0, 1, 0.98, &[&[1.0, 1.0, 1.0, 1.0], &[2.0, 1.0, 1.0], &[2.0, 2.0]]),
        ),
        part(&ORGAN, -4.0, 0.7, chords(-1, 1.95, &[0, 2, 4], "x... .... x... ....")),
        part(&ORGAN, -3.0, 0.5, bass(-2, 0.97, "1... ?... 1... ?...")),
    ],
};

pub(in super::super) const KEY_UNDER_GLASS: DemoPiece = DemoPiece {
    title: "Key Under Glass",
    artist: "Clockwork Orchard",
    genre: "Music box",
    seed: 105,
    tempo: tempo(108.0, 4, 0.0),
    tonic: 74,
    scale: LYDIAN,
    chords: &[0, 1, 0, 4, 5, 1, 3, 4, 0, 1, 2, 5, 3, 0],
    room: room(1.1, 0.4, 0.0),
    parts: &[
        part(
            &MUSIC_BOX,
            0.0,
            0.4,
            melody(
                0,
                3,
                1.0,
                &[
                    &[0.5, 0.5, 0.5, 0.5, 1.0, 1.0],
                    &[1.0, 0.5, 0.5, 2.0],
                    &[0.5, 0.5, 1.0, 0.5, 0.5, 1.0],
                ],
            ),
        ),
        part(&MUSIC_BOX, -6.0, 0.3, arpeggio(-1, 0.5, 1.0, 0.12, &[0, 2, 1, 2, 3, 2, 1, 2])),
    ],
};

pub(in super::super) const TIDE_BELL: DemoPiece = DemoPiece {
    title: "Tide Bell",
    artist: "Saltmarsh",
    genre: "Bells",
    seed: 106,
    tempo: tempo(58.0, 4, 0.0),
    tonic: 55,
    scale: MINOR,
    chords: &[0, 5, 2, 6, 3, 0, 4, 5],
    room: room(4.5, 0.8, 0.0),
    parts: &[
        part(
            &BELL,
            0.0,
            0.5,
            melody(
                0,
                4,
                1.5,
                &[&[2.0, 1.0, 1.0], &[1.0, 1.5, 1.5], &[0.5, 0.5, 3.0], &[-1.0, 1.0, 2.0]],
            ),
        ),
        part(&BELL, -7.0, 0.6, arpeggio(1, 0.75, 1.5, 0.4, &[2, 0, 3, 1, 4])).bars("--xxx-xx"),
        part(&BELL, -4.0, 0.5, bass(-1, 3.5, "1... .... .... ....")),
        part(&PAD, -17.0, 0.5, chords(-1, 4.0, &[0, 4], "x... .... .... ....")),
    ],
};

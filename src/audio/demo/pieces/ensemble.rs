//! Many players.

use super::super::additive::{FLUTE, MARIMBA, PIANO};
use super::super::drums::{
    CLAP, CONGA, COWBELL, CRASH, KICK, MARCH_SNARE, RIM, SHAKER, TOM, WOODBLOCK,
};
use super::super::piece::DemoPiece;
use super::super::subtractive::{BRASS, SPICCATO, STRINGS, TUBA};
use super::super::theory::{HARMONIC_MINOR, MAJOR, MINOR, MIXOLYDIAN};
use super::{arpeggio, bass, beat, chords, loose, melody, part, room, tempo};

pub(in super::super) const THE_LONG_GALLERY: DemoPiece = DemoPiece {
    title: "The Long Gallery",
    artist: "St Orla Players",
    genre: "Strings",
    seed: 401,
    tempo: tempo(88.0, 4, 0.0),
    tonic: 60,
    scale: HARMONIC_MINOR,
    chords: &[0, 3, 4, 0, 5, 3, 1, 4, 0, 5, 4],
    room: room(2.4, 0.5, 0.0),
    parts: &[
        part(
            &STRINGS,
            0.0,
            0.5,
            melody(
                1,
                2,
                1.0,
                &[&[1.5, 0.5, 1.0, 1.0], &[2.0, 1.0, 1.0], &[1.0, 1.0, 0.5, 0.5, 1.0]],
            ),
        ),
        part(&STRINGS, -5.0, 0.5, chords(0, 3.8, &[0, 2, 4], "x... .... .... ....")),
        part(&SPICCATO, -5.0, 0.4, arpeggio(0, 0.5, 0.6, 0.15, &[0, 1, 2, 1, 3, 2, 1, 2]))
            .bars("---xxxxx"),
        part(&STRINGS, -4.0, 0.3, bass(-2, 1.9, "1... .... ?... ....")),
    ],
};

pub(in super::super) const HARBOUR_OPENING: DemoPiece = DemoPiece {
    title: "Harbour Opening",
    artist: "St Orla Players",
    genre: "Brass fanfare",
    seed: 402,
    tempo: tempo(108.0, 4, 0.0),
    tonic: 58,
    scale: MAJOR,
    chords: &[0, 0, 3, 4, 5, 3, 4, 0, 2, 5, 1, 4, 0, 0],
    room: room(2.2, 0.5, 0.0),
    parts: &[
        part(
            &BRASS,
            0.0,
            0.4,
            melody(
                1,
                4,
                0.85,
                &[
                    &[1.0, 0.25, 0.25, 0.5, 2.0],
                    &[0.5, 0.5, 1.0, 0.5, 0.5, 1.0],
                    &[1.5, 0.5, 1.0, 1.0],
                ],
            ),
        ),
        part(&BRASS, -4.0, 0.4, chords(0, 0.8, &[0, 2, 4], "x... ..x. x... x...")),
        part(&TUBA, -4.0, 0.3, bass(-2, 0.9, "1... 5... 1... ?...")),
        part(&TOM, -6.0, 0.5, loose(0.05, &[-12, -10], "X... .... x.?. x...")),
        part(&CRASH, -12.0, 0.5, beat("X... .... .... .... .... .... .... ....")).bars("x-----x-"),
    ],
};

pub(in super::super) const TIN_REGIMENT: DemoPiece = DemoPiece {
    title: "Tin Regiment",
    artist: "St Orla Players",
    genre: "March",
    seed: 403,
    tempo: tempo(118.0, 4, 0.0),
    tonic: 65,
    scale: MAJOR,
    chords: &[0, 4, 0, 4, 3, 0, 4, 0, 5, 1, 4, 4, 0, 3, 0],
    room: room(1.0, 0.3, 0.0),
    parts: &[
        part(
            &FLUTE,
            0.0,
            0.3,
            melody(
                1,
                2,
                0.7,
                &[
                    &[0.75, 0.25, 0.5, 0.5, 1.0, 1.0],
                    &[0.5, 0.5, 0.5, 0.5, 0.75, 0.25, 1.0],
                    &[1.0, 1.0, 0.5, 0.5, 1.0],
                ],
            ),
        ),
        part(&TUBA, -2.0, 0.2, bass(-3, 0.5, "1... .... 5... ....")),
        part(&BRASS, -8.0, 0.2, chords(-1, 0.3, &[0, 2, 4], ".... x... .... x...")),
        part(&MARCH_SNARE, -4.0, 0.2, loose(0.06, &[], "X..o x.oo X..o xxxx X..o x.oo X.xx x...")),
        part(&KICK, -6.0, 0.2, beat("x... .... x... ....")),
        part(&CRASH, -16.0, 0.3, beat("x... .... .... ....")).bars("x---"),
    ],
};

pub(in super::super) const INTERLOCKING_GEARS: DemoPiece = DemoPiece {
    title: "Interlocking Gears",
    artist: "Clockwork Orchard",
    genre: "Minimal",
    seed: 404,
    tempo: tempo(144.0, 4, 0.0),
    tonic: 60,
    scale: MIXOLYDIAN,
    chords: &[0, 0, 0, 0, 6, 6, 6, 3, 3, 3, 3, 1, 1, 5, 5, 4, 4, 0],
    room: room(0.9, 0.3, 0.0),
    parts: &[
        part(&PIANO, 0.0, 0.2, arpeggio(0, 0.5, 0.8, 0.04, &[0, 2, 3, 1, 4])),
        part(&MARIMBA, -1.0, 0.2, arpeggio(1, 0.5, 0.8, 0.04, &[3, 1, 2, 0, 2, 4, 1]))
            .bars("--xxxxxxxxxxxxxxxx"),
        part(&PIANO, -2.0, 0.2, arpeggio(-1, 0.75, 0.8, 0.04, &[0, 2, 0, 3])),
        part(&WOODBLOCK, -17.0, 0.2, loose(0.04, &[0, 5], "x.x. .x.x .x.. x.x. x..."))
            .bars("------xxxxxxxxxxxx"),
    ],
};

pub(in super::super) const NINE_HANDS: DemoPiece = DemoPiece {
    title: "Nine Hands",
    artist: "Clockwork Orchard",
    genre: "Percussion",
    seed: 405,
    tempo: tempo(120.0, 4, 0.0),
    tonic: 60,
    scale: MINOR,
    chords: &[0],
    room: room(1.2, 0.4, 0.0),
    parts: &[
        part(&TOM, 0.0, 0.3, loose(0.12, &[-9, -4, 0, 3], "X..x ..x. x..x ..x."))
            .bars("xxxxx-xxxx--xxxx"),
        part(&CONGA, -2.0, 0.3, loose(0.22, &[-5, 0, 2, 7], "..x. x..x .?x. x.?x"))
            .bars("--xxxxxx-xxxxxxx"),
        part(&KICK, -2.0, 0.1, beat("X... ..x. .... x...")).bars("----xxxx--xxxxxx"),
        part(&SHAKER, -12.0, 0.1, beat("x.ox x.ox x.ox xxox")).bars("xxxxxxxx--xx--xx"),
        part(&COWBELL, -12.0, 0.2, loose(0.05, &[0, 5], "x..x ..x. ..x. x..."))
            .bars("------xxxx----xx"),
        part(&WOODBLOCK, -9.0, 0.3, loose(0.2, &[-5, 0, 4], "?..? .x.? ?..x .?.."))
            .bars("-xx-xx-xxx-x"),
        part(&CLAP, -9.0, 0.4, beat(".... X... .... X.?.")).bars("--------xxxx--x-"),
        part(&RIM, -10.0, 0.3, loose(0.18, &[0, 3], "..x. ..x. .x.. ?.x."))
            .bars("----------xxxxxx"),
        part(&MARCH_SNARE, -8.0, 0.2, loose(0.3, &[], "o.o. oxo. o.oo x.ox"))
            .bars("--x---xx---x-xxx"),
    ],
};

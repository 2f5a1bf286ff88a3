//! Strings, wood and skins.

use super::super::additive::{DRAWBARS, FLUTE, MARIMBA, PIANO};
use super::super::drums::{
    BRUSH, CONGA, COWBELL, HAT, KICK, RIM, SHAKER, SNARE, SOFT_KICK, WOODBLOCK,
};
use super::super::fm::{ELECTRIC_PIANO, SLAP_BASS};
use super::super::piece::DemoPiece;
use super::super::plucked::{BANJO, DOUBLE_BASS, GUITAR, HARP, NYLON};
use super::super::subtractive::BRASS;
use super::super::theory::{DORIAN, MAJOR, MINOR, MIXOLYDIAN, PENTATONIC};
use super::{arpeggio, bass, beat, chords, loose, melody, part, room, strummed, tempo};

pub(in super::super) const COPPER_KETTLE: DemoPiece = DemoPiece {
    title: "Copper Kettle",
    artist: "Marrow & Wren",
    genre: "Folk",
    seed: 301,
    tempo: tempo(112.0, 4, 0.0),
    tonic: 55,
    scale: MAJOR,
    chords: &[0, 0, 3, 0, 4, 3, 0, 4, 5, 3, 0, 4, 0, 0],
    room: room(0.8, 0.3, 0.0),
    parts: &[
        part(
            &BANJO,
            0.0,
            0.2,
            melody(
                1,
                2,
                0.9,
                &[
                    &[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.0],
                    &[1.0, 0.5, 0.5, 1.0, 1.0],
                    &[0.5, 0.5, 1.0, 1.0, 1.0],
                ],
            ),
        ),
        part(&GUITAR, -3.0, 0.2, arpeggio(0, 0.5, 1.8, 0.15, &[0, 3, 1, 2, -1, 3, 2, 1])),
        part(&GUITAR, -3.0, 0.1, bass(-1, 0.9, "1... .... 5... ....")),
    ],
};

pub(in super::super) const HERON_AT_THE_WEIR: DemoPiece = DemoPiece {
    title: "Heron at the Weir",
    artist: "Marrow & Wren",
    genre: "Flute and harp",
    seed: 302,
    tempo: tempo(92.0, 3, 0.0),
    tonic: 62,
    scale: DORIAN,
    chords: &[0, 3, 0, 6, 2, 3, 5, 4, 0, 6, 3, 0, 2, 4, 0],
    room: room(2.0, 0.5, 0.0),
    parts: &[
        part(
            &FLUTE,
            0.0,
            0.5,
            melody(
                1,
                2,
                0.95,
                &[&[1.5, 0.5, 1.0], &[1.0, 0.5, 0.5, 1.0], &[3.0], &[-0.5, 0.5, 1.0, 1.0]],
            ),
        )
        .bars("--xxxxxxxxxx"),
        part(&HARP, -2.0, 0.4, arpeggio(-1, 0.5, 3.0, 0.2, &[0, 2, 3, 4, 5, 4])),
    ],
};

pub(in super::super) const ELEVEN_DOLLAR_SHOES: DemoPiece = DemoPiece {
    title: "Eleven Dollar Shoes",
    artist: "Marrow & Wren",
    genre: "Blues",
    seed: 303,
    tempo: tempo(104.0, 4, 0.16),
    tonic: 52,
    scale: MIXOLYDIAN,
    chords: &[0, 3, 0, 0, 3, 3, 0, 0, 4, 3, 0, 4],
    room: room(0.9, 0.3, 0.0),
    parts: &[
        part(
            &GUITAR,
            0.0,
            0.3,
            melody(
                1,
                3,
                0.8,
                &[
                    &[-0.5, 0.5, 0.5, 0.5, 1.0, 1.0],
                    &[0.5, 0.5, 0.5, 0.5, -2.0],
                    &[1.0, 0.5, 0.5, 0.5, 1.5],
                ],
            ),
        ),
        part(&PIANO, -6.0, 0.2, chords(0, 0.3, &[0, 2, 4, 6], ".... x... ..x. x...")),
        part(&DOUBLE_BASS, -1.0, 0.1, bass(-1, 0.85, "1... 3... 5... ?...")),
        part(&HAT, -13.0, 0.1, beat("x... x.x. x... x.x.")),
        part(&SNARE, -10.0, 0.2, beat(".... x... .... x.?.")),
        part(&SOFT_KICK, -6.0, 0.0, beat("x... .... x.?. ....")),
    ],
};

pub(in super::super) const BALCONY_IN_JUNE: DemoPiece = DemoPiece {
    title: "Balcony in June",
    artist: "Casa Lume",
    genre: "Bossa nova",
    seed: 304,
    tempo: tempo(126.0, 4, 0.0),
    tonic: 57,
    scale: MINOR,
    chords: &[0, 0, 3, 3, 6, 2, 5, 4, 1, 4, 0, 0, 3, 6, 2, 4],
    room: room(0.9, 0.35, 0.0),
    parts: &[
        part(
            &NYLON,
            0.0,
            0.3,
            strummed(0, 0.6, &[0, 2, 4, 6], "x... ..x. ..x. ..x. ..x. x... x..x ...."),
        ),
        part(
            &FLUTE,
            -3.0,
            0.4,
            melody(1, 2, 0.9, &[&[1.5, 1.0, 1.5], &[-1.0, 0.5, 1.0, 1.5], &[0.5, 1.0, 1.0, 1.5]]),
        )
        .bars("--xxxxxxxxxxxx--"),
        part(&NYLON, -3.0, 0.1, bass(-1, 1.2, "1... ..5. 5... ..1.")),
        part(&SHAKER, -15.0, 0.1, beat("x.o. x.oo x.o. x.oo")),
        part(&RIM, -13.0, 0.2, beat("x... ..x. .... x... .... x... ..x. ....")),
    ],
};

pub(in super::super) const MANGO_STREET: DemoPiece = DemoPiece {
    title: "Mango Street",
    artist: "Casa Lume",
    genre: "Marimba",
    seed: 305,
    tempo: tempo(138.0, 4, 0.0),
    tonic: 60,
    scale: PENTATONIC,
    chords: &[0, 0, 3, 3, 1, 3, 0, 2, 4, 4, 1, 3, 0, 1, 2, 3, 4],
    room: room(0.7, 0.3, 0.0),
    parts: &[
        part(&MARIMBA, 0.0, 0.3, arpeggio(0, 0.5, 1.0, 0.2, &[0, 2, 1, 3, 2, 4, 1, 2, 3, 0, 4])),
        part(
            &MARIMBA,
            -1.0,
            0.3,
            melody(
                1,
                3,
                1.0,
                &[
                    &[0.75, 0.75, 0.5, 1.0, 1.0],
                    &[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.0],
                    &[1.5, 1.5, 1.0],
                ],
            ),
        )
        .bars("--xxxxxx"),
        part(&MARIMBA, -2.0, 0.2, bass(-1, 0.8, "1..1 ..?. 1... ?...")),
        part(&CONGA, -7.0, 0.2, loose(0.1, &[-4, 0, 5], "x..x ..x. x..x x.?."))
            .bars("----xxxxxxxx"),
        part(&WOODBLOCK, -16.0, 0.2, beat("x..x ..x. ..x. x...")),
    ],
};

pub(in super::super) const ELBOW_ROOM: DemoPiece = DemoPiece {
    title: "Elbow Room",
    artist: "Casa Lume",
    genre: "Funk",
    seed: 306,
    tempo: tempo(106.0, 4, 0.03),
    tonic: 52,
    scale: DORIAN,
    chords: &[0, 0, 0, 3, 0, 0, 6, 4, 3, 3, 0, 0, 5, 4],
    room: room(0.6, 0.2, 0.0),
    parts: &[
        part(&SLAP_BASS, 0.0, 0.0, bass(-1, 0.22, "1..1 ..?8 .1.? ..5. 1.8. .?.1 ..?. 7.8.")),
        part(&ELECTRIC_PIANO, -6.0, 0.2, chords(1, 0.2, &[0, 2, 4, 6], "..x. .x.. ..?x .x..")),
        part(
            &DRAWBARS,
            -7.0,
            0.2,
            melody(
                1,
                2,
                0.6,
                &[
                    &[-1.0, 0.5, 0.5, -2.0],
                    &[0.5, 0.5, -1.0, 0.5, 1.5],
                    &[-2.0, 0.25, 0.25, 0.5, 1.0],
                ],
            ),
        )
        .bars("--xx"),
        part(&KICK, -2.0, 0.0, beat("X..x .... ..x. .?..")),
        part(&SNARE, -4.0, 0.1, loose(0.08, &[], ".... X..o .o.. X...")),
        part(&HAT, -11.0, 0.0, beat("x.x. x.xo x.x. xox.")),
        part(&COWBELL, -17.0, 0.1, beat("x... x... x... x...")).bars("------xxxx----"),
        part(
            &BRASS,
            -7.0,
            0.3,
            chords(1, 0.3, &[0, 2, 4], ".... .... .... ..xx ...x .... .... ...."),
        )
        .bars("----xxxx"),
        part(&BRUSH, -20.0, 0.1, beat("..o.")),
    ],
};

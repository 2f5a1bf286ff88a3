//! Machines: chips, clubs, space and stillness.

use super::super::additive::WHISTLE;
use super::super::drums::{CLAP, CRASH, HAT, KICK, OPEN_HAT, RIM, SHAKER, SNARE, TOM};
use super::super::fm::{ELECTRIC_PIANO, GLASS, REESE_BASS};
use super::super::piece::DemoPiece;
use super::super::subtractive::{
    ACID, CHIP_BASS, DRONE, LEAD_SQUARE, PAD, SPACE_LEAD, STAB, SUB_BASS, THIN_PULSE,
};
use super::super::theory::{DORIAN, LYDIAN, MAJOR, MINOR, PENTATONIC, PHRYGIAN};
use super::{arpeggio, bass, beat, chords, loose, melody, part, room, tempo};

pub(in super::super) const LEVEL_NINE_FOREVER: DemoPiece = DemoPiece {
    title: "Level Nine Forever",
    artist: "Kilobyte Kid",
    genre: "Chiptune",
    seed: 201,
    tempo: tempo(150.0, 4, 0.0),
    tonic: 60,
    scale: MAJOR,
    chords: &[0, 4, 5, 3, 0, 4, 3, 4, 5, 5, 3, 4, 1, 4, 0, 3, 5, 4, 0],
    room: room(0.4, 0.05, 0.0),
    parts: &[
        part(
            &LEAD_SQUARE,
            0.0,
            0.1,
            melody(
                1,
                3,
                0.8,
                &[
                    &[0.5, 0.5, 0.5, 0.5, 1.0, 1.0],
                    &[0.75, 0.75, 0.5, 1.0, 1.0],
                    &[0.25, 0.25, 0.5, 1.0, 0.5, 0.5, 1.0],
                ],
            ),
        ),
        part(&THIN_PULSE, -5.0, 0.0, arpeggio(1, 0.25, 0.9, 0.05, &[0, 1, 2, 3, 2, 1])),
        part(&CHIP_BASS, -2.0, 0.0, bass(-1, 0.4, "1.1. 8.1. 1.1. 5.8.")),
        part(&HAT, -10.0, 0.0, loose(0.1, &[], "x.o. x.o. x.o. x.oo")),
        part(&SNARE, -7.0, 0.0, beat(".... x... .... x..?")),
        part(&KICK, -5.0, 0.0, beat("x... ..x. x... ....")),
    ],
};

pub(in super::super) const OUTER_RING_LINES: DemoPiece = DemoPiece {
    title: "Outer Ring Lines",
    artist: "Kilobyte Kid",
    genre: "Space synth",
    seed: 202,
    tempo: tempo(116.0, 4, 0.0),
    tonic: 57,
    scale: MINOR,
    chords: &[0, 0, 5, 5, 2, 2, 6, 6, 3, 3, 5, 4, 0, 2, 6],
    room: room(2.6, 0.5, 0.75),
    parts: &[
        part(
            &SPACE_LEAD,
            0.0,
            0.3,
            arpeggio(0, 0.25, 0.9, 0.12, &[0, 2, 3, 1, 4, 2, 5, 3, 1, 2, 3, 4]),
        )
        .echo(0.5),
        part(
            &PAD,
            -8.0,
            0.6,
            chords(-1, 7.8, &[0, 2, 4], "x... .... .... .... .... .... .... ...."),
        ),
        part(&GLASS, -7.0, 0.5, melody(2, 4, 1.0, &[&[2.0, 2.0], &[-1.0, 1.5, 1.5], &[3.0, 1.0]]))
            .echo(0.5)
            .bars("----xxxx"),
        part(&SUB_BASS, -4.0, 0.0, bass(-2, 1.8, "1... .... 1... ..5.")).bars("--xxxxxx"),
    ],
};

pub(in super::super) const FAST_FERRY: DemoPiece = DemoPiece {
    title: "Fast Ferry",
    artist: "North Pier",
    genre: "Drum and bass",
    seed: 203,
    tempo: tempo(174.0, 4, 0.0),
    tonic: 53,
    scale: MINOR,
    chords: &[0, 0, 5, 5, 3, 3, 6, 4],
    room: room(1.4, 0.25, 0.75),
    parts: &[
        part(&KICK, 0.0, 0.0, beat("X... .... ..x. .... X... ...? ..x. ....")),
        part(&SNARE, -1.0, 0.15, loose(0.08, &[], ".... X..o .o.. X... .... X..o .o.? X.o.")),
        part(&HAT, -8.0, 0.05, loose(0.15, &[], "x.x. x.x. x.x. x.xo")),
        part(&REESE_BASS, -3.0, 0.05, bass(-2, 0.9, "1... ..1. ..?. .... 1... .... 5.?. ..3."))
            .bars("--xxxxxxxxxx"),
        part(
            &STAB,
            -9.0,
            0.5,
            chords(1, 0.3, &[0, 2, 4, 6], "...x ..?. .... ..x. .... ..x. ...? ...."),
        )
        .echo(0.5)
        .bars("xxxx--xxxxxx----"),
        part(
            &PAD,
            -12.0,
            0.5,
            chords(0, 7.5, &[0, 4, 6], "x... .... .... .... .... .... .... ...."),
        )
        .bars("xxxxxxxx----"),
    ],
};

pub(in super::super) const CONCRETE_WEATHER: DemoPiece = DemoPiece {
    title: "Concrete Weather",
    artist: "North Pier",
    genre: "Techno",
    seed: 204,
    tempo: tempo(132.0, 4, 0.0),
    tonic: 48,
    scale: PHRYGIAN,
    chords: &[0, 0, 0, 1, 0, 0, 3, 1],
    room: room(1.0, 0.25, 0.75),
    parts: &[
        part(&KICK, 0.0, 0.0, beat("X... X... X... X...")),
        part(
            &ACID,
            -5.0,
            0.1,
            arpeggio(-1, 0.25, 0.7, 0.3, &[0, 0, 3, 0, 1, 0, 3, 2, 0, 0, 4, 1, 0, 3, 0]),
        ),
        part(&OPEN_HAT, -9.0, 0.1, beat("..x. ..x. ..x. ..x.")).bars("--xxxxxx-xxxxxxx"),
        part(&HAT, -13.0, 0.1, loose(0.25, &[], ".o.o .o.o .o.o .o.o")).bars("xxxx----xxxxxxxx"),
        part(&CLAP, -7.0, 0.4, beat(".... x... .... x..?")).bars("----xxxxxxxx--xx"),
        part(&STAB, -9.0, 0.5, chords(1, 0.25, &[0, 2, 4], "...x .... ..?. ...."))
            .echo(0.6)
            .bars("--x-x-xx"),
        part(&TOM, -9.0, 0.3, loose(0.1, &[-7, -3, 0, 4], ".... ..?. .... .?x?"))
            .bars("-------xxx---xxx"),
    ],
};

pub(in super::super) const SLOW_LIGHTHOUSE: DemoPiece = DemoPiece {
    title: "Slow Lighthouse",
    artist: "North Pier",
    genre: "Dub",
    seed: 205,
    tempo: tempo(72.0, 4, 0.08),
    tonic: 52,
    scale: DORIAN,
    chords: &[0, 0, 3, 0, 0, 6, 3, 4, 0],
    room: room(2.4, 0.5, 0.75),
    parts: &[
        part(&SUB_BASS, 0.0, 0.0, bass(-1, 0.6, "1... ..1. 3.5. .... ..1. ?... 5.?. ....")),
        part(&KICK, -4.0, 0.1, beat(".... .... X... ....")),
        part(&RIM, -7.0, 0.5, beat("...? .... x... ..?.")).echo(0.7),
        part(&STAB, -6.0, 0.5, chords(1, 0.2, &[0, 2, 4], ".... x... .... x...")).echo(0.6),
        part(&HAT, -13.0, 0.1, beat("x.o. x.o. x.o. x.oo")),
        part(
            &ELECTRIC_PIANO,
            -8.0,
            0.5,
            melody(1, 3, 0.6, &[&[-1.5, 0.5, 0.5, 1.5], &[-3.0, 0.5, 0.5], &[0.5, 0.5, -3.0]]),
        )
        .echo(0.8),
    ],
};

pub(in super::super) const LOW_WATER: DemoPiece = DemoPiece {
    title: "Low Water",
    artist: "Saltmarsh",
    genre: "Ambient",
    seed: 206,
    tempo: tempo(60.0, 4, 0.0),
    tonic: 56,
    scale: LYDIAN,
    chords: &[0, 4, 1, 5, 0, 2, 6, 3],
    room: room(5.0, 1.0, 1.5),
    parts: &[
        part(&PAD, 0.0, 0.6, chords(0, 3.6, &[0, 2, 4, 6], "x... .... .... ....")),
        part(&WHISTLE, -7.0, 0.8, melody(1, 3, 1.0, &[&[4.0], &[-2.0, 2.0], &[3.0, 1.0]]))
            .echo(0.4)
            .bars("-xxx-xxx"),
        part(&GLASS, -10.0, 0.8, loose_notes()).echo(0.6),
        part(&SUB_BASS, -6.0, 0.1, bass(-2, 3.8, "1... .... .... ....")),
    ],
};

const fn loose_notes() -> super::Role {
    arpeggio(2, 0.75, 1.0, 0.5, &[0, 4, 2, 5, 1, 3, 2])
}

pub(in super::super) const REED_CUTTER: DemoPiece = DemoPiece {
    title: "Reed Cutter",
    artist: "Saltmarsh",
    genre: "Drone",
    seed: 207,
    tempo: tempo(48.0, 4, 0.0),
    tonic: 50,
    scale: PENTATONIC,
    chords: &[0, 1, 0, 3, 2, 4],
    room: room(4.0, 0.7, 0.0),
    parts: &[
        part(&DRONE, 0.0, 0.4, chords(-1, 4.6, &[0, 3, 5], "x... .... .... ....")),
        part(&DRONE, -6.0, 0.6, melody(1, 3, 1.1, &[&[3.0, 1.0], &[2.0, 2.0], &[4.0]])),
        part(&SHAKER, -24.0, 0.8, loose(0.05, &[-5, 0, 3], "?... .... ..?. ....")),
        part(&CRASH, -26.0, 0.9, loose(0.02, &[-12, -9, -5], ".... ?... .... ....")),
    ],
};

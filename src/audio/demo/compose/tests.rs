use super::super::pieces;
use super::*;

#[test]
fn every_part_of_every_piece_has_notes_in_range() {
    for piece in pieces() {
        for (n, part) in piece.parts.iter().enumerate() {
            let notes = notes(piece, part, 16, &mut fastrand::Rng::with_seed(1));
            assert!(!notes.is_empty(), "{} part {n} is silent", piece.title);
            for note in notes {
                assert!((20.0..=120.0).contains(&note.pitch), "{} part {n}: {note:?}", piece.title);
            }
        }
    }
}

#[test]
fn a_bar_mask_silences_bars() {
    assert!(plays("", 7));
    assert!(plays("x-", 2) && !plays("x-", 3));
}

#[test]
fn rhythms_fill_whole_bars() {
    for piece in pieces() {
        for part in piece.parts {
            if let Role::Melody { rhythms, .. } = part.role {
                for rhythm in rhythms {
                    let beats: f32 = rhythm.iter().map(|b| b.abs()).sum();
                    assert_eq!(beats, piece.tempo.beats as f32, "{}", piece.title);
                }
            }
        }
    }
}

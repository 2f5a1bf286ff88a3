//! What there is to tell of a track, in words.

use std::collections::BTreeMap;

use crate::map::style_name;
use crate::store::records::{Key, Track};
use crate::taste::mood::region;
use crate::tui::search::tempo;
use crate::tui::text::clock;

const NOTES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/// "A minor".
pub fn key(key: Key) -> String {
    let note = NOTES.get(usize::from(key.tonic)).copied().unwrap_or("?");
    format!("{note} {}", if key.minor { "minor" } else { "major" })
}

/// Style, mood, tempo, key, loudness: what is known of them.
pub fn facts(track: &Track, moods: &BTreeMap<String, [f64; 2]>) -> Vec<String> {
    let mut facts = Vec::new();
    let style = style_name(track);
    if !style.is_empty() {
        facts.push(style.to_owned());
    }
    facts.extend(track.mood.and_then(|mood| region(mood, moods)).map(str::to_owned));
    facts.extend(tempo(track).map(|bpm| format!("{bpm:.0} bpm")));
    if let Some(features) = &track.features {
        facts.extend(features.key.map(key));
        facts.push(format!("{:.0} LUFS", features.loudness_lufs));
    }
    facts.extend(track.highlight_s.map(|at| format!("best at {}", clock(f64::from(at)))));
    facts
}

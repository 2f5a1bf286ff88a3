//! What two tracks have in common and how they differ, in words, by what was measured of both.

use crate::store::records::{Features, Key, Mood};

/// Tempi within this ratio of each other are the same: what people do not hear, and trackers get wrong.
const SAME_TEMPO: f32 = 1.03;
/// From this ratio on one is faster.
const OTHER_TEMPO: f32 = 1.1;
/// From this ratio of spectral centroids on (a third of an octave and less is heard, half of one is plain).
const OTHER_BRIGHTNESS: f32 = 1.3;
/// From this difference of energy on one is calmer.
const OTHER_ENERGY: f32 = 0.35;
/// Facts told of one pair.
const MOST: usize = 2;

const PITCHES: [&str; 12] =
    ["C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B"];

/// Something that can be compared.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    pub features: Option<&'a Features>,
    pub mood: Option<Mood>,
}

/// Facts about `this` held against `other`, what they have in common first; none where nothing was measured.
pub fn facts(this: Measured<'_>, other: Measured<'_>) -> Vec<String> {
    let mut facts = Vec::new();
    if let (Some(this), Some(other)) = (this.features, other.features) {
        facts.extend(tempo(this.tempo_bpm, other.tempo_bpm));
        facts.extend(key(this.key, other.key));
        facts.extend(brightness(this.centroid_hz, other.centroid_hz).map(str::to_owned));
    }
    if let (Some(this), Some(other)) = (this.mood, other.mood) {
        facts.extend(energy(this.energy, other.energy).map(str::to_owned));
    }
    facts.sort_by_key(|fact| !fact.starts_with("same"));
    facts.truncate(MOST);
    facts
}

fn tempo(this: Option<f32>, other: Option<f32>) -> Option<String> {
    let (this, other) = (this.filter(|bpm| *bpm > 0.0)?, other.filter(|bpm| *bpm > 0.0)?);
    let ratio = this.max(other) / this.min(other);
    if ratio <= SAME_TEMPO {
        return Some(format!("same tempo ({this:.0})"));
    }
    let word = if this > other { "faster" } else { "slower" };
    (ratio >= OTHER_TEMPO).then(|| format!("{word} ({this:.0}, not {other:.0})"))
}

fn key(this: Option<Key>, other: Option<Key>) -> Option<String> {
    let key = this.filter(|key| Some(*key) == other)?;
    let pitch = PITCHES.get(usize::from(key.tonic))?;
    Some(format!("same key ({pitch} {})", if key.minor { "minor" } else { "major" }))
}

fn brightness(this: f32, other: f32) -> Option<&'static str> {
    if !(this > 0.0 && other > 0.0) {
        return None;
    }
    (this.max(other) / this.min(other) >= OTHER_BRIGHTNESS).then_some(if this > other {
        "brighter"
    } else {
        "darker"
    })
}

fn energy(this: f32, other: f32) -> Option<&'static str> {
    ((this - other).abs() >= OTHER_ENERGY).then_some(if this > other {
        "livelier"
    } else {
        "calmer"
    })
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Features of which only these matter.
    pub fn features(tempo: Option<f32>, key: Option<(u8, bool)>, centroid: f32) -> Features {
        Features {
            tempo_bpm: tempo,
            key: key.map(|(tonic, minor)| Key { tonic, minor }),
            centroid_hz: centroid,
            ..Features::plain()
        }
    }

    fn compared(this: &Features, other: &Features) -> Vec<String> {
        let measured = |features| Measured { features: Some(features), mood: None };
        facts(measured(this), measured(other))
    }

    #[test]
    fn only_what_is_true_is_told() {
        let one = features(Some(124.0), Some((9, true)), 1000.0);
        assert_eq!(compared(&one, &one), ["same tempo (124)", "same key (A minor)"]);
        let darker = features(Some(126.0), Some((9, false)), 700.0);
        assert_eq!(compared(&darker, &one), ["same tempo (126)", "darker"]);
        assert_eq!(compared(&one, &darker), ["same tempo (124)", "brighter"]);
        let slow = features(Some(98.0), Some((9, true)), 900.0);
        assert_eq!(compared(&slow, &one), ["same key (A minor)", "slower (98, not 124)"]);
        let near = features(Some(131.0), None, 1200.0);
        assert!(compared(&near, &one).is_empty(), "neither the same nor plainly another");
        let unsteady = features(None, Some((44, true)), f32::NAN);
        assert!(compared(&unsteady, &unsteady).is_empty());
    }

    #[test]
    fn where_one_was_not_measured_nothing_is_told() {
        let one = features(Some(124.0), Some((9, true)), 1000.0);
        let (with, without) = (
            Measured { features: Some(&one), mood: None },
            Measured { features: None, mood: Some(Mood { valence: 0.0, energy: 0.5 }) },
        );
        assert!(facts(with, without).is_empty() && facts(without, with).is_empty());
        let calm = Measured { features: None, mood: Some(Mood { valence: 0.0, energy: -0.5 }) };
        assert_eq!(facts(calm, without), ["calmer"]);
    }
}

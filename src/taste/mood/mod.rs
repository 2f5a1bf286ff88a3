//! Mood as a place on the plane of valence and energy: of tracks, by name, and as the user moves it.

mod drift;
mod label;
mod measured;
mod state;

use std::collections::BTreeMap;

pub use drift::{Drift, drift};
pub use label::{LabelError, place};
pub use measured::of_track;
pub use state::MoodState;

use crate::store::records::Mood;

/// The name of the region that a mood lies in: the nearest of the named places. [`None`] where no
/// place has a name.
#[must_use]
pub fn region(mood: Mood, places: &BTreeMap<String, [f64; 2]>) -> Option<&str> {
    let apart = |place: &[f64; 2]| {
        (place[0] - f64::from(mood.valence)).hypot(place[1] - f64::from(mood.energy))
    };
    places.iter().min_by(|a, b| apart(a.1).total_cmp(&apart(b.1))).map(|(name, _)| name.as_str())
}

/// A mood with both axes kept within -1 to 1.
fn on_the_plane(valence: f64, energy: f64) -> Mood {
    Mood { valence: valence.clamp(-1.0, 1.0) as f32, energy: energy.clamp(-1.0, 1.0) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn the_nearest_place_names_a_mood() {
        let moods = Settings::load(None).unwrap().moods;
        let named = |valence, energy| region(Mood { valence, energy }, &moods);
        assert_eq!(named(0.5, -0.8), Some("calm"));
        assert_eq!(named(0.7, 0.3), Some("happy"));
        assert_eq!(named(-0.6, 0.5), Some("tense"));
        assert_eq!(named(-0.7, -0.4), Some("dark"));
        assert_eq!(named(0.1, 0.9), Some("driving"));
        assert_eq!(region(Mood { valence: 0.0, energy: 0.0 }, &BTreeMap::new()), None);
    }
}

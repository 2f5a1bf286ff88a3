//! The mood that the offers are to have: a place the user chose or moves, and the drift of the session.

use super::drift::Drift;
use super::on_the_plane;
use crate::store::records::Mood;

/// How far from the place, on the plane, the fit has fallen to 0.37 of the way from full to none: named moods
/// lie 0.4 to 1.3 apart, so that a track at its neighbour's place counts half or less.
const REACH: f64 = 0.6;

/// How much the drift counts where no mood is asked for: the taste knows of the same skips. In a numerical copy
/// simulated listeners over the training music find the less the more it counts: of unheard music of their
/// sources 45.9 % without it, 44.9 with this, 42.3 with all of it.
const UNASKED: f64 = 0.5;

/// The mood asked for. It is kept by who asks (the screen for a session, a command for a run); nothing of
/// it is stored, since the drift follows from the log (see [`drift`](super::drift())).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoodState {
    place: Option<Mood>,
    strength: f64,
    drift: Drift,
}

impl Default for MoodState {
    /// No place; full strength once there is one.
    fn default() -> Self {
        Self { place: None, strength: 1.0, drift: Drift::default() }
    }
}

impl MoodState {
    /// At a place.
    #[must_use]
    pub fn at(place: Mood) -> Self {
        Self { place: Some(place), ..Self::default() }
    }

    /// The place the user chose, without the drift.
    #[must_use]
    pub fn place(&self) -> Option<Mood> {
        self.place
    }

    /// Chooses a place, or none.
    pub fn set_place(&mut self, place: Option<Mood>) {
        self.place = place;
    }

    /// Moves the place, from the middle of the plane where there was none; it stays on the plane.
    pub fn move_by(&mut self, valence: f64, energy: f64) {
        let from = self.place.unwrap_or(Mood { valence: 0.0, energy: 0.0 });
        let (v, e) = (f64::from(from.valence) + valence, f64::from(from.energy) + energy);
        self.place = Some(on_the_plane(v, e));
    }

    /// How much the place counts, 0 to 1.
    #[must_use]
    pub fn strength(&self) -> f64 {
        self.strength
    }

    /// Sets how much the place counts; kept within 0 to 1.
    pub fn set_strength(&mut self, strength: f64) {
        self.strength = if strength.is_finite() { strength.clamp(0.0, 1.0) } else { self.strength };
    }

    /// Sets how far the session has drifted; what is no number is none.
    pub fn set_drift(&mut self, drift: Drift) {
        let finite = |[valence, energy]: [f64; 2]| valence.is_finite() && energy.is_finite();
        let known = finite(drift.drawn) && finite(drift.pushed);
        self.drift = if known { drift } else { Drift::default() };
    }

    /// How far the session has drifted.
    #[must_use]
    pub fn drift(&self) -> Drift {
        self.drift
    }

    /// Where the offers are to lie: the place, drifted; [`None`] without a place.
    #[must_use]
    pub fn target(&self) -> Option<Mood> {
        let place = self.place?;
        let [valence, energy] = self.drift.total();
        Some(on_the_plane(f64::from(place.valence) + valence, f64::from(place.energy) + energy))
    }

    /// Nothing to go by: neither place nor drift.
    #[must_use]
    pub fn is_neutral(&self) -> bool {
        (self.place.is_none() || self.strength == 0.0) && self.drift.total() == [0.0; 2]
    }

    /// How well a mood fits, -1 to 1: with a place, 1 at the target, falling to -1 far from it, times the
    /// strength; without one, half of how far the mood lies in the direction of the drift.
    #[must_use]
    pub fn fit(&self, mood: Mood) -> f64 {
        let (valence, energy) = (f64::from(mood.valence), f64::from(mood.energy));
        match self.target() {
            Some(target) => {
                let apart =
                    (valence - f64::from(target.valence)).hypot(energy - f64::from(target.energy));
                self.strength * (2.0 * (-(apart / REACH).powi(2)).exp() - 1.0)
            }
            None => {
                let [toward_valence, toward_energy] = self.drift.total();
                UNASKED * (toward_valence * valence + toward_energy * energy).clamp(-1.0, 1.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Mood = Mood { valence: 0.4, energy: -0.6 };
    const DRIVING: Mood = Mood { valence: 0.1, energy: 0.8 };

    #[test]
    fn what_lies_at_the_place_fits() {
        let calm = MoodState::at(CALM);
        assert_eq!(calm.fit(CALM), 1.0);
        assert!(calm.fit(DRIVING) < -0.9);
        let mut half = calm;
        half.set_strength(0.5);
        assert_eq!(half.fit(CALM), 0.5);
        half.set_strength(f64::NAN);
        assert_eq!(half.strength(), 0.5);
    }

    #[test]
    fn the_user_moves_the_place_and_the_session_drifts_it() {
        let mut mood = MoodState::default();
        assert!(mood.is_neutral() && mood.fit(CALM) == 0.0 && mood.target().is_none());
        mood.move_by(0.5, -0.25);
        mood.move_by(0.9, 0.0);
        assert_eq!(mood.place(), Some(Mood { valence: 1.0, energy: -0.25 }));
        mood.set_drift(Drift { pushed: [-0.25, 0.25], ..Drift::default() });
        assert_eq!(mood.target(), Some(Mood { valence: 0.75, energy: 0.0 }));
        mood.set_place(None);
        assert!(!mood.is_neutral());
        assert!(mood.fit(DRIVING) > 0.0 && mood.fit(CALM) < 0.0, "toward energy");
    }
}

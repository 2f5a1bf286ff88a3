//! People and sound, by how much is known of a track: what few people play is ranked by what it sounds like,
//! what many play by what they play besides.

/// Listeners at which people and sound count the same. A track's neighbours are guessed from its
/// listeners; with ten, one more or less no longer turns them over.
pub const HALF_KNOWN: f64 = 10.0;

/// How much people count against sound for a track with so many listeners: 0 with none, a half with
/// [`HALF_KNOWN`], near 1 with many.
#[must_use]
pub fn share_of_people(listeners: u32) -> f64 {
    let listeners = f64::from(listeners);
    listeners / (listeners + HALF_KNOWN)
}

/// What a track is worth by sound and by what like-minded people play, both on the same scale (such as
/// 0 to 1: [`Opinion::score`](super::Opinion::score) is), each by its share.
#[must_use]
pub fn blended(sound: f64, people: f64, listeners: u32) -> f64 {
    let share = share_of_people(listeners);
    (1.0 - share) * sound + share * people
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_plays_is_ranked_by_its_sound() {
        assert_eq!(blended(0.7, 0.0, 0), 0.7);
        assert_eq!(blended(-0.2, 1.0, 0), -0.2);
    }

    #[test]
    fn people_count_the_more_the_more_they_are() {
        assert_eq!(blended(0.2, 0.8, 10), 0.5);
        let worth: Vec<f64> = (0..200).map(|n| blended(0.2, 0.8, n)).collect();
        assert!(worth.is_sorted() && worth[199] > 0.76 && worth[199] < 0.8);
        assert!(share_of_people(u32::MAX) <= 1.0);
    }

    #[test]
    fn a_new_track_that_fits_comes_before_a_known_one_that_does_not() {
        let new = blended(0.9, 0.0, 1);
        let known = blended(0.3, 0.2, 400);
        let loved = blended(0.3, 0.95, 400);
        assert!(loved > new && new > known);
    }
}

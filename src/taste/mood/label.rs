//! A mood from outside, as text: a name, a word that means one, or a place.

use std::collections::BTreeMap;

use thiserror::Error;

use super::on_the_plane;
use crate::store::records::Mood;

/// Likeness of spelling (Jaro and Winkler) from which on one word may have been meant for another.
const ALIKE: f64 = 0.8;

/// A text that is no mood.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum LabelError {
    /// No such name.
    #[error(
        "no mood is called \"{label}\"{}: the names are {names}; or give a place, valence and energy \
         from -1 to 1, as in 0.4,-0.6",
        .meant.as_ref().map_or_else(String::new, |meant| format!(" (did you mean {meant}?)"))
    )]
    Unknown {
        /// What was given.
        label: String,
        /// The name or word that is spelled most like it, where one is.
        meant: Option<String>,
        /// The names known.
        names: String,
    },
    /// Two numbers, but not on the plane.
    #[error("the mood {0} is not on the plane: valence and energy must each be -1 to 1")]
    OffThePlane(String),
    /// Nothing at all.
    #[error("the mood is empty: the names are {names}")]
    Empty {
        /// The names known.
        names: String,
    },
}

/// The place that a label means: one of the names of `moods`, one of the `words` that stand for a name, or
/// two numbers, `VALENCE,ENERGY`. Case and spaces around it do not matter.
///
/// # Errors
/// It is none of these.
pub fn place(
    label: &str,
    moods: &BTreeMap<String, [f64; 2]>,
    words: &BTreeMap<String, String>,
) -> Result<Mood, LabelError> {
    let label = label.trim();
    let names = || moods.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    if label.is_empty() {
        return Err(LabelError::Empty { names: names() });
    }
    if let Some((valence, energy)) = numbers(label) {
        let inside = [valence, energy].iter().all(|axis| (-1.0..=1.0).contains(axis));
        let off = || LabelError::OffThePlane(label.to_owned());
        return inside.then(|| on_the_plane(valence, energy)).ok_or_else(off);
    }
    let asked = label.to_lowercase();
    let named = |name: &str| {
        let (_, [valence, energy]) =
            moods.iter().find(|(known, _)| known.to_lowercase() == name)?;
        Some(on_the_plane(*valence, *energy))
    };
    let by_word = || {
        let (_, name) = words.iter().find(|(word, _)| word.to_lowercase() == asked)?;
        named(&name.to_lowercase())
    };
    named(&asked).or_else(by_word).ok_or_else(|| {
        let meant = nearest(&asked, moods.keys().chain(words.keys()));
        LabelError::Unknown { label: label.to_owned(), meant, names: names() }
    })
}

/// The name that is spelled most like a text; none where no name is spelled alike. Of equals the earlier.
fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n String>) -> Option<String> {
    let alike = names.map(|name| (strsim::jaro_winkler(text, &name.to_lowercase()), name));
    let near = alike.filter(|(alike, _)| *alike >= ALIKE);
    near.reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, name)| name.clone())
}

fn numbers(label: &str) -> Option<(f64, f64)> {
    let (valence, energy) = label.split_once(',')?;
    Some((valence.trim().parse().ok()?, energy.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn names_words_and_places_are_moods() {
        let settings = Settings::load(None).unwrap();
        let at = |label| place(label, &settings.moods, &settings.mood_words);
        let mood = |valence, energy| Ok(Mood { valence, energy });
        assert_eq!(at("calm"), mood(0.4, -0.6));
        assert_eq!(at(" Calm\n"), mood(0.4, -0.6));
        assert_eq!(at("relaxed"), at("calm"));
        assert_eq!(at("0.25, -1"), mood(0.25, -1.0));
        assert_eq!(at("0.5,3"), Err(LabelError::OffThePlane("0.5,3".to_owned())));
        assert!(matches!(at("nan,0"), Err(LabelError::OffThePlane(_))));
        assert!(at("").unwrap_err().to_string().contains("calm, dark"));
        let unknown = at("purple").unwrap_err().to_string();
        assert!(
            unknown.contains("\"purple\"") && unknown.contains("calm, dark, driving"),
            "{unknown}"
        );
        assert!(!unknown.contains("did you mean"), "{unknown}");
        for (wrong, meant) in [("clam", "calm"), ("hapy", "happy"), ("Relaxd", "relaxed")] {
            let said = at(wrong).unwrap_err().to_string();
            assert!(said.contains(&format!("(did you mean {meant}?)")), "{said}");
        }
        assert!(matches!(at("1,2,3"), Err(LabelError::Unknown { .. })));
    }

    #[test]
    fn every_word_means_a_name() {
        let settings = Settings::load(None).unwrap();
        for word in settings.mood_words.keys() {
            assert!(place(word, &settings.moods, &settings.mood_words).is_ok(), "{word}");
        }
    }
}

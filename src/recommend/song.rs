//! Which song a track is a version of, by its tags.

use std::path::Path;

use crate::store::records::Track;

/// Words that tell a version, not another piece.
const VERSION_WORDS: [&str; 22] = [
    "acoustic",
    "clean",
    "cover",
    "demo",
    "edit",
    "explicit",
    "extended",
    "instrumental",
    "karaoke",
    "live",
    "loop",
    "looped",
    "mix",
    "mono",
    "radio",
    "remaster",
    "remastered",
    "remix",
    "stereo",
    "take",
    "unplugged",
    "version",
];
/// Words from which on an artist's or title's text names guests.
const GUEST_WORDS: [&str; 3] = ["feat", "featuring", "ft"];

/// What programs write where they know no artist, or where there are many.
const NOBODY: [&str; 7] = [
    "no artist",
    "unknown",
    "unknown artist",
    "va",
    "various",
    "various artists",
    "unknown artists",
];

/// What a track is a version of: artist (or, where unknown, where it lies) and bare title.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Song {
    by: String,
    title: String,
}

/// The piece a track is a version of; [`None`] where the title says nothing.
#[must_use]
pub fn song(track: &Track) -> Option<Song> {
    let title = bare_title(&track.title);
    if title.is_empty() {
        return None;
    }
    let artist = bare_artist(&track.artist);
    let by = if artist.is_empty() {
        // Without an artist "intro" is a song of its folder only.
        let folder = track.path.parent().unwrap_or(Path::new("")).to_string_lossy();
        format!("{}\n{folder}", words(&track.album).join(" "))
    } else {
        artist
    };
    Some(Song { by, title })
}

/// An artist's name without guests, case and punctuation; empty where it names nobody ("Various Artists").
#[must_use]
pub fn bare_artist(artist: &str) -> String {
    let name = before_guests(words(artist)).join(" ");
    if NOBODY.contains(&name.as_str()) { String::new() } else { name }
}

/// The title without what only tells the version: "(remix)", "[Live at ...]", "- 2011 remaster", a last
/// word like "live"; without case and punctuation.
#[must_use]
pub fn bare_title(title: &str) -> String {
    let unbracketed = without_version_brackets(title);
    let main = match unbracketed.rsplit_once(" - ") {
        Some((main, tail)) if tells_version(tail) && !words(main).is_empty() => main,
        _ => &unbracketed,
    };
    let mut left = before_guests(words(main));
    while left.len() > 1 && left.last().is_some_and(|word| is_version_word(word)) {
        left.pop();
    }
    left.join(" ")
}

/// Brackets go with what is in them where that tells a version or guests; "(Part 2)" stays.
fn without_version_brackets(title: &str) -> String {
    let mut kept = String::new();
    let mut rest = title;
    while let Some(open) = rest.find(['(', '[']) {
        let Some(close) = rest[open..].find([')', ']']).map(|close| open + close) else { break };
        let inside = &rest[open + 1..close];
        kept.push_str(&rest[..open]);
        if !tells_version(inside) {
            kept.push(' ');
            kept.push_str(inside);
        }
        kept.push(' ');
        rest = &rest[close + 1..];
    }
    kept.push_str(rest);
    if words(&kept).is_empty() { title.to_owned() } else { kept }
}

fn tells_version(text: &str) -> bool {
    words(text).iter().any(|word| is_version_word(word) || GUEST_WORDS.contains(&word.as_str()))
}

fn is_version_word(word: &str) -> bool {
    VERSION_WORDS.contains(&word)
}

fn before_guests(mut words: Vec<String>) -> Vec<String> {
    if let Some(at) = words.iter().position(|word| GUEST_WORDS.contains(&word.as_str()))
        && at > 0
    {
        words.truncate(at);
    }
    words
}

/// Lower-case words; punctuation only separates, but for apostrophes.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace(['\'', '\u{2019}'], "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_a_title_are_one() {
        for title in [
            "Battle 2 (Remix)",
            "battle 2",
            "Battle 2 [Live at Home]",
            "Battle 2 - Remastered 2011",
            "BATTLE #2 live",
            "Battle 2 (feat. Bob)",
            "Battle 2 ft. Bob",
        ] {
            assert_eq!(bare_title(title), "battle 2", "{title}");
        }
    }

    #[test]
    fn other_titles_stay_apart() {
        assert_eq!(bare_title("Battle (Part 2)"), "battle part 2");
        assert_ne!(bare_title("Battle 1"), bare_title("Battle 2"));
        assert_eq!(bare_title("Live"), "live");
        assert_eq!(bare_title("(Live)"), "live");
        assert_eq!(bare_title("Don\u{2019}t Go - Home"), "dont go home");
        assert_eq!(bare_title("Odd (bracket"), "odd bracket");
        assert_eq!(bare_title("夜に (Remix)"), "夜に");
        assert_eq!(bare_title("?!"), "");
        assert_eq!(bare_title("Mixed (]) Up [)"), "mixed up");
    }

    #[test]
    fn guests_do_not_make_another_artist() {
        assert_eq!(bare_artist("Ann Onymous feat. Bob"), bare_artist("ann onymous"));
        assert_eq!(bare_artist("Ft"), "ft");
    }
}

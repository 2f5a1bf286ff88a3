//! What may not stand together in one list: a second copy or version of the same piece, too much of one
//! artist.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::store::records::Track;
use crate::taste::vector::cosine;

/// Style vectors at least this close, of tracks whose lengths differ no more than that, are one
/// recording twice: copies in other encodings, with ends cut or silence before, have 0.986 and more;
/// other recordings 0.979 at most (the same notes on other instruments).
const SAME_STYLE: f64 = 0.985;
const SAME_LENGTH: f64 = 0.6;
/// One artist may not fill this many places in a row.
const IN_A_ROW: usize = 3;

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

/// The list so far, and what its rules leave out.
#[derive(Debug)]
pub struct Rules<'a> {
    per_artist: usize,
    taken: Vec<&'a Track>,
    songs: HashSet<Song>,
    artists: HashMap<String, usize>,
    last: Vec<String>,
}

/// What a track is a version of: artist (or, where unknown, where it lies) and bare title.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Song {
    by: String,
    title: String,
}

/// What the rules say of a track at this place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may come here.
    Fits,
    /// Not here, but perhaps later.
    NotNow,
    /// Nowhere in this list.
    Never,
}

impl<'a> Rules<'a> {
    /// Rules for a list that may not repeat `known` either (what plays now, what was offered before).
    pub fn new(per_artist: usize, known: impl Iterator<Item = &'a Track>) -> Self {
        let mut rules = Self {
            per_artist,
            taken: Vec::new(),
            songs: HashSet::new(),
            artists: HashMap::new(),
            last: Vec::new(),
        };
        for track in known {
            rules.songs.extend(song(track));
            rules.taken.push(track);
        }
        rules
    }

    /// Whether `track` may come next.
    pub fn judge(&self, track: &Track) -> Verdict {
        let artist = bare_artist(&track.artist);
        let of_artist = self.artists.get(&artist).copied().unwrap_or(0);
        let again = song(track).is_some_and(|song| self.songs.contains(&song));
        if again || (!artist.is_empty() && of_artist >= self.per_artist) {
            return Verdict::Never;
        }
        if self.taken.iter().any(|taken| same_recording(taken, track)) {
            return Verdict::Never;
        }
        let row = self.last.iter().rev().take_while(|last| **last == artist).count();
        if !artist.is_empty() && row + 1 >= IN_A_ROW { Verdict::NotNow } else { Verdict::Fits }
    }

    /// Puts `track` at the end of the list.
    pub fn take(&mut self, track: &'a Track) {
        let artist = bare_artist(&track.artist);
        *self.artists.entry(artist.clone()).or_default() += 1;
        self.last.push(artist);
        self.songs.extend(song(track));
        self.taken.push(track);
    }
}

fn same_recording(a: &Track, b: &Track) -> bool {
    a.content == b.content
        || (a.duration_s.min(b.duration_s) >= SAME_LENGTH * a.duration_s.max(b.duration_s)
            && cosine(&a.style, &b.style) > SAME_STYLE)
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

fn bare_artist(artist: &str) -> String {
    before_guests(words(artist)).join(" ")
}

/// The title without what only tells the version: "(remix)", "[Live at ...]", "- 2011 remaster", a last
/// word like "live"; without case and punctuation.
fn bare_title(title: &str) -> String {
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

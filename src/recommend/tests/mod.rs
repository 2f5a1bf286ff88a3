//! Recommending as a whole, on small libraries made of known styles.

mod artists;
mod asked;
mod explore;
mod graph;
mod reasons;
mod rules;
mod score;
mod ways;

use std::path::PathBuf;

use jiff::SignedDuration;

use super::*;
use crate::settings::Settings;
use crate::store::records::{Event, EventKind, FileStamp};
use crate::taste::vector::cosine;

pub const DIM: usize = 128;

pub fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// A unit vector: the centre of `style` with its own share of noise, as a network's styles are: all within
/// one half of the sphere, tracks of a style near each other.
pub fn style(style: u64, own: u64) -> Vec<f32> {
    let mut centre = fastrand::Rng::with_seed(1000 + style);
    let mut noise = fastrand::Rng::with_seed(own);
    let raw: Vec<f64> =
        (0..DIM).map(|_| 0.3 + (centre.f64() - 0.5) * 2.0 + (noise.f64() - 0.5) * 1.0).collect();
    crate::taste::vector::unit(&raw).unwrap()
}

pub fn track(id: u32, artist: &str, title: &str, style: Vec<f32>) -> Track {
    let mut content = [0; 32];
    content[..4].copy_from_slice(&id.to_le_bytes());
    Track {
        id: TrackId(id),
        path: PathBuf::from(format!("/m/{id}.ogg")),
        stamp: FileStamp { size: 1, modified_ns: 1 },
        content,
        title: title.to_owned(),
        artist: artist.to_owned(),
        album: String::new(),
        genre: String::new(),
        sounds_like: Vec::new(),
        mood: None,
        features: None,
        highlight_s: None,
        duration_s: 60.0 + 7.0 * f64::from(id),
        windows: 1,
        style,
        model: String::new(),
        damage: None,
        recording: None,
        added_at: now(),
    }
}

/// 5 styles, 8 tracks of each; the style of track `id` is `id / 8`.
pub fn library() -> Vec<Track> {
    (0..40u32)
        .map(|i| {
            track(
                i + 1,
                &format!("Artist {i}"),
                &format!("Title {i}"),
                style(u64::from(i / 8), i.into()),
            )
        })
        .collect()
}

fn style_number(id: TrackId) -> u32 {
    (id.0 - 1) / 8
}

pub fn taste(tracks: &[Track], rows: &[(u32, i64, EventKind)]) -> Taste {
    let events: Vec<Event> = rows
        .iter()
        .zip(1..)
        .map(|((id, minutes, what), seq)| Event {
            seq,
            nonce: u128::from(seq),
            at: now() - SignedDuration::from_mins(*minutes),
            track_id: TrackId(*id),
            title: format!("Title {}", id - 1),
            artist: String::new(),
            what: what.clone(),
        })
        .collect();
    let style_of =
        |id: TrackId| tracks.iter().find(|track| track.id == id).map(|track| track.style.clone());
    Taste::from_events(&events, &style_of, &Settings::load(None).unwrap().taste, now())
}

/// A library, what is known of the user, and what is asked.
struct Asked {
    library: Collection,
    taste: Taste,
    settings: settings::Recommend,
    seeds: Vec<Seed>,
    exclude: Vec<TrackId>,
    mood: MoodState,
    popularity: Option<BTreeMap<TrackId, f64>>,
}

impl Asked {
    fn of(tracks: &[Track], rows: &[(u32, i64, EventKind)]) -> Self {
        Self {
            library: Collection::new(tracks.iter().cloned()),
            taste: taste(tracks, rows),
            settings: Settings::load(None).unwrap().recommend,
            seeds: Vec::new(),
            exclude: Vec::new(),
            mood: MoodState::default(),
            popularity: None,
        }
    }

    fn request(&self, count: usize) -> Request<'_> {
        Request {
            seeds: &self.seeds,
            exclude: &self.exclude,
            mood: self.mood,
            popularity: self.popularity.as_ref(),
            count,
            ..Request::new(&self.library, &self.taste, &self.settings, now())
        }
    }

    fn get(&self, count: usize) -> Vec<Offer> {
        recommend(&self.request(count))
    }
}

/// A seed that is no track.
fn sound(label: &str, style: Vec<f32>) -> Seed {
    Seed { label: label.to_owned(), style, mood: None, features: None, track_id: None }
}

fn heard() -> EventKind {
    EventKind::Heard { position_s: 1.0, confidence: 1.0, heard_s: 2.0, input: "mic".to_owned() }
}

fn skip() -> EventKind {
    EventKind::Skip { share: None }
}

fn score_of(offers: &[Offer], id: u32) -> f64 {
    offers.iter().find(|offer| offer.track_id.0 == id).unwrap().score
}

/// Ten tracks each of artists that keep to a style or two, some of them versions of others.
fn big_library(artists: u32) -> Vec<Track> {
    let mut random = fastrand::Rng::with_seed(11);
    (0..artists * 10)
        .map(|i| {
            let (artist, of_artist) = (i / 10, i % 10);
            let of = u64::from(artist % 12 + of_artist % 2 * 5);
            let title = match of_artist {
                9 => format!("Song {artist}-0 (Live)"),
                8 => format!("Song {artist}-1 - 2011 Remaster"),
                n => format!("Song {artist}-{n}"),
            };
            let mut track = track(i + 1, &format!("A{artist}"), &title, style(of, u64::from(i)));
            track.duration_s = 100.0 + 200.0 * random.f64();
            if of_artist == 7 {
                track.style = style(of, u64::from(i - 5));
                track.duration_s = 120.0;
            }
            if of_artist == 2 {
                track.duration_s = 125.0;
            }
            track
        })
        .collect()
}

/// The rules of a list: versions of one song, and artists in any ten places.
fn assert_rules(library: &Collection, ids: &[TrackId]) {
    let list: Vec<&Track> = ids.iter().map(|id| library.get(*id).unwrap()).collect();
    for ten in list.windows(10.min(list.len().max(1))) {
        for track in ten {
            let of_artist = ten.iter().filter(|other| other.artist == track.artist).count();
            assert!(of_artist <= 2, "{of_artist} of {} in ten", track.artist);
        }
    }
    let songs: std::collections::HashSet<_> =
        list.iter().map(|track| super::song::song(track)).collect();
    assert_eq!(songs.len(), list.len(), "a song twice");
    for (i, a) in list.iter().enumerate() {
        for b in &list[..i] {
            let pieces = ((a.style.as_slice(), a.duration_s), (b.style.as_slice(), b.duration_s));
            assert!(!super::rules::is_same_recording(pieces.0, pieces.1), "{} {}", a.id, b.id);
        }
    }
}

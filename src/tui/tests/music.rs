//! A library, what happened to it, and a melody to listen to.

use jiff::Timestamp;

use crate::dsp::{MEL_BANDS, MelColumn};
use crate::settings::Settings;
use crate::store::records::{
    Event, EventKind, Features, FileStamp, GenreShare, Key, Mood, Track, TrackId,
};
use crate::taste::Taste;

/// The moment that all tests are at.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

/// The taste that follows from events.
pub fn taste(events: &[Event], now: Timestamp) -> Taste {
    Taste::from_events(events, &|_| None, &Settings::load(None).unwrap().taste, now)
}

/// What happened so far, oldest first.
pub fn happened(tracks: &[Track]) -> Vec<Event> {
    let heard =
        EventKind::Heard { position_s: 61.0, confidence: 0.97, heard_s: 1.8, input: "mic".into() };
    let whats = [
        EventKind::Save,
        EventKind::Rate { stars: 4 },
        EventKind::Play { share: 0.8 },
        EventKind::Skip { share: Some(0.12) },
        heard.clone(),
        EventKind::Like,
        EventKind::Unlike,
        heard,
    ];
    let event = |(i, what): (usize, EventKind)| {
        let track = &tracks[(i * 5 + 2) % tracks.len()];
        Event {
            seq: 1 + i as u64,
            nonce: 1,
            at: now() - jiff::SignedDuration::from_secs(17_000 * (8 - i as i64)),
            track_id: track.id,
            title: track.title.clone(),
            artist: track.artist.clone(),
            what,
        }
    };
    if tracks.is_empty() { Vec::new() } else { whats.into_iter().enumerate().map(event).collect() }
}

fn track(id: u32, artist: &str, title: &str, album: &str, duration_s: f64) -> Track {
    Track {
        id: TrackId(id),
        path: format!("/music/{id}.flac").into(),
        stamp: FileStamp { size: 1, modified_ns: 1 },
        content: [0; 32],
        title: title.into(),
        artist: artist.into(),
        album: album.into(),
        genre: String::new(),
        sounds_like: Vec::new(),
        mood: None,
        features: None,
        highlight_s: None,
        duration_s,
        windows: 1,
        style: Vec::new(),
        model: String::new(),
        damage: None,
        recording: None,
        added_at: Timestamp::UNIX_EPOCH,
    }
}

/// Tracks with long, wide and missing names among them.
pub fn library() -> Vec<Track> {
    let rows: [(&str, &str, &str, f64); 14] = [
        ("Hiroshi Yoshimura", "Blink", "Music for Nine Post Cards", 283.0),
        ("Midori Takada", "Mr. Henri Rousseau's Dream", "Through the Looking Glass", 722.0),
        ("高木正勝", "かみしゃま 東京の夜と朝のあいだの長い題名", "かがやき", 254.0),
        ("Laraaji", "The Dance No. 1", "Ambient 3", 541.0),
        ("", "recording of a thunderstorm over the harbour, second attempt.wav", "", 61.0),
        ("Steve Reich", "Music for 18 Musicians: Section IIIA", "Music for 18 Musicians", 3723.0),
        ("Brian Eno", "1/1", "Ambient 1: Music for Airports", 1041.0),
        ("Susumu Yokota", "Grass, Tree and Stone", "Sakura", 326.0),
        ("Grouper", "Clearing", "Ruins", 286.0),
        ("Gigi Masin", "Clouds", "Wind", 362.0),
        ("Suzanne Ciani", "The Fifth Wave: Water Lullaby", "Seven Waves", 361.0),
        ("Mort Garson", "Plantasia 🌱", "Mother Earth's Plantasia", 200.0),
        ("Joanna Brouk", "The Space Between", "Hearing Music", 1312.0),
        ("Satoshi Ashikawa", "Still Space", "Still Way", 400.0),
    ];
    (1..)
        .zip(rows)
        .map(|(id, (artist, title, album, s))| track(id, artist, title, album, s))
        .collect()
}

/// The same with styles, moods and all else that is known of them.
pub fn described() -> Vec<Track> {
    let styles = ["ambient", "minimal", "electronic", "jazz"];
    let mut tracks = library();
    for (i, track) in tracks.iter_mut().enumerate() {
        let angle = i as f32 * 2.4;
        let far = 0.3 + i as f32 / 20.0;
        track.style = (0..16).map(|d| far * (angle + d as f32 * 0.9).cos()).collect();
        track.sounds_like = [(0, 0.61), (1, 0.2), (2, 0.08)]
            .map(|(k, probability)| GenreShare { genre: styles[(i + k) % 4].into(), probability })
            .to_vec();
        track.mood = Some(Mood { valence: (angle.cos() * far), energy: angle.sin() * far - 0.2 });
        track.highlight_s = Some(track.duration_s as f32 * 0.6);
        track.added_at = now() - jiff::SignedDuration::from_hours(31 * i as i64);
        track.features = (i % 5 != 4).then(|| Features {
            tempo_bpm: (i % 3 != 2).then_some(64.0 + 9.0 * i as f32),
            key: Some(Key { tonic: (i * 5 % 12) as u8, minor: i % 2 == 0 }),
            loudness_lufs: -14.0 - i as f32 / 2.0,
            centroid_hz: 1200.0,
            zero_crossing_rate: 0.05,
            onset_rate: 2.0,
            mfcc: [Vec::new(), Vec::new()],
            chroma: Vec::new(),
            contrast: Vec::new(),
            tonnetz: Vec::new(),
        });
    }
    tracks
}

/// Column `i` of a melody with two overtones over a bass and a beat.
pub fn melody(i: usize) -> MelColumn {
    let tone = 40.0 + 14.0 * (i as f32 / 9.0).floor().sin() * (i as f32 / 40.0).cos();
    std::array::from_fn(|band| {
        let band = band as f32;
        let near = |centre: f32, level: f32| level - (band - centre).abs() * 1.4;
        let tones = near(tone, 8.0).max(near(tone * 1.7, 5.0)).max(near(tone * 2.3, 2.0));
        let bass = near(6.0 + (i as f32 / 36.0).floor().cos() * 3.0, 7.0);
        let beat = if i % 18 < 2 { 4.0 - band / MEL_BANDS as f32 * 3.0 } else { -9.0 };
        tones.max(bass).max(beat)
    })
}

//! What recommending from a large library costs on one core: a list, a list after one like, the same through a
//! graph of neighbours, and how many of an exact list's tracks the graph finds.
//!
//! ```text
//! cargo bench --bench recommend -- [--tracks N]... [--graph] [--styles FILE]
//! ```
//!
//! The styles are those of FILE (128 numbers a line), each moved at random to a cosine of about 0.8; without
//! one they are clouds of random size and spread about random directions.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement ends at the first surprise")]

use std::path::PathBuf;
use std::time::Instant;

use echovibe::recommend::{Collection, Offer, Request, Seed, recommend};
use echovibe::settings::Settings;
use echovibe::store::records::{Event, EventKind, Features, FileStamp, Mood, Track, TrackId};
use echovibe::taste::Taste;
use jiff::{SignedDuration, Timestamp};

const DIM: usize = 128;
/// Requests of each kind.
const ASKED: usize = 100;
/// Tracks that the listener has a history with.
const KNOWN: usize = 400;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let (mut sizes, mut graph, mut donors) = (Vec::new(), false, Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--tracks" => sizes.push(words.next().unwrap().parse().unwrap()),
            "--graph" => graph = true,
            "--styles" => donors = read_styles(&words.next().unwrap().into()),
            other => panic!("unknown option {other}"),
        }
    }
    if sizes.is_empty() {
        sizes = vec![1_000, 10_000, 100_000];
    }
    println!(
        "| tracks | how | ready in, s | one seed, p50, ms | p95 | three seeds, p95 | seed and mood, p95 | \
         nothing known, p95 | path of 12, p95 | like to list, p95 | found of exact |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    );
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for count in sizes {
        let tracks = tracks(count, &donors);
        let events = log(&tracks);
        let started = Instant::now();
        let library = Collection::new(tracks);
        let exact = one
            .install(|| measure(&library, &events, "exact", started.elapsed().as_secs_f64(), None));
        if graph {
            let started = Instant::now();
            library.build_graph();
            let ready_s = started.elapsed().as_secs_f64();
            one.install(|| measure(&library, &events, "graph", ready_s, Some(&exact)));
        }
    }
}

fn measure(
    library: &Collection,
    events: &[Event],
    how: &str,
    ready_s: f64,
    exact: Option<&[Vec<TrackId>]>,
) -> Vec<Vec<TrackId>> {
    let settings = Settings::load(None).unwrap();
    let style_of = |id: TrackId| library.get(id).map(|track| track.style.clone());
    let taste = Taste::from_events(events, &style_of, &settings.taste, now());
    let nothing = Taste::default();
    let mut random = fastrand::Rng::with_seed(7);
    let seed =
        |random: &mut fastrand::Rng| Seed::of(&library.tracks()[random.usize(..library.len())]);
    let feed = Request::new(library, &taste, &settings.recommend, now());

    let mut lists = Vec::new();
    let one_seed = times(|| {
        let seeds = [seed(&mut random)];
        lists.push(ids(&recommend(&Request { seeds: &seeds, ..feed })));
    });
    let three_seeds = times(|| {
        let seeds = [0; 3].map(|_| seed(&mut random));
        drop(recommend(&Request { seeds: &seeds, ..feed }));
    });
    let mood = times(|| {
        let seeds = [seed(&mut random)];
        let mut mood = feed.mood;
        mood.set_place(Some(Mood { valence: 0.4, energy: -0.6 }));
        drop(recommend(&Request { seeds: &seeds, mood, ..feed }));
    });
    let unknown = times(|| drop(recommend(&Request { taste: &nothing, ..feed })));
    let path = times(|| {
        let (from, to) = (seed(&mut random), seed(&mut random));
        drop(echovibe::recommend::path(&Request { count: 12, ..feed }, &from, &to));
    });
    let mut log = events.to_vec();
    let after_like = times(|| {
        let liked = &library.tracks()[random.usize(..library.len())];
        log.push(event(log.len() as u64 + 1, liked.id, 0.0, EventKind::Like));
        let taste = Taste::from_events(&log, &style_of, &settings.taste, now());
        let seeds = [Seed::of(liked)];
        drop(recommend(&Request { seeds: &seeds, taste: &taste, ..feed }));
    });
    let found = exact.map_or(1.0, |exact| {
        let same: usize = exact.iter().zip(&lists).map(|(exact, list)| common(exact, list)).sum();
        same as f64 / exact.iter().map(Vec::len).sum::<usize>() as f64
    });
    println!(
        "| {} | {how} | {ready_s:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} % |",
        library.len(),
        at(&one_seed, 0.5),
        at(&one_seed, 0.95),
        at(&three_seeds, 0.95),
        at(&mood, 0.95),
        at(&unknown, 0.95),
        at(&path, 0.95),
        at(&after_like, 0.95),
        100.0 * found,
    );
    lists
}

/// Milliseconds of each call, in order.
fn times(mut call: impl FnMut()) -> Vec<f64> {
    let mut times: Vec<f64> = (0..ASKED)
        .map(|_| {
            let started = Instant::now();
            call();
            started.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

fn at(times: &[f64], share: f64) -> f64 {
    times[((times.len() - 1) as f64 * share).round() as usize]
}

fn ids(offers: &[Offer]) -> Vec<TrackId> {
    offers.iter().map(|offer| offer.track_id).collect()
}

fn common(a: &[TrackId], b: &[TrackId]) -> usize {
    a.iter().filter(|id| b.contains(id)).count()
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn gauss(random: &mut fastrand::Rng) -> f32 {
    (0..6).map(|_| random.f32()).sum::<f32>() - 3.0
}

fn direction(random: &mut fastrand::Rng) -> Vec<f32> {
    unit((0..DIM).map(|_| gauss(random)).collect())
}

fn unit(vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    vector.into_iter().map(|x| x / length).collect()
}

fn read_styles(file: &PathBuf) -> Vec<Vec<f32>> {
    let text = std::fs::read_to_string(file).unwrap();
    let line = |line: &str| unit(line.split_whitespace().map(|x| x.parse().unwrap()).collect());
    text.lines().map(line).collect()
}

fn tracks(count: usize, donors: &[Vec<f32>]) -> Vec<Track> {
    let mut random = fastrand::Rng::with_seed(1);
    let clouds: Vec<(Vec<f32>, f32)> = if donors.is_empty() {
        (0..300).map(|_| (direction(&mut random), 0.4 + random.f32())).collect()
    } else {
        donors.iter().map(|style| (style.clone(), 0.75)).collect()
    };
    (1..=count as u32)
        .map(|id| {
            let (centre, spread) = &clouds[random.usize(..clouds.len())];
            let noise = direction(&mut random);
            let style = centre.iter().zip(&noise).map(|(c, n)| c + spread * n).collect();
            let mut content = [0; 32];
            content[..4].copy_from_slice(&id.to_le_bytes());
            Track {
                id: TrackId(id),
                path: PathBuf::from(format!("/music/{id}.ogg")),
                stamp: FileStamp { size: 1, modified_ns: 1 },
                content,
                title: format!("Title {id}"),
                artist: format!("Artist {}", random.usize(..1 + count / 12)),
                album: String::new(),
                genre: String::new(),
                sounds_like: Vec::new(),
                mood: Some(Mood {
                    valence: random.f32() * 2.0 - 1.0,
                    energy: random.f32() * 2.0 - 1.0,
                }),
                features: Some(features(&mut random)),
                highlight_s: None,
                duration_s: 60.0 + 300.0 * random.f64(),
                windows: 1,
                style: unit(style),
                model: String::new(),
                damage: None,
                recording: None,
                added_at: now() - SignedDuration::from_hours(i64::from(random.u16(..9000))),
            }
        })
        .collect()
}

/// Measurements as music has them, drawn at random.
fn features(random: &mut fastrand::Rng) -> Features {
    let mut around = |middle: f32, deviation: f32| middle + deviation * gauss(random);
    let mut several = |count: usize, middle: f32, deviation: f32| {
        (0..count).map(|_| around(middle, deviation)).collect::<Vec<f32>>()
    };
    Features {
        mfcc: [several(13, 3.0, 15.0), several(13, 18.0, 8.0)],
        contrast: several(7, 28.0, 6.0),
        chroma: vec![1.0 / 12.0; 12],
        tonnetz: vec![0.0; 6],
        tempo_bpm: Some(around(112.0, 20.0)),
        key: None,
        loudness_lufs: around(-15.0, 4.0),
        centroid_hz: around(1300.0, 300.0),
        zero_crossing_rate: around(0.08, 0.02).abs(),
        onset_rate: around(3.0, 1.0).abs(),
    }
}

/// A year of listening: plays, skips, likes, of tracks of some styles more than of others.
fn log(tracks: &[Track]) -> Vec<Event> {
    let mut random = fastrand::Rng::with_seed(2);
    let known: Vec<TrackId> = (0..KNOWN).map(|_| tracks[random.usize(..tracks.len())].id).collect();
    (1..=4 * KNOWN as u64)
        .map(|seq| {
            let what = match random.u8(..10) {
                0 => EventKind::Like,
                1..4 => EventKind::Skip { share: Some(random.f64()) },
                _ => EventKind::Play { share: random.f64() },
            };
            event(seq, known[random.usize(..known.len())], 365.0 * random.f64(), what)
        })
        .collect()
}

fn event(seq: u64, track_id: TrackId, days_ago: f64, what: EventKind) -> Event {
    Event {
        seq,
        nonce: u128::from(seq),
        at: now() - SignedDuration::from_secs_f64(days_ago * 86_400.0),
        track_id,
        title: String::new(),
        artist: String::new(),
        what,
    }
}

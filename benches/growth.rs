//! What a growing library costs: build time, bytes, memory, the time a clip takes on one core, and right
//! answers against an exact scan. Prints the table of ARCHITECTURE.md.
//!
//! ```text
//! cargo bench --bench growth -- --music DIR --donors DIR... --clips DIR [--tracks N]... [--exact CLIPS]
//! ```
//!
//! `--music` is enrolled as it is; the rest of the N tracks of three minutes are drawn from the `--donors`:
//! a stretch of a donor's fingerprints, each moved at random to a cosine of about 0.8. `--clips` is a
//! folder made by a query maker, with `queries.csv` in it, of which the ten-second clips are asked.
//! The exact scan is asked all clips that the cells get wrong (what it gets right of them is all that it can
//! be ahead by) and so many of the others.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement ends at the first surprise")]

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use echovibe::audio::MonoReader;
use echovibe::dsp::SAMPLE_RATE;
use echovibe::embed::{Network, TrackEmbedder, query_windows};
use echovibe::index::{
    CellTrack, Code, DIM, Decision, Fingerprints, Index, Packed, Query, Segment, build_cells,
    map_file, quantise,
};
use rayon::prelude::*;

/// Three minutes at four fingerprints a second.
const WINDOWS: usize = 720;
/// Length of a random move against a fingerprint of length one: the cosine is then about 0.8.
const JITTER: f32 = 0.75;
const CLIP_S: f64 = 10.0;

struct Options {
    music: PathBuf,
    donors: Vec<PathBuf>,
    clips: PathBuf,
    tracks: Vec<usize>,
    exact: usize,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [first, folder, tracks, exact] = &words[..]
        && first == "measure"
    {
        return measure(Path::new(folder), tracks.parse().unwrap(), exact.parse().unwrap());
    }
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let Some(options) = options(&words, &shared) else {
        println!(
            "growth: left out: give --clips DIR, clips of a query maker over ../shared/music/dev"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let network = Network::load().unwrap();
    let music = embed_folder(&network, &options.music);
    let donors: Vec<Vec<Code>> = options
        .donors
        .iter()
        .flat_map(|folder| embed_folder(&network, folder))
        .map(|(_, codes)| codes)
        .collect();
    write_queries(&network, &options.clips, &music, &folder.path().join("queries"));
    println!(
        "| tracks | fingerprints | build, s | searched, MB an hour | all, MB an hour | open, ms | \
         resident, MB | p50, ms | p95, ms | right | exact right |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    );
    for count in options.tracks {
        grow(folder.path(), &music, &donors, count, options.exact);
    }
}

fn options(words: &[String], shared: &Path) -> Option<Options> {
    let mut options = Options {
        music: shared.join("music/dev"),
        donors: Vec::new(),
        clips: PathBuf::new(),
        tracks: Vec::new(),
        exact: 40,
    };
    for pair in words.chunks(2) {
        let [name, value] = pair else { return None };
        match name.as_str() {
            "--music" => options.music = value.into(),
            "--donors" => options.donors.push(value.into()),
            "--clips" => options.clips = value.into(),
            "--tracks" => options.tracks.push(value.parse().unwrap()),
            "--exact" => options.exact = value.parse().unwrap(),
            other => panic!("unknown option {other}"),
        }
    }
    if options.donors.is_empty() {
        options.donors.push(shared.join("music/train"));
    }
    if options.tracks.is_empty() {
        options.tracks = vec![1_000, 10_000, 100_000];
    }
    (options.clips.is_dir() && options.music.is_dir()).then_some(options)
}

/// Every file's path below the folder, and its fingerprints.
fn embed_folder(network: &Network, folder: &Path) -> Vec<(String, Vec<Code>)> {
    let mut files = Vec::new();
    find(folder, &mut files);
    files.sort();
    files
        .par_iter()
        .filter_map(|file| {
            let mut reader = MonoReader::open(file, SAMPLE_RATE).ok()?;
            let mut embedder = TrackEmbedder::new(network);
            let mut samples = Vec::new();
            while reader.read(&mut samples).ok()? {
                embedder.push(&samples).unwrap();
                samples.clear();
            }
            embedder.push(&samples).unwrap();
            let codes = embedder.finish().unwrap().fingerprints.iter().map(quantise).collect();
            Some((file.strip_prefix(folder).unwrap().to_str()?.to_owned(), codes))
        })
        .collect()
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|e| ["ogg", "flac", "mp3"].iter().any(|x| e == *x)) {
            files.push(path);
        }
    }
}

/// The windows of the ten-second clips of known tracks, and their tracks' numbers, for the measuring
/// process.
fn write_queries(network: &Network, clips: &Path, music: &[(String, Vec<Code>)], to: &Path) {
    let keys: HashMap<&str, usize> =
        music.iter().enumerate().map(|(key, (name, _))| (name.as_str(), key)).collect();
    let list = std::fs::read_to_string(clips.join("queries.csv")).unwrap();
    let mut out = BufWriter::new(File::create(to).unwrap());
    let mut embed_ms = Vec::new();
    for line in list.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let Some(key) = keys.get(fields[1]).filter(|_| fields[3].parse() == Ok(CLIP_S)) else {
            continue;
        };
        let mut reader = MonoReader::open(&clips.join(fields[0]), SAMPLE_RATE).unwrap();
        let mut samples = Vec::new();
        while reader.read(&mut samples).unwrap() {}
        let started = Instant::now();
        let windows = query_windows(network, &samples).unwrap();
        embed_ms.push(started.elapsed().as_secs_f64() * 1000.0);
        out.write_all(&(*key as u32).to_le_bytes()).unwrap();
        out.write_all(&(windows.len() as u32).to_le_bytes()).unwrap();
        for window in windows {
            out.write_all(&window.time_s.to_le_bytes()).unwrap();
            let code = quantise(&window.embedding.fingerprint);
            out.write_all(&code.map(|v| v as u8)).unwrap();
        }
    }
    let (p50, p95) = percentiles(embed_ms);
    println!("sound to the fingerprints of a clip: p50 {p50:.1} ms, p95 {p95:.1} ms\n");
}

fn read_queries(from: &Path) -> Vec<(u32, Vec<Query>)> {
    let bytes = std::fs::read(from).unwrap();
    let mut rest = &bytes[..];
    let mut take = |n: usize| {
        let (taken, left) = rest.split_at(n);
        rest = left;
        taken.to_vec()
    };
    let mut clips = Vec::new();
    let mut left = bytes.len();
    while left > 0 {
        let key = u32::from_le_bytes(take(4).try_into().unwrap());
        let count = u32::from_le_bytes(take(4).try_into().unwrap()) as usize;
        let queries = (0..count)
            .map(|_| Query {
                time_s: f64::from_le_bytes(take(8).try_into().unwrap()),
                code: std::array::from_fn(|_| take(1)[0] as i8),
            })
            .collect();
        clips.push((key, queries));
        left -= 8 + count * (8 + DIM);
    }
    clips
}

fn jittered(donor: &[Code], random: &mut fastrand::Rng) -> Vec<Code> {
    let from = random.usize(..donor.len());
    (0..WINDOWS)
        .map(|i| {
            let code = donor[(from + i) % donor.len()];
            let moved: [f32; DIM] = std::array::from_fn(|d| {
                let bits = random.u32(..);
                let noise = ((bits & 0xFFFF) + (bits >> 16)) as f32 / 65_535.0 - 1.0;
                // As real fingerprints vary: the first eight values hold 14 % of the variance, the last eight
                // 11 %; 0.41 is the deviation of the sum of two uniform numbers.
                let spread = 0.135 * (-(d as f32) / 400.0).exp() / 0.41;
                f32::from(code[d]) / 170.0 + JITTER * noise * spread
            });
            let length = moved.iter().map(|v| v * v).sum::<f32>().sqrt();
            quantise(&moved.map(|v| v / length))
        })
        .collect()
}

/// Makes a library of `count` tracks, and lets a fresh process measure it.
fn grow(
    folder: &Path,
    music: &[(String, Vec<Code>)],
    donors: &[Vec<Code>],
    count: usize,
    exact: usize,
) {
    let log = folder.join("fingerprints");
    let mut file = BufWriter::new(File::create(&log).unwrap());
    let mut offsets = vec![0_u64];
    let mut put = |packed: &Packed| {
        file.write_all(packed.bytes()).unwrap();
        offsets.push(offsets.last().unwrap() + packed.bytes().len() as u64);
    };
    for (_, codes) in music {
        put(&Packed::of(codes));
    }
    let keys: Vec<usize> = (music.len()..count).collect();
    for keys in keys.chunks(512) {
        let made: Vec<Packed> = keys
            .par_iter()
            .map(|key| {
                let mut random = fastrand::Rng::with_seed(*key as u64);
                Packed::of(&jittered(&donors[random.usize(..donors.len())], &mut random))
            })
            .collect();
        made.iter().for_each(&mut put);
    }
    drop(file);
    let places: Vec<u8> = offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect();
    std::fs::write(folder.join("places"), places).unwrap();

    let tracks: Vec<CellTrack> = open(folder)
        .into_iter()
        .enumerate()
        .map(|(key, packed)| CellTrack { key: key as u32, version: 1, packed })
        .collect();
    let started = Instant::now();
    build_cells(&folder.join("cells.idx"), "bench", &tracks, None).unwrap();
    let build_s = started.elapsed().as_secs_f64();
    let windows: usize = tracks.iter().map(|track| track.packed.len()).sum();
    let hours = windows as f64 / 4.0 / 3600.0;
    let size = |name: &str| std::fs::metadata(folder.join(name)).unwrap().len() as f64 / 1e6;
    print!(
        "| {count} | {windows} | {build_s:.1} | {:.3} | {:.3} |",
        size("cells.idx") / hours,
        (size("cells.idx") + size("fingerprints")) / hours,
    );
    std::io::stdout().flush().unwrap();
    drop(tracks);
    let done = Command::new(std::env::current_exe().unwrap())
        .args(["measure", folder.to_str().unwrap(), &count.to_string(), &exact.to_string()])
        .status();
    assert!(done.unwrap().success());
}

/// The tracks' fingerprints, mapped.
fn open(folder: &Path) -> Vec<Packed> {
    let file = Arc::new(File::open(folder.join("fingerprints")).unwrap());
    let log = map_file(&file).unwrap();
    let places: Vec<usize> = std::fs::read(folder.join("places"))
        .unwrap()
        .as_chunks::<8>()
        .0
        .iter()
        .map(|bytes| u64::from_le_bytes(*bytes) as usize)
        .collect();
    let slice = |pair: &[usize]| -> Bytes { log.slice(pair[0]..pair[1]) };
    places
        .windows(2)
        .map(|pair| Packed::in_file(slice(pair), Arc::clone(&file), pair[0] as u64).unwrap())
        .collect()
}

fn measure(folder: &Path, count: usize, exact: usize) {
    let clips = read_queries(&folder.join("queries"));
    let decision = Decision::built_in().unwrap();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let started = Instant::now();
    let mut index = Index::default();
    for (key, packed) in open(folder).into_iter().enumerate() {
        index.insert(key as u32, 1, packed);
    }
    let segment = Segment::open(&folder.join("cells.idx")).unwrap().unwrap();
    index.attach(segment.into());
    let open_ms = started.elapsed().as_secs_f64() * 1000.0;
    assert_eq!(index.len(), count);
    let right = |index: &Index, clip: &(u32, Vec<Query>)| {
        index
            .identify(&clip.1, CLIP_S, &decision)
            .unwrap()
            .first()
            .is_some_and(|best| best.key == clip.0)
    };
    let mut elapsed_ms = Vec::new();
    let (found, missed): (Vec<_>, Vec<_>) = clips.iter().partition(|clip| {
        let started = Instant::now();
        let right = one.install(|| right(&index, clip));
        elapsed_ms.push(started.elapsed().as_secs_f64() * 1000.0);
        right
    });
    let (p50, p95) = percentiles(elapsed_ms);
    print!(" {open_ms:.0} | {:.0} | {p50:.1} | {p95:.1} |", resident_mb());
    print!(" {:.1} % of {} |", 100.0 * found.len() as f64 / clips.len() as f64, clips.len());
    std::io::stdout().flush().unwrap();
    if exact == 0 {
        println!(" |");
        return;
    }
    // Every so many clips, so that all conditions are among them.
    let some: Vec<_> = found.iter().step_by(found.len().div_ceil(exact).max(1)).collect();
    let mut scanned = Index::default();
    for (key, packed) in open(folder).into_iter().enumerate() {
        scanned.insert(key as u32, 1, packed);
    }
    let gained = missed.iter().filter(|clip| right(&scanned, clip)).count();
    let kept = some.iter().filter(|clip| right(&scanned, clip)).count();
    println!(" {gained} of the {} others, {kept} of {} of these |", missed.len(), some.len());
}

fn percentiles(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    (at(0.5), at(0.95))
}

/// Memory this process holds, what it has mapped and touched among it.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok()).unwrap_or(f64::NAN)
        / 1000.0
}

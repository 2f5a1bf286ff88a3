//! Seconds of sound that a name takes, through a real sound server: clips of a query maker are played one
//! after another into a null sink, and `echovibe listen --json` hears its monitor.
//!
//! ```text
//! cargo bench --bench live -- --clips DIR [--music DIR] [--length S] [--condition C]... [--count N]
//! ```
//!
//! Each condition has a sound server and a listener of its own; they run side by side.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement ends at the first surprise")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Home, Running, SoundServer, number, text};

/// Silence between two clips: what was heard of the one must not help the other.
const PAUSE: Duration = Duration::from_millis(3500);

struct Options {
    clips: PathBuf,
    music: PathBuf,
    length: String,
    conditions: Vec<String>,
    count: usize,
}

struct Clip {
    file: PathBuf,
    track: String,
}

/// What a clip was heard as.
struct Heard {
    right: bool,
    /// Seconds of sound that it took, as the program says.
    heard_s: f64,
    /// Seconds from the start of the player to the line on standard output.
    waited_s: f64,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let mut options = Options {
        clips: PathBuf::new(),
        music: shared.join("music/dev"),
        length: "10".to_owned(),
        conditions: Vec::new(),
        count: 40,
    };
    for pair in words.chunks_exact(2) {
        match pair[0].as_str() {
            "--clips" => options.clips = PathBuf::from(&pair[1]),
            "--music" => options.music = PathBuf::from(&pair[1]),
            "--length" => options.length.clone_from(&pair[1]),
            "--condition" => options.conditions.push(pair[1].clone()),
            "--count" => options.count = pair[1].parse().unwrap(),
            other => panic!("unknown option {other}"),
        }
    }
    if !options.clips.is_dir() || !support::have(&["pulseaudio", "pactl", "paplay"]) {
        println!("live: left out: give --clips DIR, and install pulseaudio and pulseaudio-utils");
        return;
    }
    if options.conditions.is_empty() {
        options.conditions = ["clean", "room", "room+5"].map(str::to_owned).to_vec();
    }
    println!(
        "| condition | clips | right | wrong | median s of sound | 90 % within, s | median s from the \
         player's start |\n| --- | --- | --- | --- | --- | --- | --- |"
    );
    std::thread::scope(|scope| {
        for condition in &options.conditions {
            let options = &options;
            scope.spawn(move || measure(options, condition));
        }
    });
}

fn measure(options: &Options, condition: &str) {
    let clips = clips(options, condition);
    let home = Home::new();
    home.run(["index", "--quiet", options.music.to_str().unwrap()]).ok();
    let server = SoundServer::start(&home);
    let mut command = home.command(["listen", "--json", "--input", "mic"]);
    command.envs(server.environment()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let lines = lines(child.stdout.take().unwrap());
    std::thread::sleep(PAUSE);
    let heard: Vec<Option<Heard>> = clips.iter().map(|clip| hear(&server, &lines, clip)).collect();
    let _ = child.kill();
    let _ = child.wait();

    let of = |right: bool| heard.iter().flatten().filter(move |heard| heard.right == right);
    // A clip that was not named took longer than any that was.
    let spread = |value: fn(&Heard) -> f64| {
        let mut values: Vec<f64> = of(true).map(value).collect();
        values.resize(clips.len(), f64::INFINITY);
        values.sort_by(f64::total_cmp);
        let last = clips.len() as f64 - 1.0;
        move |share: f64| values[(last * share).round() as usize]
    };
    let (sound, waited) = (spread(|heard| heard.heard_s), spread(|heard| heard.waited_s));
    println!(
        "| {condition} | {} | {} | {} | {:.2} | {:.2} | {:.2} |",
        heard.len(),
        of(true).count(),
        of(false).count(),
        sound(0.5),
        sound(0.9),
        waited(0.5)
    );
}

fn hear(server: &SoundServer, lines: &Receiver<Value>, clip: &Clip) -> Option<Heard> {
    while lines.try_recv().is_ok() {}
    let started = Instant::now();
    let mut player: Running = server.play(&clip.file);
    let mut named = None;
    let mut ended = None;
    while ended.is_none_or(|end: Instant| end.elapsed() < PAUSE) {
        if ended.is_none() && !player.alive() {
            ended = Some(Instant::now());
        }
        let Ok(row) = lines.recv_timeout(Duration::from_millis(20)) else { continue };
        named.get_or_insert_with(|| Heard {
            right: text(&row["match"], "path").ends_with(&clip.track),
            heard_s: number(&row, "heard_s"),
            waited_s: started.elapsed().as_secs_f64(),
        });
    }
    named
}

fn lines(stdout: impl std::io::Read + Send + 'static) -> Receiver<Value> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let row = serde_json::from_str(&line).unwrap();
            if send.send(row).is_err() {
                return;
            }
        }
    });
    receive
}

/// The clips of known tracks of a condition.
fn clips(options: &Options, condition: &str) -> Vec<Clip> {
    let list = std::fs::read_to_string(options.clips.join("queries.csv")).unwrap();
    list.lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let wanted = fields[3] == options.length && fields[4] == condition;
            (wanted && !fields[1].is_empty())
                .then(|| Clip { file: options.clips.join(fields[0]), track: fields[1].to_owned() })
        })
        .take(options.count)
        .collect()
}

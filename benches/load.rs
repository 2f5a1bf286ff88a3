//! The server under load: answers a second, how long they take, memory; then ten times as many clients as it can
//! answer, and how soon all is well after that. Prints the figures of ARCHITECTURE.md. Needs `wrk`.
//!
//! ```text
//! cargo bench --bench load -- [--tracks N] [--clients C] [--seconds S] [--in DIR]
//! ```
//!
//! N tracks (10 000) of three minutes with random fingerprints are enrolled as `index` does it; with `--in` they
//! are kept in that folder and found there again. Clips are ten seconds of them, each window moved at random, and
//! no answer is given twice from memory.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a measurement ends at the first surprise")]

#[path = "support/made_up.rs"]
mod made_up;

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use echovibe::embed::Network;
use echovibe::index::{DIM, Query};
use echovibe::listen::HeardWindow;
use echovibe::remote::api::{Blob, IdentifyRequest};
use echovibe::remote::pack;
use made_up::enrol;

const WINDOWS: usize = 720;
/// Windows of a clip of ten seconds, sixteen a second, and those between two that are kept.
const HEARD: usize = 135;
const DENSER: usize = 4;
/// Different clips.
const CLIPS: usize = 500;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let (mut tracks, mut clients, mut seconds, mut folder) = (10_000, 200, 15, None);
    for pair in words.chunks(2) {
        match pair {
            [name, value] if name == "--tracks" => tracks = value.parse().unwrap(),
            [name, value] if name == "--clients" => clients = value.parse().unwrap(),
            [name, value] if name == "--seconds" => seconds = value.parse().unwrap(),
            [name, value] if name == "--in" => folder = Some(PathBuf::from(value)),
            _ => return println!("load: left out: cargo bench --bench load -- --tracks N"),
        }
    }
    if Command::new("wrk").arg("-v").output().is_err() {
        return println!("load: left out: wrk is not installed");
    }
    let temporary = tempfile::tempdir().unwrap();
    let folder = folder.unwrap_or_else(|| temporary.path().to_owned());
    enrol(&folder, tracks, WINDOWS);
    make_clips(temporary.path(), tracks);
    let server = Server::start(&folder, temporary.path());
    // Cells are made beside the first requests.
    server.wait_until_ready(Duration::from_secs(120));
    println!(
        "| clients | answers/s | p50, ms | p99, ms | 503/s | errors | server, cores | resident, MB |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    server.load(clients, seconds);
    server.load(10 * clients, seconds);
    let started = Instant::now();
    let took = server.one_answer();
    let after = started.elapsed();
    println!("\nafter it an answer in {took:?}, {after:?} after the last of them");
    server.load(clients, seconds);
}

/// A request's body for each clip, made from the very fingerprints that `enrol` drew.
fn make_clips(folder: &Path, tracks: usize) {
    let model = Network::load().unwrap().id().to_owned();
    let mut random = fastrand::Rng::with_seed(7);
    for clip in 0..CLIPS {
        let mut of_track = fastrand::Rng::with_seed(random.u64(..tracks as u64));
        let codes: Vec<[i8; DIM]> =
            (0..WINDOWS).map(|_| std::array::from_fn(|_| of_track.i8(-60..60))).collect();
        let from = random.usize(..WINDOWS - HEARD / DENSER - 1);
        let windows: Vec<HeardWindow> = (0..HEARD)
            .map(|n| {
                let code = codes[from + n / DENSER]
                    .map(|value| (i32::from(value) + random.i32(-25..26)).clamp(-127, 127) as i8);
                let time_s = n as f64 / (4 * DENSER) as f64;
                HeardWindow { query: Query { time_s, code }, music: 4.0 }
            })
            .collect();
        let windows = Blob(pack(&windows));
        let body = IdentifyRequest { model: model.clone(), heard_s: 10.0, windows };
        let body = rmp_serde::to_vec_named(&body).unwrap();
        std::fs::write(folder.join(format!("{clip}.clip")), body).unwrap();
    }
}

struct Server {
    child: Child,
    url: String,
    token: String,
    script: PathBuf,
    http: reqwest::blocking::Client,
    clip: Vec<u8>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(folder: &Path, temporary: &Path) -> Self {
        let config = temporary.join("load.toml");
        let limits = "[server]\nuser_requests_per_second = 1000000\n\
                      address_requests_per_second = 1000000\nconnections = 4000\n\
                      connections_per_address = 4000\nanswers_kept = 0\n";
        std::fs::write(&config, limits).unwrap();
        let program = env!("CARGO_BIN_EXE_echovibe");
        let run = |args: &[&str]| {
            let mut command = Command::new(program);
            command.args(args).arg("--data-dir").arg(folder).arg("--config").arg(&config);
            command.stdout(Stdio::piped());
            command
        };
        let _ = run(&["user", "add", "load", "--role", "reader"]).output().unwrap();
        let token = run(&["user", "token", "load"]).output().unwrap().stdout;
        let token = String::from_utf8(token).unwrap().trim().to_owned();
        let mut child = run(&["serve", "--listen", "127.0.0.1:0", "--json"]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: serde_json::Value = serde_json::from_str(&line).unwrap();
        let url = format!("http://{}", told["listen"].as_str().unwrap());
        let script = temporary.join("clips.lua");
        std::fs::write(&script, lua(temporary, &token)).unwrap();
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::blocking::Client::builder().timeout(None).build().unwrap();
        let clip = std::fs::read(temporary.join("0.clip")).unwrap();
        Self { child, url, token, script, http, clip }
    }

    /// Asks until there is an answer, as a client does; how long the answer itself took.
    fn one_answer(&self) -> Duration {
        loop {
            let started = Instant::now();
            let request = self.http.post(format!("{}/v1/identify", self.url));
            let request = request.header("content-type", "application/msgpack");
            let response = request.bearer_auth(&self.token).body(self.clip.clone()).send().unwrap();
            if response.status().is_success() {
                return started.elapsed();
            }
        }
    }

    fn wait_until_ready(&self, patience: Duration) {
        let started = Instant::now();
        while self.one_answer() > Duration::from_millis(80) && started.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    fn load(&self, clients: usize, seconds: usize) {
        let before = self.processor_s();
        let ran = Command::new("wrk")
            .args(["-t1", "--latency", "--timeout", "60s"])
            .args(["-c", &clients.to_string(), "-d", &format!("{seconds}s")])
            .arg("-s")
            .arg(&self.script)
            .arg(format!("{}/v1/identify", self.url))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ran.stdout);
        let row = told.lines().find_map(|line| line.strip_prefix("ROW "));
        let row = row.unwrap_or_else(|| panic!("{told}{}", String::from_utf8_lossy(&ran.stderr)));
        let number: Vec<f64> = row.split(' ').map(|n| n.parse().unwrap()).collect();
        let (answers, refused, errors, p50, p99) =
            (number[0], number[1], number[2], number[3], number[4]);
        let per_s = |count: f64| count / seconds as f64;
        let resident = self.resident_mb();
        let cores = per_s(self.processor_s() - before);
        println!(
            "| {clients} | {:.1} | {p50:.0} | {p99:.0} | {:.0} | {errors:.0} | {cores:.2} | {resident:.0} |",
            per_s(answers),
            per_s(refused),
        );
    }

    /// Seconds of processor time that it has taken (100 ticks a second).
    fn processor_s(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / 100.0
    }

    fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        resident.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1000.0
    }
}

/// What `wrk` does: a clip at random each time, statuses counted.
fn lua(folder: &Path, token: &str) -> String {
    let mut script = String::new();
    let folder = folder.display();
    write!(
        script,
        r#"
local threads = {{}}
function setup(thread) table.insert(threads, thread) end
function init(args)
  ok, refused, other = 0, 0, 0
  clips = {{}}
  for n = 0, {CLIPS} - 1 do
    local file = io.open("{folder}/" .. n .. ".clip", "rb")
    clips[n + 1] = file:read("*a")
    file:close()
  end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/msgpack"
  wrk.headers["Authorization"] = "Bearer {token}"
end
function request() return wrk.format(nil, nil, nil, clips[math.random({CLIPS})]) end
function response(status)
  if status == 200 then ok = ok + 1 elseif status == 503 then refused = refused + 1 else other = other + 1 end
end
function done(summary, latency)
  local sums = {{ 0, 0, 0 }}
  for _, thread in ipairs(threads) do
    sums = {{ sums[1] + thread:get("ok"), sums[2] + thread:get("refused"), sums[3] + thread:get("other") }}
  end
  local errors = sums[3] + summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.timeout
  print(string.format("ROW %d %d %d %f %f", sums[1], sums[2], errors,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"#
    )
    .unwrap();
    script
}

//! Servers over PostgreSQL and Milvus: several that share them, and what is lost when one of them is killed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use echovibe::audio::demo::{self, noisy_clip};
use echovibe::index::{DIM, Packed};
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use support::{
    Database, Databases, Home, Server, have_databases, number, over_databases, poll, text, user,
    write_wav,
};

const RATE: u32 = 16_000;
/// Limits that do not get in the way.
const GENEROUS: &str =
    "[server]\nuser_requests_per_second = 100000\naddress_requests_per_second = 100000\n";

/// A server over databases with the first demo piece in it.
struct Place {
    home: Home,
    server: Server,
    ann: String,
    bob: String,
}

impl Place {
    fn new() -> Self {
        let home = Home::of_server();
        let (ann, bob) = (user(&home, "ann", "contributor"), user(&home, "bob", "reader"));
        std::fs::write(home.path("server.toml"), GENEROUS).unwrap();
        let server = Self::start(&home, "127.0.0.1:0");
        let theirs = Home::new();
        theirs.write_pieces(demo::pieces().iter().take(1));
        let music = theirs.music();
        server.run(&theirs, &ann, &["index", music.to_str().unwrap(), "--json"]).ok();
        server.wait_for_tracks(&bob, 1);
        Self { home, server, ann, bob }
    }

    fn start(home: &Home, address: &str) -> Server {
        let config = home.path("server.toml");
        Server::start_at(home, address, &["--config", config.to_str().unwrap()])
    }

    fn databases(&mut self) -> &mut Databases {
        self.home.databases.as_mut().unwrap()
    }

    /// What Bob is told of a clip of the piece.
    fn names(&self) -> (i32, Option<Value>) {
        names(&self.server, &self.bob, 6.0)
    }

    /// Waits until it does.
    fn names_again(&self) {
        let named = || (self.names().0 == 0).then_some(());
        poll(Duration::from_secs(60), named).expect("it names what it knows again");
    }
}

/// What somebody is told of a clip of the piece that begins at `from_s`.
fn names(server: &Server, token: &str, from_s: f64) -> (i32, Option<Value>) {
    names_piece(server, token, 0, from_s)
}

/// The same of a clip of another piece.
fn names_piece(server: &Server, token: &str, piece: usize, from_s: f64) -> (i32, Option<Value>) {
    let home = Home::new();
    let clip = home.path("clip.wav");
    write_wav(&clip, &noisy_clip(&demo::pieces()[piece], from_s, 6.0, 10.0, 3, RATE), RATE);
    let ran = server.run(&home, token, &["identify", clip.to_str().unwrap(), "--json"]);
    let told = if ran.stdout.is_empty() { None } else { ran.json().pop() };
    (ran.status, told)
}

#[test]
fn several_servers_share_one_library() {
    over_databases(|| {
        let place = Place::new();
        let mut other = Home::new();
        std::fs::write(other.path("server.toml"), GENEROUS).unwrap();
        // Another server has the same databases, and at first not the same secret of tokens.
        let environment = place.home.environment();
        let with = |home: &Home, args: &[&str]| {
            let mut command = home.command(args);
            let shared = environment
                .iter()
                .filter(|(name, _)| !name.contains("DATA") && !name.contains("HOME"));
            command.envs(shared.cloned());
            command
        };
        let refused = support::finish(with(&other, &["serve", "--listen", "127.0.0.1:0"]));
        assert_eq!(refused.status, 2, "{refused:?}");
        assert!(refused.stderr.contains("server.pepper"), "{}", refused.stderr);
        let pepper = |home: &Home| home.path("data/server.pepper");
        std::fs::copy(pepper(&place.home), pepper(&other)).unwrap();

        other.databases = None;
        let second = Server::start_from(with(
            &other,
            &["serve", "--listen", "127.0.0.1:0", "--json", "--config", "server.toml"],
        ));
        second.wait_for_tracks(&place.bob, 1);
        let (_, told) = names(&second, &place.bob, 6.0);
        assert_eq!(text(&told.unwrap()["match"], "title"), demo::pieces()[0].title);

        // What is done at one is known at the other: events, files, accounts, tracks.
        let like = json!({"track_id": 1, "kind": "like", "nonce": "00".repeat(16)});
        for server in [&place.server, &second, &place.server] {
            assert_eq!(server.post("/v1/feedback", &place.bob, &like).0, 200);
            assert_eq!(server.get("/v1/profile", &place.bob).1["events"], 1);
        }
        let own = |server: &Server| server.get("/v1/tracks/1", &place.ann).1["path"].clone();
        assert_eq!(own(&second), own(&place.server));
        assert_ne!(own(&second), "");
        user(&place.home, "root", "admin");
        place.home.run(["user", "revoke", "root"]).ok();
        let track = "/v1/tracks/1";
        let removed = second.request(Method::DELETE, track, Some(&place.ann)).send().unwrap();
        assert_eq!(removed.status().as_u16(), 204);
        assert_eq!(place.server.get(track, &place.ann).0, 404);
        for server in [&place.server, &second] {
            server.wait_for_tracks(&place.bob, 0);
            assert_eq!(names(server, &place.bob, 6.0).0, 1, "it is gone from the index, too");
        }
    });
}

#[test]
fn a_backup_is_the_databases_own_affair() {
    over_databases(|| {
        let home = Home::of_server();
        user(&home, "ann", "reader");
        let ran = home.run(["backup", home.path("x.tar.gz").to_str().unwrap()]);
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(ran.stderr.contains("pg_dump") && !home.path("x.tar.gz").exists(), "{ran:?}");
        let ran = home.run(["restore", home.path("x.tar.gz").to_str().unwrap()]);
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(ran.stderr.contains("pg_restore"), "{ran:?}");
    });
}

#[test]
fn while_a_database_is_away_the_server_says_so_and_goes_on_when_it_is_back() {
    over_databases(|| {
        let mut place = Place::new();
        place.names_again();
        let refused = |place: &Place, path: &str| {
            let asked = place.server.request(Method::GET, path, Some(&place.bob));
            let response = asked.send().unwrap();
            assert_eq!(response.status().as_u16(), 503, "{path}");
            assert!(response.headers().contains_key("retry-after"));
            assert!(response.text().unwrap().contains("is away"));
        };
        place.databases().postgres.kill();
        refused(&place, "/v1/profile");
        refused(&place, "/v1/health");
        place.databases().postgres.start();
        place.names_again();
        assert_eq!(place.server.get("/v1/health", "").0, 200);

        place.databases().milvus.kill();
        refused(&place, "/v1/health");
        // Another clip: the answer to the first is still remembered.
        let (status, _) = names(&place.server, &place.bob, 9.0);
        assert_eq!(status, 2, "it does not say that it does not know");
        // What needs no index goes on.
        assert_eq!(place.server.get("/v1/profile", &place.bob).0, 200);
        place.databases().milvus.start();
        place.names_again();
        assert_eq!(place.server.get("/v1/health", "").0, 200);
    });
}

/// What is killed.
#[derive(Debug, Clone, Copy)]
enum Victim {
    Postgres,
    Milvus,
    Server,
}

/// Sends events and tracks until it is told to stop, each again until it is acknowledged.
struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    events: JoinHandle<Vec<String>>,
    tracks: JoinHandle<Vec<String>>,
}

impl Load {
    fn start(place: &Place) -> Self {
        let (stop, acknowledged) = (Arc::default(), Arc::default());
        let (_, pattern) = place.server.get("/v1/tracks/1", &place.ann);
        let sender = |path: &str, token: &str| Sender {
            http: Client::builder().timeout(Duration::from_secs(30)).build().unwrap(),
            url: format!("{}{path}", place.server.url),
            token: token.to_owned(),
            stop: Arc::clone(&stop),
            acknowledged: Arc::clone(&acknowledged),
        };
        let (to_events, to_tracks) =
            (sender("/v1/feedback", &place.bob), sender("/v1/tracks", &place.ann));
        let events = std::thread::spawn(move || {
            to_events.send_all(|n| {
                let nonce = format!("{:032x}", n + 1);
                (nonce.clone(), json!({"track_id": 1, "kind": "like", "nonce": nonce}))
            })
        });
        let tracks = std::thread::spawn(move || {
            to_tracks.send_all(|n| {
                let (content, body) = made_up(&pattern, n);
                std::thread::sleep(Duration::from_millis(20));
                (content, body)
            })
        });
        Self { stop, acknowledged, events, tracks }
    }

    /// Waits until something more is acknowledged: whoever was killed is in use again.
    fn goes_on(&self) {
        let before = self.acknowledged.load(Ordering::Acquire);
        let more = || (self.acknowledged.load(Ordering::Acquire) >= before + 5).then_some(());
        poll(Duration::from_secs(60), more).expect("clients recover by themselves");
    }

    /// What was acknowledged: nonces of events, hashes of files.
    fn end(self) -> [Vec<String>; 2] {
        self.stop.store(true, Ordering::Release);
        [self.events.join().unwrap(), self.tracks.join().unwrap()]
    }
}

struct Sender {
    http: Client,
    url: String,
    token: String,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
}

impl Sender {
    fn send_all(self, make: impl Fn(usize) -> (String, Value)) -> Vec<String> {
        let mut kept = Vec::new();
        for n in 0.. {
            let (name, body) = make(n);
            let body = body.to_string();
            loop {
                if self.stop.load(Ordering::Acquire) {
                    return kept;
                }
                let request = self.http.post(&self.url).bearer_auth(&self.token);
                match request.body(body.clone()).send() {
                    Ok(answer) if answer.status().as_u16() == 200 => {
                        if answer.bytes().is_ok() {
                            break;
                        }
                    }
                    Ok(answer) => {
                        let status = answer.status().as_u16();
                        assert_eq!(status, 503, "{}", answer.text().unwrap_or_default());
                    }
                    // The server is being killed.
                    Err(_) => {}
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            self.acknowledged.fetch_add(1, Ordering::AcqRel);
            kept.push(name);
        }
        kept
    }
}

/// A track of noise, and the hash of its file.
fn made_up(pattern: &Value, n: usize) -> (String, Value) {
    let mut random = fastrand::Rng::with_seed(n as u64);
    let codes: Vec<[i8; DIM]> =
        (0..40).map(|_| std::array::from_fn(|_| random.i8(-40..40))).collect();
    let content = blake3::hash(&n.to_le_bytes()).to_hex().to_string();
    let mut track = pattern.clone();
    track["path"] = json!(format!("/noise/{n}.flac"));
    track["content"] = json!(content);
    track["title"] = json!(format!("Noise {n}"));
    track["windows"] = json!(codes.len());
    track["stamp"] = json!({"size": n, "modified_ns": n});
    let fingerprints = STANDARD.encode(Packed::of(&codes).bytes());
    (content, json!({"track": track, "fingerprints": fingerprints}))
}

/// Kills it so often under load. Gives how many events and tracks were acknowledged; all of them are there.
fn killed(victim: Victim, times: u64) -> (usize, usize) {
    let mut place = Place::new();
    let load = Load::start(&place);
    let mut server = None;
    for round in 0..times {
        load.goes_on();
        std::thread::sleep(Duration::from_millis(37 * (round % 7)));
        match victim {
            Victim::Postgres => {
                place.databases().postgres.kill();
                std::thread::sleep(Duration::from_millis(100));
                place.databases().postgres.start();
            }
            Victim::Milvus => {
                place.databases().milvus.kill();
                std::thread::sleep(Duration::from_millis(100));
                place.databases().milvus.start();
            }
            Victim::Server => {
                let address = place.server.url.trim_start_matches("http://").to_owned();
                support::signal(server.as_ref().map_or(place.server.pid(), Server::pid), "KILL");
                let again = || Server::try_start(&place.home, &address, "server.toml");
                server = Some(poll(Duration::from_secs(20), again).expect("it starts again"));
            }
        }
    }
    load.goes_on();
    let [events, tracks] = load.end();
    let server = server.unwrap_or_else(|| {
        std::mem::replace(&mut place.server, Place::start(&place.home, "127.0.0.1:0"))
    });

    let mut kept = Vec::new();
    loop {
        let (status, page) =
            server.get(&format!("/v1/history?limit=1000&after={}", kept.len()), &place.bob);
        assert_eq!(status, 200, "{page}");
        let page = page["events"].as_array().unwrap().clone();
        if page.is_empty() {
            break;
        }
        kept.extend(page.iter().map(|event| text(event, "nonce").to_owned()));
    }
    let once: BTreeSet<&String> = kept.iter().collect();
    assert_eq!(once.len(), kept.len(), "an event that was sent twice is kept once");
    assert!(events.iter().all(|nonce| once.contains(nonce)), "an acknowledged event is lost");
    let there = |content: &String| {
        let (_, found) = server.get(&format!("/v1/tracks?content={content}"), &place.ann);
        found["tracks"].as_array().is_some_and(|found| found.len() == 1)
    };
    assert!(tracks.iter().all(there), "an acknowledged track is lost");
    // One more may have been kept without its answer.
    let count = || {
        let known = server.get("/v1/stats", &place.bob).1["tracks"].as_u64().unwrap_or(0) as usize;
        (tracks.len() + 1..=tracks.len() + 2).contains(&known).then_some(())
    };
    poll(Duration::from_secs(60), count).expect("all of them can be found");
    let named = || (names(&server, &place.bob, 6.0).0 == 0).then_some(());
    poll(Duration::from_secs(30), named).expect("and the music that was there before, too");
    (events.len(), tracks.len())
}

#[test]
fn a_library_in_the_data_folder_is_searched_in_milvus() {
    if !have_databases() {
        return;
    }
    let mut milvus = Database::milvus();
    let home = Home::new();
    let (ann, bob) = (user(&home, "ann", "contributor"), user(&home, "bob", "reader"));
    let server = Server::start_with(&home, &["--index", &milvus.as_index()]);
    let theirs = Home::new();
    theirs.write_pieces(demo::pieces().iter().take(2));
    let music = theirs.music();
    server.run(&theirs, &ann, &["index", music.to_str().unwrap(), "--json"]).ok();
    server.wait_for_tracks(&bob, 2);
    let (status, told) = names(&server, &bob, 6.0);
    assert_eq!(text(&told.unwrap()["match"], "title"), demo::pieces()[0].title);
    assert_eq!(status, 0);
    // It is Milvus that is asked.
    milvus.kill();
    assert_eq!(names(&server, &bob, 7.0).0, 2);
    milvus.start();
    poll(Duration::from_secs(60), || (names(&server, &bob, 8.0).0 == 0).then_some(()))
        .expect("it names what it knows again");
    // Another library has its own place in the same Milvus, though its tracks have the same numbers.
    let theirs = Home::new();
    theirs.write_pieces(demo::pieces().iter().skip(2).take(1));
    theirs.index();
    let carl = user(&theirs, "carl", "reader");
    let other = Server::start_with(&theirs, &["--index", &milvus.as_index()]);
    other.wait_for_tracks(&carl, 1);
    assert_eq!(names(&other, &carl, 6.0).0, 1);
    let (_, told) = names_piece(&other, &carl, 2, 6.0);
    let place = number(&told.unwrap()["match"], "offset_s");
    assert!((place - 6.0).abs() < 0.5, "{place}");
    assert_eq!(names(&server, &bob, 10.0).0, 0);
    drop(other);
    // A server that starts anew finds Milvus as it left it, and tells it what was removed meanwhile.
    let known = server.get("/v1/tracks", &bob).1["tracks"][0].clone();
    drop(server);
    home.run(["library", "remove", &known["track_id"].to_string()]).ok();
    let server = Server::start_with(&home, &["--index", &milvus.as_index()]);
    server.wait_for_tracks(&bob, 1);
    let first_is_gone = text(&known, "title") == demo::pieces()[0].title;
    assert_eq!(names(&server, &bob, 9.0).0, i32::from(first_is_gone));
}

#[test]
fn nothing_acknowledged_is_lost_when_postgres_is_killed() {
    over_databases(|| {
        killed(Victim::Postgres, 3);
    });
}

#[test]
fn nothing_acknowledged_is_lost_when_milvus_is_killed() {
    over_databases(|| {
        killed(Victim::Milvus, 3);
    });
}

#[test]
fn nothing_acknowledged_is_lost_when_the_server_over_databases_is_killed() {
    over_databases(|| {
        killed(Victim::Server, 3);
    });
}

/// `cargo nextest run --run-ignored only --test databases --no-capture`: twenty times each, with numbers.
#[test]
#[ignore = "takes minutes; the three tests above do the same a few times"]
fn twenty_kills_of_each() {
    assert!(have_databases());
    over_databases(|| {
        for victim in [Victim::Postgres, Victim::Milvus, Victim::Server] {
            let (events, tracks) = killed(victim, 20);
            println!(
                "{victim:?} killed 20 times: {events} events and {tracks} tracks acknowledged, none lost"
            );
        }
    });
}

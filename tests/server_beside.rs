//! A server's library and one's own asked together, and what waits while the server is away.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use echovibe::audio::demo::{DemoPiece, noisy_clip};
use serde_json::Value;
use support::{Home, Ran, Server, kind, number, poll, signal, text, user, write_wav};

const RATE: u32 = 16_000;

/// A server with Ann's pieces, and Bob, who has some of his own; the second one both have.
struct Beside {
    bob: Home,
    place: Home,
    server: Server,
    token: String,
    ann_token: String,
    pieces: Vec<&'static DemoPiece>,
}

impl Beside {
    fn new() -> Self {
        let [ann, bob, place] = [(); 3].map(|()| Home::new());
        let (ann_token, token) =
            (user(&place, "ann", "contributor"), user(&place, "bob", "reader"));
        let server = Server::start(&place);
        let pieces: Vec<&DemoPiece> = echovibe::audio::demo::pieces().iter().take(3).collect();
        ann.write_pieces(pieces[..2].iter().copied());
        let music = ann.music();
        server.run(&ann, &ann_token, &["index", music.to_str().unwrap()]).ok();
        bob.write_pieces(pieces[1..].iter().copied());
        bob.index();
        server.wait_for_tracks(&token, 2);
        Self { bob, place, server, token, ann_token, pieces }
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.server.run(&self.bob, &self.token, args)
    }

    fn identify(&self, piece: usize, more: &[&str]) -> Ran {
        let clip = self.bob.path("clip.wav");
        write_wav(&clip, &noisy_clip(self.pieces[piece], 6.0, 6.0, 10.0, 3, RATE), RATE);
        self.run(&[&["identify", clip.to_str().unwrap(), "--json"], more].concat())
    }

    /// Kills the server; the answer starts it again where it was.
    fn kill(&self) -> impl Fn() -> Server + '_ {
        signal(self.server.pid(), "KILL");
        let address = self.server.url.trim_start_matches("http://").to_owned();
        move || Server::start_at(&self.place, &address, &[])
    }
}

fn found(ran: &Ran) -> (String, String) {
    let row = ran.json().remove(0);
    (text(&row["match"], "title").to_owned(), text(&row["match"], "index").to_owned())
}

#[test]
fn both_are_asked_and_each_answer_says_whose_it_is() {
    let beside = Beside::new();
    for (piece, index) in [(0, "server"), (1, "server"), (2, "local")] {
        let ran = beside.identify(piece, &[]).ok();
        let (title, named_by) = found(&ran);
        // Of what both know the server's stands first where they are as sure.
        let expected = if piece == 1 { named_by.as_str() } else { index };
        assert_eq!((title.as_str(), named_by.as_str()), (beside.pieces[piece].title, expected));
    }
    let alone = beside.identify(2, &["--server-only"]);
    assert_eq!((alone.status, &alone.json()[0]["match"]), (1, &Value::Null));
    let config = beside.bob.path("alone.toml");
    std::fs::write(&config, "[recognition]\nown_library = false\n").unwrap();
    assert_eq!(beside.identify(2, &["--config", config.to_str().unwrap()]).status, 1);
    // Without a server nothing is beside it.
    let clip = beside.bob.path("clip.wav");
    let own = beside.bob.run(["identify", clip.to_str().unwrap(), "--json"]).ok();
    assert_eq!(found(&own), (beside.pieces[2].title.to_owned(), "local".to_owned()));
    assert!(number(&own.json()[0]["match"], "track_id") < 10.0);
}

#[test]
fn a_track_of_ones_own_is_liked_in_ones_own_log() {
    let beside = Beside::new();
    let id = number(&beside.identify(2, &[]).json()[0]["match"], "track_id").to_string();
    beside.run(&["like", &id]).ok();
    beside.run(&["save", beside.pieces[2].title]).ok();
    beside.run(&["like", beside.pieces[0].title]).ok();
    let kinds = |events: &[Value]| -> Vec<String> {
        events.iter().map(|event| format!("{} {}", kind(event), text(event, "title"))).collect()
    };
    let [first, third] = [beside.pieces[0].title, beside.pieces[2].title];
    assert_eq!(kinds(&beside.bob.history()), [format!("save {third}"), format!("like {third}")]);
    let there = beside.run(&["history", "--json"]).ok().json();
    assert_eq!(kinds(&there), [format!("like {first}")]);
}

#[test]
fn while_the_server_is_away_this_machine_answers_at_once() {
    let beside = Beside::new();
    let restart = beside.kill();
    let started = Instant::now();
    let ran = beside.identify(2, &[]).ok();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(found(&ran), (beside.pieces[2].title.to_owned(), "local".to_owned()));
    assert!(text(&ran.json()[0], "away").contains("cannot be reached"), "{ran:?}");
    assert!(ran.stderr.contains("only this machine's index answers"), "{}", ran.stderr);
    // What only the server may know is not said to be unknown.
    let ran = beside.identify(0, &[]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("not known to this machine's index"), "{}", ran.stderr);
    // A wrong token is no absence.
    let server = restart();
    let wrong = format!("{}0", &beside.token[..beside.token.len() - 1]);
    let wrong =
        if wrong == beside.token { format!("{}1", &wrong[..wrong.len() - 1]) } else { wrong };
    let clip = beside.bob.path("clip.wav");
    let ran = server.run(&beside.bob, &wrong, &["identify", clip.to_str().unwrap()]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("token is not known"), "{}", ran.stderr);
    drop((server, restart));
}

#[test]
fn a_listener_is_answered_by_this_machine_and_then_by_the_server_again() {
    let beside = Beside::new();
    let restart = beside.kill();
    let args = ["listen", "--json", "--input", "-:s16le:16000:1"];
    let mut command = beside.server.command(&beside.bob, &beside.token, &args);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let mut sound = noisy_clip(beside.pieces[2], 3.0, 10.0, 30.0, 3, RATE);
    sound.extend(vec![0.0; RATE as usize * 8]);
    sound.extend(noisy_clip(beside.pieces[0], 3.0, 16.0, 30.0, 3, RATE));
    let feeder = std::thread::spawn(move || {
        for piece in sound.chunks(RATE as usize / 4) {
            let bytes: Vec<u8> =
                piece.iter().flat_map(|s| ((s * 20_000.0) as i16).to_le_bytes()).collect();
            if pipe.write_all(&bytes).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(250));
        }
    });
    // This machine's log is in use by the listener, which answers for it.
    let heard = || beside.bob.history().into_iter().find(|event| kind(event) == "heard");
    let first = poll(Duration::from_secs(12), heard).expect("named while the server is away");
    assert_eq!(text(&first, "title"), beside.pieces[2].title);
    let server = restart();
    let ran = support::wait(child, "listen").ok();
    feeder.join().unwrap();
    let named: Vec<(String, String)> = ran
        .json()
        .iter()
        .map(|row| {
            (text(&row["match"], "title").to_owned(), text(&row["match"], "index").to_owned())
        })
        .collect();
    let expected = [(2, "local"), (0, "server")]
        .map(|(piece, index)| (beside.pieces[piece].title.to_owned(), index.to_owned()));
    assert_eq!(named, expected, "{ran:?}");
    assert!(ran.stderr.contains("is away") && ran.stderr.contains("there again"), "{}", ran.stderr);
    let history = server.run(&beside.bob, &beside.token, &["history", "--json"]).json();
    assert_eq!((history.len(), text(&history[0], "title")), (1, beside.pieces[0].title));
}

#[test]
fn feedback_waits_for_the_server_and_is_kept_once() {
    let beside = Beside::new();
    // What its tracks are called is known from when it was there.
    beside.run(&["like", beside.pieces[0].title]).ok();
    let restart = beside.kill();
    for verb in ["save", "unlike", "like"] {
        let started = Instant::now();
        let ran = beside.run(&[verb, beside.pieces[0].title, "--json"]).ok();
        assert!(started.elapsed() < Duration::from_secs(5));
        assert!(ran.stderr.contains("kept here") && ran.stderr.contains("away"), "{}", ran.stderr);
        let row = &ran.json()[0];
        assert_eq!((&row["seq"], text(row, "title")), (&Value::Null, beside.pieces[0].title));
    }
    let ran = beside.run(&["like", "nothing of the kind"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    // One that dies while it sends what waits sends it again: the server keeps it once.
    let outbox = beside.bob.path("data/outbox");
    let waiting = || {
        let files = walkdir::WalkDir::new(&outbox).into_iter().flatten();
        files.filter(|file| file.path().extension().is_some_and(|end| end == "json")).count()
    };
    assert_eq!(waiting(), 3);
    let copied: Vec<_> = walkdir::WalkDir::new(&outbox)
        .into_iter()
        .flatten()
        .filter(|file| file.path().extension().is_some_and(|end| end == "json"))
        .map(|file| (file.path().to_owned(), std::fs::read(file.path()).unwrap()))
        .collect();
    let server = restart();
    let ran = server.run(&beside.bob, &beside.token, &["ban", beside.pieces[1].title]).ok();
    assert!(!ran.stderr.contains("kept here"), "{}", ran.stderr);
    assert_eq!(waiting(), 0);
    for (path, bytes) in copied {
        std::fs::write(path, bytes).unwrap();
    }
    let history = server.run(&beside.bob, &beside.token, &["history", "--json"]).ok().json();
    let kinds: Vec<&str> = history.iter().map(kind).collect();
    assert_eq!(kinds, ["ban", "like", "unlike", "save", "like"], "newest first");
    assert_eq!(waiting(), 0);
    // Of another account nothing is sent.
    let others = server.run(&beside.bob, &beside.ann_token, &["history", "--json"]);
    assert_eq!((others.status, others.stdout.as_str()), (1, ""));
}

#[test]
fn feedback_outlives_whoever_gave_it() {
    let beside = Beside::new();
    beside.run(&["like", beside.pieces[0].title]).ok();
    let restart = beside.kill();
    // Killed at any moment: what was acknowledged is there.
    let mut acknowledged = 0;
    for round in 0..12_u64 {
        let args = ["save", beside.pieces[0].title, "--json"];
        let mut child = beside.server.command(&beside.bob, &beside.token, &args).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + 40 * round));
        let _ = child.kill();
        acknowledged += usize::from(!support::wait(child, "save").stdout.is_empty());
    }
    let server = restart();
    let history = server.run(&beside.bob, &beside.token, &["history", "--json"]).ok().json();
    let saved = history.iter().filter(|event| kind(event) == "save").count();
    assert!(acknowledged > 0 && (acknowledged..=12).contains(&saved), "{saved} of {acknowledged}");
}

//! One library for many: a server, and listeners that have none of its files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::io::Write;
use std::process::{Child, ChildStdin, Stdio};
use std::time::Duration;

use echovibe::audio::demo::{DemoPiece, noisy_clip};
use echovibe::index::Packed;
use echovibe::remote::api::Blob;
use reqwest::Method;
use serde_json::{Value, json};
use support::{
    Home, Server, SoundServer, dull, file_contains, have, kind, number, piece, poll, signal, text,
    user, write_wav,
};

const RATE: u32 = 16_000;

/// A server, a contributor who has enrolled three pieces, and a reader without any file.
struct Team {
    ann: Home,
    bob: Home,
    place: Home,
    server: Server,
    ann_token: String,
    bob_token: String,
    pieces: Vec<&'static DemoPiece>,
}

impl Team {
    fn new() -> Self {
        let ([ann, bob], place) = ([(); 2].map(|()| Home::new()), Home::of_server());
        let (ann_token, bob_token) =
            (user(&place, "ann", "contributor"), user(&place, "bob", "reader"));
        let server = Server::start(&place);
        let pieces: Vec<&DemoPiece> = echovibe::audio::demo::pieces().iter().take(3).collect();
        ann.write_pieces(pieces.iter().copied());
        let team = Self { ann, bob, place, server, ann_token, bob_token, pieces };
        let summary = team.index();
        assert_eq!(number(&summary, "added") as usize, 3, "{summary}");
        team.server.wait_for_tracks(&team.bob_token, 3);
        team
    }

    fn index(&self) -> Value {
        let music = self.ann.music();
        let args = ["index", music.to_str().unwrap(), "--json"];
        self.server.run(&self.ann, &self.ann_token, &args).ok().json().remove(0)
    }

    /// What Bob is told of a clip of a piece.
    fn bob_identifies(&self, piece: &DemoPiece) -> Value {
        let clip = self.bob.path("clip.wav");
        write_wav(&clip, &noisy_clip(piece, 6.0, 6.0, 10.0, 3, RATE), RATE);
        let args = ["identify", clip.to_str().unwrap(), "--json"];
        self.server.run(&self.bob, &self.bob_token, &args).json().remove(0)
    }
}

#[test]
fn one_enrols_and_another_names_without_the_files() {
    let team = Team::new();
    let answer = team.bob_identifies(team.pieces[1]);
    let found = &answer["match"];
    assert_eq!(text(found, "title"), team.pieces[1].title, "{answer}");
    assert!((number(found, "offset_s") - 6.0).abs() < 0.5, "{answer}");
    assert_eq!(text(found, "path"), "", "where Ann has it is nobody's business");

    let clip = team.ann.path("clip.wav");
    write_wav(&clip, &noisy_clip(team.pieces[1], 6.0, 6.0, 10.0, 3, RATE), RATE);
    let args = ["identify", clip.to_str().unwrap(), "--json"];
    let own = team.server.run(&team.ann, &team.ann_token, &args).ok().json().remove(0);
    let path = team.ann.music().join(team.pieces[1].file_name());
    assert_eq!(text(&own["match"], "path"), path.to_str().unwrap());

    // Not a file of music is on the server, nor anything of Ann's paths outside her own records.
    assert!(!team.place.path("data/db").join(team.pieces[0].file_name()).exists());
    assert!(!file_contains(&team.place.path("data/fingerprints.log"), "RIFF"));
}

#[test]
fn no_list_has_a_recording_twice_whoever_brought_it() {
    let team = Team::new();
    let [first, second] = [0, 1].map(|place| team.pieces[place]);
    let carol = user(&team.place, "carol", "contributor");
    let hers = Home::new();
    write_wav(&hers.music().join("dull.wav"), &dull(&first.render(44_100)), 44_100);
    let music = hers.music();
    let args = ["index", music.to_str().unwrap(), "--json"];
    team.server.run(&hers, &carol, &args).ok();
    team.server.wait_for_tracks(&team.bob_token, 4);

    let seed = team.ann.music().join(second.file_name());
    let args = ["recommend", "--json", "--seed", seed.to_str().unwrap()];
    let mut titles = Vec::new();
    let told = poll(Duration::from_secs(30), || {
        let list = team.server.run(&team.ann, &team.ann_token, &args).ok().json();
        titles = list.iter().map(|row| text(row, "title").to_owned()).collect();
        let of_first = |title: &&String| [first.title, "dull"].contains(&title.as_str());
        (titles.iter().filter(of_first).count() == 1).then_some(())
    });
    assert!(told.is_some(), "{titles:?}");
}

#[test]
fn a_folder_is_kept_up_to_date_on_the_server() {
    let team = Team::new();
    let counts = |summary: &Value| {
        ["added", "updated", "unchanged", "moved", "removed"]
            .map(|field| number(summary, field) as u32)
    };
    assert_eq!(counts(&team.index()), [0, 0, 3, 0, 0]);
    let files: Vec<_> = team.pieces.iter().map(|p| team.ann.music().join(p.file_name())).collect();
    std::fs::rename(&files[0], team.ann.music().join("renamed.wav")).unwrap();
    assert_eq!(counts(&team.index()), [0, 0, 2, 1, 0]);
    std::fs::remove_file(&files[1]).unwrap();
    assert_eq!(counts(&team.index()), [0, 0, 2, 0, 1]);
    team.server.wait_for_tracks(&team.bob_token, 2);

    // Another has the same file: one track, which stays when the first one's goes.
    let carol = user(&team.place, "carol", "contributor");
    let hers = Home::new();
    hers.write_pieces([team.pieces[2]]);
    let music = hers.music();
    let args = ["index", music.to_str().unwrap(), "--json"];
    let summary = team.server.run(&hers, &carol, &args).ok().json().remove(0);
    assert_eq!(number(&summary, "audio_s"), 0.0, "what is known is not decoded again: {summary}");
    assert_eq!(team.server.get("/v1/stats", &carol).1["tracks"], 2);
    std::fs::remove_file(&files[2]).unwrap();
    assert_eq!(counts(&team.index())[4], 1);
    assert_eq!(text(&team.bob_identifies(team.pieces[2])["match"], "title"), team.pieces[2].title);
}

#[test]
fn a_reader_adds_and_removes_nothing() {
    let team = Team::new();
    team.bob.write_pieces([piece("Fast Ferry")]);
    let music = team.bob.music();
    let ran =
        team.server.run(&team.bob, &team.bob_token, &["index", music.to_str().unwrap(), "--json"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("needs the role contributor"), "{}", ran.stderr);
    let ran = team.server.run(&team.bob, &team.bob_token, &["library", "remove", "1"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    team.server.wait_for_tracks(&team.bob_token, 3);
    for verb in [["serve", "--json"], ["user", "list"]] {
        let ran = team.server.run(&team.bob, &team.bob_token, &verb);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains("leave out --server"), "{}", ran.stderr);
    }
}

#[test]
fn what_each_likes_is_their_own_and_moves_their_own_offers() {
    let team = Team::new();
    let run = |home: &Home, token: &str, args: &[&str]| team.server.run(home, token, args);
    let liked = run(&team.bob, &team.bob_token, &["like", team.pieces[0].title, "--json"]).ok();
    assert_eq!(kind(&liked.json()[0]), "like");
    assert_eq!(run(&team.bob, &team.bob_token, &["history", "--json"]).json().len(), 1);
    assert!(run(&team.ann, &team.ann_token, &["history", "--json"]).json().is_empty());
    assert!(team.place.history().is_empty());
    let offers = run(&team.bob, &team.bob_token, &["recommend", "--json"]).ok().json();
    assert!(!offers.is_empty());
    let told = |home: &Home, token: &str| run(home, token, &["stats", "--json"]).ok().stdout;
    assert_ne!(told(&team.bob, &team.bob_token), told(&team.ann, &team.ann_token));

    let wanted = json!({"seeds": [1], "count": 2});
    let (status, body) = team.server.post("/v1/recommend", &team.bob_token, &wanted);
    assert_eq!(status, 200, "{body}");
    let offers = body["offers"].as_array().unwrap();
    for offer in offers {
        let told: f64 =
            offer["reasons"].as_array().unwrap().iter().map(|r| number(r, "weight")).sum();
        assert!((told + number(offer, "other") - number(offer, "score")).abs() < 1e-9, "{offer}");
    }
    assert!(offers.iter().all(|offer| offer["track_id"] != 1));

    // One end of a way alone is where to start from.
    for one in [json!({"from": 1, "count": 2}), json!({"to": 1, "count": 2, "from": null})] {
        assert_eq!(team.server.post("/v1/recommend", &team.bob_token, &one), (200, body.clone()));
    }
    let way = json!({"from": 1, "to": 2, "seeds": [3]});
    assert_eq!(team.server.post("/v1/recommend", &team.bob_token, &way).0, 400);
}

#[test]
fn a_server_that_is_not_there_is_not_waited_for() {
    let home = Home::new();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = format!("http://{nobody}");
    for what in [["history"], ["stats"], ["recommend"]] {
        let ran = home.run([&["--server", &server, "--server-only"], &what[..]].concat());
        assert_eq!(ran.status, 2, "{ran:?}");
        let told = format!("the server {server} cannot be reached: Connection refused");
        assert!(ran.stderr.contains(&told), "{}", ran.stderr);
    }
}

#[test]
fn a_long_recording_is_told_by_the_server() {
    let team = Team::new();
    let mut mix = Vec::new();
    for piece in &team.pieces[..2] {
        mix.extend(noisy_clip(piece, 4.0, 12.0, 20.0, 5, RATE));
    }
    let file = team.bob.path("mix.wav");
    write_wav(&file, &mix, RATE);
    let args = ["identify", "--timeline", "--json", file.to_str().unwrap()];
    let row = team.server.run(&team.bob, &team.bob_token, &args).ok().json().remove(0);
    let titles: Vec<&str> =
        row["timeline"].as_array().unwrap().iter().map(|s| text(&s["match"], "title")).collect();
    assert_eq!(titles, [team.pieces[0].title, team.pieces[1].title], "{row}");
}

#[test]
fn a_listener_hears_its_sound_card_and_the_server_names_it() {
    if !have(&["pulseaudio", "paplay"]) {
        eprintln!("skipped: no sound server here");
        return;
    }
    let team = Team::new();
    let sound = SoundServer::start(&team.bob);
    let mut command = team.server.command(
        &team.bob,
        &team.bob_token,
        &["listen", "--json", "--once", "--timeout", "40", "--input", "mic"],
    );
    command.envs(sound.environment());
    let listener = command.spawn().unwrap();
    let clip = team.bob.path("played.wav");
    write_wav(&clip, &noisy_clip(team.pieces[2], 3.0, 16.0, 20.0, 3, RATE), RATE);
    let _player = sound.play(&clip);
    let ran = support::wait(listener, "listen").ok();
    let row = &ran.json()[0];
    assert_eq!(text(&row["match"], "title"), team.pieces[2].title, "{ran:?}");
    let history = team.server.run(&team.bob, &team.bob_token, &["history", "--json"]).json();
    assert_eq!(kind(&history[0]), "heard");
}

/// Raw sound into a pipe, in real time.
fn feed(mut pipe: std::process::ChildStdin, sound: Vec<f32>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let samples: Vec<i16> = sound.iter().map(|s| (s * 20_000.0) as i16).collect();
        for piece in samples.chunks(RATE as usize / 4) {
            let bytes: Vec<u8> = piece.iter().flat_map(|s| s.to_le_bytes()).collect();
            if pipe.write_all(&bytes).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(250));
        }
    })
}

impl Team {
    /// Bob listens to a pipe; this returns when the server knows.
    fn bob_listens(&self) -> (Child, ChildStdin) {
        let args = ["listen", "--json", "--input", "-:s16le:16000:1"];
        let mut command = self.server.command(&self.bob, &self.bob_token, &args);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let pipe = child.stdin.take().unwrap();
        let admin = user(&self.place, "root", "admin");
        let connected = || {
            let metrics = self.server.request(Method::GET, "/metrics", Some(&admin)).send();
            metrics.unwrap().text().unwrap().contains("echovibe_listening 1").then_some(())
        };
        poll(Duration::from_secs(30), connected).expect("it listens");
        (child, pipe)
    }

    /// The address, to start another server there.
    fn address(&self) -> String {
        self.server.url.trim_start_matches("http://").to_owned()
    }
}

#[test]
fn a_listener_gets_over_a_server_that_was_killed() {
    let team = Team::new();
    let (child, pipe) = team.bob_listens();
    signal(team.server.pid(), "KILL");
    let mut sound = vec![0.0; RATE as usize * 4];
    sound.extend(noisy_clip(team.pieces[0], 3.0, 20.0, 30.0, 3, RATE));
    let feeder = feed(pipe, sound);
    std::thread::sleep(Duration::from_secs(2));
    let server = Server::start_at(&team.place, &team.address(), &[]);
    let ran = support::wait(child, "listen");
    feeder.join().unwrap();
    assert!(ran.stderr.contains("is away") && ran.stderr.contains("there again"), "{ran:?}");
    assert_eq!(text(&ran.json()[0]["match"], "title"), team.pieces[0].title);
    drop(server);
}

#[test]
fn what_was_heard_while_the_server_was_away_is_named_when_it_is_back() {
    let team = Team::new();
    let (child, pipe) = team.bob_listens();
    signal(team.server.pid(), "KILL");
    let mut sound = noisy_clip(team.pieces[2], 3.0, 14.0, 30.0, 3, RATE);
    // Something is heard until the server is back, but nothing that it knows.
    sound.extend(vec![0.0; RATE as usize * 25]);
    let feeder = feed(pipe, sound);
    std::thread::sleep(Duration::from_secs(16));
    let back = jiff::Timestamp::now();
    let server = Server::start_at(&team.place, &team.address(), &[]);
    let ran = support::wait(child, "listen");
    feeder.join().unwrap();
    let rows = ran.json();
    assert_eq!(rows.len(), 1, "{ran:?}");
    assert_eq!(text(&rows[0]["match"], "title"), team.pieces[2].title);
    let at: jiff::Timestamp = text(&rows[0], "at").parse().unwrap();
    assert!(at < back, "it was heard before the server was back");
    let history = server.run(&team.bob, &team.bob_token, &["history", "--json"]).json();
    assert_eq!((history.len(), kind(&history[0])), (1, "heard"));
    let kept: jiff::Timestamp = text(&history[0], "at").parse().unwrap();
    assert!(kept < back);
}

#[test]
fn what_was_heard_to_its_end_while_the_server_was_away_is_named_by_the_next_listening() {
    let team = Team::new();
    let (child, pipe) = team.bob_listens();
    signal(team.server.pid(), "KILL");
    feed(pipe, noisy_clip(team.pieces[2], 3.0, 14.0, 30.0, 3, RATE)).join().unwrap();
    let ran = support::wait(child, "listen");
    assert!(ran.stdout.is_empty(), "{ran:?}");
    let over = jiff::Timestamp::now();

    let server = Server::start_at(&team.place, &team.address(), &[]);
    let args = ["listen", "--json", "--input", "-:s16le:16000:1"];
    let mut command = server.command(&team.bob, &team.bob_token, &args);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let pipe = child.stdin.take().unwrap();
    feed(pipe, vec![0.0; RATE as usize * 8]).join().unwrap();
    let rows = support::wait(child, "listen").json();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(text(&rows[0]["match"], "title"), team.pieces[2].title);
    let at: jiff::Timestamp = text(&rows[0], "at").parse().unwrap();
    assert!(at <= over, "when it was heard, not when it was named");
    let history = server.run(&team.bob, &team.bob_token, &["history", "--json"]).json();
    assert_eq!((history.len(), kind(&history[0])), (1, "heard"));
}

#[test]
fn accounts_are_made_shown_renewed_and_closed_while_the_server_runs() {
    let place = Home::of_server();
    let server = Server::start(&place);
    let admin = user(&place, "root", "admin");
    let (status, made) =
        server.post("/v1/users", &admin, &json!({"name": "eve", "role": "reader"}));
    assert_eq!(status, 201, "{made}");
    let first = made["token"].as_str().unwrap();
    assert_eq!(server.get("/v1/profile", first).1["name"], "eve");
    let taken = place.run(["user", "add", "eve"]);
    assert_eq!(taken.status, 2);
    assert!(taken.stderr.contains("user token eve"), "{}", taken.stderr);
    let second = place.run(["user", "token", "eve"]).ok().stdout;
    assert_eq!(server.get("/v1/profile", first).0, 401, "the old token");
    assert_eq!(server.get("/v1/profile", second.trim()).0, 200);
    let listed = place.run(["user", "list", "--json"]).json();
    assert_eq!(listed.iter().map(|u| text(u, "name")).collect::<Vec<_>>(), ["root", "eve"]);
    place.run(["user", "revoke", "eve"]).ok();
    assert_eq!(server.get("/v1/profile", second.trim()).0, 401);
    for bad in [["user", "revoke", "eve"], ["user", "token", "nobody"], ["user", "add", "a b"]] {
        assert_eq!(place.run(bad).status, 2);
    }
    assert_eq!(server.stop(), 0);

    // No secret is kept anywhere.
    let secret = second.trim().rsplit('_').next().unwrap().to_owned();
    let databases = place.databases.iter().flat_map(|d| [d.postgres.path(), d.milvus.path()]);
    for entry in databases.chain([place.path("").as_path()]).flat_map(walkdir::WalkDir::new) {
        let entry = entry.unwrap();
        assert!(!file_contains(entry.path(), &secret), "{}", entry.path().display());
    }
}

#[test]
fn plain_http_stays_on_this_machine_unless_forced() {
    let place = Home::of_server();
    let ran = place.run(["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("--tls-cert") && ran.stderr.contains("--plain-http"), "{ran:?}");
    let forced = Server::start_at(&place, "0.0.0.0:0", &["--plain-http"]);
    assert!(forced.url.starts_with("http://0.0.0.0:"));
}

#[test]
fn tls_works_with_a_certificate_of_ones_own() {
    let place = Home::of_server();
    let bob = user(&place, "bob", "reader");
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (place.path("cert.pem"), place.path("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let files = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let mut server = Server::start_with(&place, &files);
    assert!(server.url.starts_with("https://"));
    server.url = server.url.replace("127.0.0.1", "localhost");
    let home = Home::new();
    let unknown = server.run(&home, &bob, &["history"]);
    assert_eq!(unknown.status, 2);
    assert!(unknown.stderr.contains("not trusted"), "{}", unknown.stderr);
    assert!(unknown.stderr.contains("--server-ca"), "{}", unknown.stderr);
    let ca = ["--server-ca", cert.to_str().unwrap(), "history", "--json"];
    let known = server.run(&home, &bob, &ca);
    assert_eq!(known.status, 1, "nothing was heard yet: {known:?}");

    for (cert, key) in [("/nowhere", key.to_str().unwrap()), (cert.to_str().unwrap(), "/nowhere")] {
        let ran = place.run(["serve", "--tls-cert", cert, "--tls-key", key]);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains("/nowhere"), "{}", ran.stderr);
    }
}

#[test]
fn a_request_in_hand_is_finished_when_the_server_ends() {
    let place = Home::of_server();
    let bob = user(&place, "bob", "reader");
    let server = Server::start(&place);
    assert_eq!(server.get("/v1/profile", &bob).0, 200);
    assert_eq!(server.stop(), 0);
}

/// A track like the first one, with other fingerprints.
fn enrolment(server: &Server, token: &str) -> Value {
    let track = server.get("/v1/tracks/1?style=true", token).1;
    let windows = track["windows"].as_u64().unwrap();
    let codes: Vec<[i8; 64]> =
        (0..windows).map(|_| std::array::from_fn(|_| fastrand::i8(-60..60))).collect();
    let packed = Blob(Packed::of(&codes).bytes().to_vec());
    json!({"track": track, "fingerprints": packed})
}

/// Enrols it as one file after another until the server has gone; the hashes of those acknowledged.
fn enrol_until_gone(server: &Server, token: &str, like: &Value, round: u64) -> Vec<String> {
    let (mut enrolled, mut number) = (Vec::new(), round * 1_000_000);
    loop {
        number += 1;
        let content = blake3::hash(&number.to_le_bytes()).to_hex().to_string();
        let mut body = like.clone();
        body["track"]["content"] = json!(content);
        body["track"]["path"] = json!(format!("/music/{number}.flac"));
        let request = server.request(Method::POST, "/v1/tracks", Some(token));
        let Ok(response) = request.body(body.to_string()).send() else { return enrolled };
        if response.status().is_success() && response.bytes().is_ok() {
            enrolled.push(content);
        }
    }
}

/// Likes the first track until the server has gone; how often that was acknowledged.
fn like_until_gone(server: &Server, token: &str) -> usize {
    let like = json!({"track_id": 1, "kind": "like"}).to_string();
    let mut acknowledged = 0;
    loop {
        let request = server.request(Method::POST, "/v1/feedback", Some(token)).body(like.clone());
        let Ok(response) = request.send() else { return acknowledged };
        match response.status().as_u16() {
            200 if response.bytes().is_ok() => acknowledged += 1,
            429 | 503 => std::thread::sleep(Duration::from_millis(20)),
            _ => {}
        }
    }
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let team = Team::new();
    let Team { place, server, ann_token, bob_token, .. } = &team;
    let config = place.path("server.toml");
    let limits = "[server]\nuser_requests_per_second = 100000\n";
    std::fs::write(&config, format!("{limits}address_requests_per_second = 100000\n")).unwrap();
    let options = ["--config", config.to_str().unwrap()];
    // More often where somebody asks for it.
    let kills = std::env::var("ECHOVIBE_KILLS").ok().and_then(|kills| kills.parse().ok());
    let (mut likes, mut enrolled) = (0, Vec::new());
    let enrolment = enrolment(server, ann_token);
    signal(server.pid(), "KILL");
    for round in 0..kills.unwrap_or(3_u64) {
        let running = Server::start_with(place, &options);
        let pid = running.pid();
        std::thread::scope(|scope| {
            let likers: Vec<_> =
                (0..4).map(|_| scope.spawn(|| like_until_gone(&running, bob_token))).collect();
            let enroller = scope.spawn(|| enrol_until_gone(&running, ann_token, &enrolment, round));
            std::thread::sleep(Duration::from_millis(150 + 130 * (round % 7)));
            signal(pid, "KILL");
            likes += likers.into_iter().map(|liker| liker.join().unwrap()).sum::<usize>();
            enrolled.extend(enroller.join().unwrap());
        });
    }
    let server = Server::start_with(place, &options);
    let mut kept = 0;
    let mut after = 0;
    loop {
        let path = format!("/v1/history?limit=1000&after={after}");
        let page = poll(Duration::from_secs(10), || {
            let (status, body) = server.get(&path, bob_token);
            (status == 200).then_some(body)
        });
        let page = page.unwrap();
        kept += page["events"].as_array().unwrap().len();
        match page["next"].as_u64() {
            Some(next) => after = next,
            None => break,
        }
    }
    println!(
        "{likes} likes and {} enrolments were acknowledged, {kept} likes kept",
        enrolled.len()
    );
    assert!(likes > 0 && kept >= likes, "{kept} of {likes}");
    assert!(!enrolled.is_empty());
    for content in enrolled {
        let (_, found) = server.get(&format!("/v1/tracks?content={content}"), ann_token);
        assert_eq!(found["tracks"].as_array().unwrap().len(), 1, "{content}: {found}");
    }
}

over_databases!(
    one_enrols_and_another_names_without_the_files,
    a_folder_is_kept_up_to_date_on_the_server,
    a_reader_adds_and_removes_nothing,
    what_each_likes_is_their_own_and_moves_their_own_offers,
    a_long_recording_is_told_by_the_server,
    a_listener_hears_its_sound_card_and_the_server_names_it,
    a_listener_gets_over_a_server_that_was_killed,
    what_was_heard_while_the_server_was_away_is_named_when_it_is_back,
    accounts_are_made_shown_renewed_and_closed_while_the_server_runs,
    plain_http_stays_on_this_machine_unless_forced,
    tls_works_with_a_certificate_of_ones_own,
    a_request_in_hand_is_finished_when_the_server_ends,
    what_was_acknowledged_is_there_after_a_kill,
);

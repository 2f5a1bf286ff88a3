//! The whole loop on real sound: a sound server, a track played into it, the program in a terminal.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use support::{Home, Running, SoundServer, Terminal, have, kind, piece, shared, text};

const PROGRAMS: [&str; 4] = ["pulseaudio", "pactl", "paplay", "tmux"];

/// Time from the first sound to the name on the screen.
const NAMED_WITHIN: Duration = Duration::from_secs(10);

/// Two such tests at once would take the time from one another.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[test]
fn a_demo_piece_in_the_room_is_named_and_feedback_survives_kill() {
    if !have(&PROGRAMS) {
        return;
    }
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let home = Home::new();
    let titles =
        ["Copper Kettle", "Level Nine Forever", "Harbour Opening", "Key Under Glass", "Elbow Room"];
    let paths = home.write_pieces(titles.map(piece));
    home.index();
    hear_and_answer(&home, &paths[0], titles[0]);
}

#[test]
fn a_real_track_in_the_room_is_named() {
    let Some(music) = shared("music/dev") else { return };
    if !have(&PROGRAMS) {
        return;
    }
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let home = Home::new();
    for track in some_tracks(&music, 8) {
        std::fs::copy(&track, home.music().join(track.file_name().unwrap())).unwrap();
    }
    home.index();
    // one whose title fits on the screen and stands for itself
    let mut library = home.library();
    library.sort_by(|a, b| text(a, "path").cmp(text(b, "path")));
    let track = library
        .iter()
        .find(|track| {
            let title = text(track, "title");
            (6..=24).contains(&title.chars().count())
                && library.iter().filter(|other| text(other, "title").contains(title)).count() == 1
        })
        .expect("a track with a short title");
    hear_and_answer(&home, Path::new(text(track, "path")), text(track, "title"));
}

#[test]
fn an_input_that_vanishes_is_reported_and_comes_back() {
    if !have(&PROGRAMS) {
        return;
    }
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let home = Home::new();
    home.write_pieces([piece("Mango Street")]);
    home.index();
    let mut server = SoundServer::start(&home);
    let terminal = Terminal::start(&home, &["--input", "mic"], server.environment());
    let patience = Duration::from_secs(30);
    terminal.wait_for("live input", patience, is_live);
    server.kill();
    terminal.wait_for("report of the lost input", patience, |screen| !is_live(screen));
    assert!(terminal.alive(), "{}", terminal.screen());
    server.restart();
    terminal.wait_for("live input again", patience, is_live);

    let _sound = server.play(&home.music().join(piece("Mango Street").file_name()));
    terminal.wait_for("name", Duration::from_secs(20), |screen| names(screen, "Mango Street"));
    terminal.press(&["q"]);
    let ended = support::poll(patience, || (!terminal.alive()).then_some(()));
    assert!(ended.is_some(), "q does not end the program:\n{}", terminal.screen());
}

#[test]
fn a_service_that_listens_survives_its_input_and_says_so_once() {
    if !have(&PROGRAMS) {
        return;
    }
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let home = Home::new();
    let track = home.write_pieces([piece("Mango Street")]).remove(0);
    home.index();
    let mut server = SoundServer::start(&home);
    let (now, told, config) = (home.path("now.txt"), home.path("stderr"), home.path("linger.toml"));
    std::fs::write(&config, "[listen]\nlinger_s = 0.5\n").unwrap();
    let args = ["listen", "--json", "--input", "mic", "--now-playing", "now.txt"];
    let mut command = home.command(args);
    command.envs(server.environment()).env("ECHOVIBE_CONFIG", config);
    command.stdout(Stdio::null()).stderr(File::create(&told).unwrap());
    let mut listening = Running::start(command);
    let patience = Duration::from_secs(30);
    let said = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let until = |what: &str, done: &dyn Fn() -> bool| {
        let seen = support::poll(patience, || done().then_some(()));
        assert!(seen.is_some(), "no {what}: {:?}, {}", said(&now), said(&told));
    };
    until("input", &|| said(&told).contains("listening to"));
    let sound = server.play(&track);
    until("name", &|| said(&now).contains("Mango Street"));
    drop(sound);
    until("end of the music", &|| said(&now).is_empty());

    server.kill();
    until("report of the lost input", &|| said(&told).contains("waiting: "));
    std::thread::sleep(Duration::from_secs(6));
    assert!(listening.alive());
    assert_eq!(said(&told).matches("waiting: ").count(), 1, "{}", said(&told));
    server.restart();
    until("input again", &|| said(&told).matches("listening to").count() == 2);
    let _sound = server.play(&track);
    until("name again", &|| said(&now).contains("Mango Street"));
    assert_eq!(listening.terminate(), 0, "{}", said(&told));
    assert_eq!(said(&now), "", "nothing plays any more");
    assert!(of_kind(&home, "heard").len() >= 2);
}

/// Plays `track` into the room and checks the screen, the keys and what is left after kill -9.
fn hear_and_answer(home: &Home, track: &Path, title: &str) {
    let server = SoundServer::start(home);
    let terminal = Terminal::start(home, &["--input", "mic"], server.environment());
    terminal.wait_for("live input", Duration::from_secs(30), is_live);
    assert!(!names(&terminal.screen(), title), "named in silence:\n{}", terminal.screen());

    let _sound = server.play(track);
    let took = terminal.wait_for("name", NAMED_WITHIN, |screen| names(screen, title));
    eprintln!("{title} was named after {took:.1?}");
    let heard = support::poll(Duration::from_secs(10), || of_kind(home, "heard").pop());
    let heard = heard.expect("what was heard is in the history");
    assert_eq!(text(&heard, "title"), title);

    // like the track named, then skip the first offer under it
    terminal.press(&["g"]);
    terminal.press(&["l"]);
    terminal.press(&["j"]);
    terminal.press(&["s"]);
    let both =
        || (!of_kind(home, "skip").is_empty() && !of_kind(home, "like").is_empty()).then_some(());
    let acknowledged = support::poll(Duration::from_secs(10), both);
    assert!(acknowledged.is_some(), "keys without effect:\n{}", terminal.screen());

    let before = home.history();
    terminal.kill_program();
    assert_eq!(home.history(), before, "kill -9 changed the history");
    let likes = of_kind(home, "like");
    assert_eq!((likes.len(), text(&likes[0], "title")), (1, title));
    let skips = of_kind(home, "skip");
    assert_eq!(skips.len(), 1);
    assert_ne!(text(&skips[0], "title"), title);
}

fn of_kind(home: &Home, wanted: &str) -> Vec<Value> {
    home.history().into_iter().filter(|event| kind(event) == wanted).collect()
}

/// The line under the tabs tells the format of the sound that comes in.
fn is_live(screen: &str) -> bool {
    screen.lines().nth(1).is_some_and(|line| line.contains("kHz") && !line.contains("waiting"))
}

/// The answer, unlike the feed and guesses, has how long it took right under the title.
fn names(screen: &str, title: &str) -> bool {
    let lines: Vec<&str> = screen.lines().collect();
    lines.windows(2).any(|pair| pair[0].contains(title) && pair[1].contains("heard in"))
}

fn some_tracks(folder: &Path, count: usize) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(|entry| Some(entry.ok()?.into_path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "ogg"))
        .collect();
    found.sort();
    // from all over the folder: neighbours are of one album
    let step = (found.len() / count).max(1);
    found.into_iter().step_by(step).take(count).collect()
}

//! `listen` as a service: files and commands that follow the music, signals, service managers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use lofty::config::WriteOptions;
use lofty::prelude::{Accessor, TagExt};
use lofty::tag::{Tag, TagType};
use serde_json::Value;
use support::{Home, Running, kind, piece, poll, text};

const RATE: u32 = 16_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// What strangers may write into tags.
const HOSTILE: [(&str, &str, &str); 3] = [
    ("Copper Kettle", "--help; touch pwned", "$(touch pwned)"),
    ("Tide Bell", "\"; touch pwned; '`touch pwned`", "{title} {nothing} \\{ $HOME %s"),
    ("Nine Hands", "-rf * | & > pwned", "Ünïcode 音楽 \\n \\0"),
];

/// A library of the pieces, with these artists and titles.
fn library(pieces: &[(&str, &str, &str)]) -> Home {
    let home = Home::new();
    for (name, artist, title) in pieces {
        let path = home.write_pieces([piece(name)]).remove(0);
        let mut tag = Tag::new(TagType::RiffInfo);
        tag.set_title((*title).to_owned());
        tag.set_artist((*artist).to_owned());
        tag.save_to_path(&path, WriteOptions::default()).unwrap();
    }
    home.index();
    home
}

/// Some seconds of each piece, one after the other, as raw sound.
fn sound(names: &[&str], seconds: usize) -> Vec<u8> {
    let one = |name: &&str| {
        let all = piece(name).render(RATE);
        let some = all.into_iter().skip(3 * RATE as usize).take(seconds * RATE as usize);
        some.flat_map(|x| ((x * 32_767.0) as i16).to_le_bytes()).collect::<Vec<u8>>()
    };
    names.iter().flat_map(one).collect()
}

const RAW: &str = "-:s16le:16000:1";

/// `listen` to standard input, which is a pipe; what it tells goes to the file `stderr`.
fn listening(home: &Home, args: &[&str], environment: &[(&str, &Path)]) -> Running {
    let mut command = home.command(["listen", "--json", "--input", RAW]);
    command.args(args).envs(environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    command.stderr(File::create(home.path("stderr")).unwrap());
    Running::start(command)
}

fn said(home: &Home, file: &str) -> String {
    std::fs::read_to_string(home.path(file)).unwrap_or_default()
}

#[track_caller]
fn until(home: &Home, what: &str, done: impl Fn() -> bool) {
    let seen = poll(PATIENCE, || done().then_some(()));
    assert!(seen.is_some(), "no {what}: {}", said(home, "stderr"));
}

/// A program that writes down how it was called.
fn recorder(home: &Home) -> String {
    let path = home.path("record");
    let script = format!(
        "#!/bin/sh\n{{ printf '%s\\n' \"$#\" \"$@\" \"$ECHOVIBE_EVENT\" \"$ECHOVIBE_TITLE\" \
         \"$ECHOVIBE_DATA_DIR\"; }} >>{}\necho this is no result\n",
        home.path("log").display()
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_command_gets_every_title_as_one_word() {
    let home = library(&HOSTILE);
    let command =
        format!("{} -- {{title}} 'by {{artist}}!' {{path}} {{track_id}} {{json}}", recorder(&home));
    let args = ["listen", "--json", "--input", RAW, "--on-track", &command];
    let ran = home.run_with_input(&args, sound(&HOSTILE.map(|(name, ..)| name), 12)).ok();
    let rows = ran.json();
    assert_eq!(rows.len(), 3, "{ran:?}");
    let expected: Vec<String> = rows
        .iter()
        .zip(ran.stdout.lines())
        .flat_map(|(row, line)| {
            let found = &row["match"];
            let title = text(found, "title");
            let by = format!("by {}!", text(found, "artist"));
            let id = found["track_id"].to_string();
            let path = text(found, "path");
            let data = home.path("data").canonicalize().unwrap();
            let words =
                ["6", "--", title, &by, path, &id, line, "track", title, data.to_str().unwrap()];
            words.map(str::to_owned)
        })
        .collect();
    assert_eq!(said(&home, "log").lines().collect::<Vec<_>>(), expected);
    for (name, artist, title) in HOSTILE {
        let heard = |row: &&Value| text(&row["match"], "path").ends_with(&piece(name).file_name());
        let row = rows.iter().find(heard).unwrap();
        let found = (text(&row["match"], "artist"), text(&row["match"], "title"));
        assert_eq!(found, (artist, title), "{name}");
    }
    assert!(ran.stderr.contains("this is no result"), "{ran:?}");
    assert!(!home.path("pwned").exists(), "a title was run");
    let heard = home.history().iter().filter(|event| kind(event) == "heard").count();
    assert_eq!(heard, 3);
}

#[test]
fn files_follow_the_music_and_commands_its_end() {
    let home =
        library(&[("Tide Bell", "", "Only a Title"), ("Nine Hands", "Ada", "Two \"Words\"")]);
    let config = home.path("listen.toml");
    let record = recorder(&home);
    std::fs::write(
        &config,
        format!(
            "[listen]\nnow_playing = [\"now.txt\", \"now.json\"]\nlinger_s = 0.2\n\
             now_playing_format = '[{{artist}}: ]{{title}}\\n'\non_stop = \"{record} {{title}}\"\n"
        ),
    )
    .unwrap();
    let environment = [("ECHOVIBE_CONFIG", config.as_path())];
    let mut listening = listening(&home, &["--now-playing-idle", "(silence)"], &environment);
    let mut stdin = listening.stdin();
    let json = || serde_json::from_str::<Value>(&said(&home, "now.json")).unwrap();
    until(&home, "files", || home.path("now.json").exists());
    assert_eq!(said(&home, "now.txt"), "(silence)");
    assert_eq!((&json()["playing"], &json()["match"]), (&false.into(), &Value::Null));

    stdin.write_all(&sound(&["Tide Bell"], 12)).unwrap();
    until(&home, "first name", || said(&home, "now.txt") == "Only a Title\n");
    stdin.write_all(&sound(&["Nine Hands"], 12)).unwrap();
    until(&home, "second name", || said(&home, "now.txt") == "Ada: Two \"Words\"\n");
    until(&home, "second object", || json()["match"]["artist"] == "Ada");
    assert!(json()["playing"] == true && json()["heard_s"].is_number(), "{}", json());
    assert_eq!(said(&home, "log"), "", "the music has not stopped yet");

    stdin.write_all(&vec![0; 2 * 20 * RATE as usize]).unwrap();
    until(&home, "end", || said(&home, "now.txt") == "(silence)");
    until(&home, "command at the end", || {
        said(&home, "log").starts_with("1\nTwo \"Words\"\nstop\n")
    });
    assert_eq!(json()["playing"], false);

    // A new beginning, ended from outside.
    stdin.write_all(&sound(&["Tide Bell"], 12)).unwrap();
    until(&home, "third name", || said(&home, "now.txt") == "Only a Title\n");
    assert_eq!(listening.terminate(), 0);
    assert_eq!((said(&home, "now.txt").as_str(), &json()["playing"]), ("(silence)", &false.into()));
    assert!(said(&home, "log").contains("1\nOnly a Title\nstop\n"), "{}", said(&home, "log"));
    assert_eq!(home.history().iter().filter(|event| kind(event) == "heard").count(), 3);
    let left = std::fs::read_dir(home.path("")).unwrap().map(|e| e.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains(".new")).collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
}

#[test]
fn commands_that_hang_or_fail_are_told_of_and_stop_nothing() {
    let home = library(&[("Tide Bell", "A", "One"), ("Nine Hands", "B", "Two")]);
    let both = sound(&["Tide Bell", "Nine Hands"], 12);
    let run = |command: &str| {
        let args = ["listen", "--json", "--input", RAW, "--on-track", command];
        let ran =
            home.run_with_input(&[&args[..], &["--command-timeout", "0.5"]].concat(), both.clone());
        assert_eq!((ran.status, ran.json().len()), (0, 2), "{ran:?}");
        ran.stderr
    };
    let told = run("sleep 1000");
    assert_eq!(
        told.matches("sleep for A - One: took longer than 0.5 s and was ended").count(),
        1,
        "{told}"
    );
    assert_eq!(told.matches("took longer").count(), 2, "{told}");
    let told = run("false {track_id}");
    assert_eq!(told.matches("ended with exit status: 1").count(), 2, "{told}");
    let log = said(&home, "data/echovibe.log");
    assert!(log.contains("took longer") && log.contains("exit status: 1"), "{log}");
}

#[test]
fn a_signal_does_not_wait_for_a_command_that_hangs() {
    let home = library(&[("Tide Bell", "A", "One")]);
    let mut listening =
        listening(&home, &["--on-track", "sleep 1000", "--now-playing", "now"], &[]);
    let mut stdin = listening.stdin();
    stdin.write_all(&sound(&["Tide Bell"], 12)).unwrap();
    until(&home, "name", || said(&home, "now") == "A - One");
    let started = Instant::now();
    assert_eq!(listening.terminate(), 0);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(said(&home, "now"), "");
    assert!(
        said(&home, "stderr").contains("had to be ended with EchoVibe"),
        "{}",
        said(&home, "stderr")
    );
}

#[test]
fn once_leaves_the_name_in_the_file() {
    let home = library(&[("Tide Bell", "A", "One")]);
    let args =
        ["listen", "--once", "--input", RAW, "--now-playing", "now", "--now-playing", "now.json"];
    home.run_with_input(&args, sound(&["Tide Bell"], 12)).ok();
    assert_eq!(said(&home, "now"), "A - One");
    assert!(said(&home, "now.json").contains("\"playing\":true"));
    // Nothing named: nothing plays.
    let silence = vec![0; 6 * RATE as usize];
    assert_eq!(home.run_with_input(&args, silence).status, 1);
    assert_eq!(said(&home, "now"), "");
}

#[test]
fn a_reader_that_goes_away_ends_it_well() {
    let home = library(&[("Tide Bell", "A", "One")]);
    let mut command = home.command(["listen", "--json", "--input", RAW, "--now-playing", "now"]);
    command.stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let _ = stdin.write_all(&sound(&["Tide Bell"], 12));
    let ran = support::wait(child, "listen");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(said(&home, "now"), "");
}

#[test]
fn a_service_manager_is_told() {
    let home = library(&[("Tide Bell", "A", "One")]);
    let socket = home.path("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 500];
        while let Ok(len) = manager.recv(&mut buffer) {
            if tell.send(String::from_utf8(buffer[..len].to_vec()).unwrap()).is_err() {
                return;
            }
        }
    });
    let usec = Path::new("200000");
    let environment = [("NOTIFY_SOCKET", socket.as_path()), ("WATCHDOG_USEC", usec)];
    let mut listening = listening(&home, &[], &environment);
    let mut stdin = listening.stdin();
    let hear = |wanted: &str| loop {
        let state = told.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no {wanted}"));
        if state.starts_with(wanted) {
            return;
        }
    };
    hear("READY=1");
    hear("WATCHDOG=1");
    stdin.write_all(&sound(&["Tide Bell"], 12)).unwrap();
    hear("STATUS=playing: A - One");
    assert_eq!(listening.terminate(), 0);
    hear("STOPPING=1");
}

#[test]
fn bad_options_are_told_clearly() {
    let home = Home::new();
    std::fs::create_dir(home.path("folder")).unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["--now-playing", "folder"], "folder is not a regular file"),
        (&["--now-playing", "none/now.txt"], "none/now.txt"),
        (
            &["--now-playing-format", "{titel}"],
            "--now-playing-format: there is no field {titel}; the nearest is {title}",
        ),
        (&["--now-playing-format", "[{artist}"], "is not closed"),
        (&["--now-playing-idle", "{title}"], "--now-playing-idle: no track plays then"),
        (&["--on-track", "say 'it"], "--on-track has a quote that is not closed"),
        (&["--on-track", "no-such-program {title}"], "no-such-program is not found"),
        (&["--on-track", "{path}"], "--on-track: what is run cannot be told by a track"),
        (&["--on-stop", "echo {nothing}"], "--on-stop: there is no field {nothing}"),
        (&["--command-timeout", "0"], "--command-timeout must be a number"),
        (&["--timeout=-1"], "--timeout must be a number"),
    ];
    for (args, told) in cases {
        let ran = home.run([&["listen", "--input", RAW], *args].concat());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(told), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.lines().count() <= 6, "{}", ran.stderr);
    }
    let config = home.path("listen.toml");
    std::fs::write(&config, "[listen]\non_track = \"no-such-program\"\n").unwrap();
    let ran = home.run(["--config", "listen.toml", "listen", "--input", RAW]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("listen.on_track in listen.toml: no-such-program"), "{ran:?}");
    let mut command = home.command(["listen", "--input", RAW]);
    command.env("ECHOVIBE_LISTEN__LINGER_S", "for ever");
    let ran = support::finish(command);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("ECHOVIBE_LISTEN__LINGER_S is 'for ever'"), "{ran:?}");
    let mut command = home.command(["history"]);
    command.env("ECHOVIBE_LISTEN__LINGER", "2");
    let ran = support::finish(command);
    assert!(ran.stderr.contains("(environment)") && ran.stderr.contains("linger_s"), "{ran:?}");
    // Set aside by an empty option.
    let ran = home.run(["--config", "listen.toml", "listen", "--on-track", "", "--input", RAW]);
    assert_ne!(ran.stderr, "", "standard input is empty");
    assert!(!ran.stderr.contains("no-such-program"), "{ran:?}");
    let ran = home.run(["listen", "--on-track", "echo {title}", "--input", RAW]);
    assert!(ran.stderr.contains("put -- before {title}"), "{ran:?}");
}

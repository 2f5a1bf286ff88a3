//! The first run: the screen finds the music, asks once, and indexes it while it works.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::time::Duration;

use support::{Home, Terminal, have, piece, poll};

const PATIENCE: Duration = Duration::from_secs(60);
const TITLES: [&str; 3] = ["Copper Kettle", "Harbour Opening", "Elbow Room"];

/// A home with some music where most people have it.
fn home() -> Home {
    let home = Home::new();
    let music = home.path("home/Music/album");
    std::fs::create_dir_all(&music).unwrap();
    for title in TITLES {
        let piece = piece(title);
        piece.write_wav(&music.join(piece.file_name())).unwrap();
    }
    home
}

#[test]
fn yes_indexes_the_music_folder_while_the_screen_works() {
    if !have(&["tmux"]) {
        return;
    }
    let home = home();
    let terminal = Terminal::start(&home, &[], []);
    terminal.wait_for("question", PATIENCE, |screen| {
        screen.contains("Index ~/Music?") && screen.contains("3 music files")
    });
    terminal.press(&["y", "4"]);
    terminal.wait_for("tracks", PATIENCE, |screen| TITLES.iter().all(|t| screen.contains(t)));
    terminal.wait_for("end of indexing", PATIENCE, |screen| screen.contains("3 added"));

    // A folder without any known track is looked at again too.
    let another = home.path("home/Music/another");
    std::fs::create_dir(&another).unwrap();
    let new = piece("Mango Street");
    new.write_wav(&another.join(new.file_name())).unwrap();
    terminal.press(&["u"]);
    terminal.wait_for("the new one", PATIENCE, |screen| screen.contains("1 added"));
    quit(&terminal);
    assert_eq!(home.library().len(), 4);
}

#[test]
fn indexing_is_ended_by_a_key_and_goes_on_later() {
    if !have(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let pieces = echovibe::audio::demo::pieces();
    std::fs::create_dir_all(home.path("home/Music")).unwrap();
    for piece in pieces {
        piece.write_wav(&home.path("home/Music").join(piece.file_name())).unwrap();
    }
    let terminal = Terminal::start(&home, &[], []);
    terminal.wait_for("question", PATIENCE, |screen| screen.contains("Index ~/Music?"));
    terminal.press(&["y", "4"]);
    terminal.wait_for("indexing", PATIENCE, |screen| screen.contains("of 24 indexed"));
    terminal.press(&["U"]);
    terminal.wait_for("its end", PATIENCE, |screen| screen.contains("indexing was ended"));
    terminal.press(&["u"]);
    terminal.wait_for("the rest", PATIENCE, |screen| screen.contains("tracks 24"));
    quit(&terminal);
    assert_eq!(home.library().len(), pieces.len());
}

#[test]
fn no_is_not_asked_again_and_the_palette_indexes() {
    if !have(&["tmux"]) {
        return;
    }
    let home = home();
    let terminal = Terminal::start(&home, &[], []);
    terminal.wait_for("question", PATIENCE, |screen| screen.contains("Index ~/Music?"));
    terminal.press(&["n"]);
    terminal.wait_for("answer", PATIENCE, |screen| screen.contains(":index FOLDER"));
    quit(&terminal);
    drop(terminal);

    let terminal = Terminal::start(&home, &[], []);
    terminal.wait_for("empty library", PATIENCE, |screen| screen.contains("No music is known yet"));
    terminal.press(&[":", "index ~/Music", "Enter"]);
    terminal.wait_for("end of indexing", PATIENCE, |screen| screen.contains("3 added"));
    assert!(!terminal.screen().contains("Index ~/Music?"));
    quit(&terminal);
}

#[test]
fn leaving_at_once_and_an_input_that_is_not_there_give_the_terminal_back() {
    if !have(&["tmux"]) {
        return;
    }
    let home = home();
    let terminal = Terminal::start(&home, &[], []);
    terminal.wait_for("first frame", PATIENCE, |screen| screen.contains("1 Listen"));
    quit(&terminal);
    drop(terminal);

    let terminal = Terminal::start(&home, &["--input", "file:/nowhere/at-all.wav"], []);
    let told = "echovibe: ";
    assert!(poll(PATIENCE, || (!terminal.alive()).then_some(())).is_some());
    let left = terminal.left_behind();
    assert!(left.contains(told) && left.contains("/nowhere/at-all.wav"), "{left}");
    assert!(!left.contains("1 Listen"), "{left}");
}

fn quit(terminal: &Terminal) {
    terminal.press(&["q"]);
    let ended = poll(PATIENCE, || (!terminal.alive()).then_some(()));
    assert!(ended.is_some(), "q does not end the program:\n{}", terminal.screen());
}

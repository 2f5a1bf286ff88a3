//! Every key of the `?` overlay, pressed in the real program on a terminal, with a sound server: what the
//! overlay says must be seen to happen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use support::{Home, SoundServer, Terminal, have, poll};

const PATIENCE: Duration = Duration::from_secs(10);
/// The default key map, as the program has it.
const KEYS: &str = include_str!("../config/keys.toml");

/// What a key is to do.
struct Step {
    command: &'static str,
    /// Pressed before, as tmux names them; the first shows a view, and an empty one waits for what was asked.
    there: &'static [&'static str],
    /// How often the key is pressed.
    times: usize,
    /// Pressed right after it.
    then: &'static [&'static str],
    /// What must be seen, from the screen before and now.
    seen: fn(&str, &str) -> bool,
    /// Pressed in the end, to leave things as they were.
    after: &'static [&'static str],
}

const fn step(
    command: &'static str,
    there: &'static [&'static str],
    seen: fn(&str, &str) -> bool,
) -> Step {
    Step { command, there, times: 1, then: &[], seen, after: &[] }
}

impl Step {
    const fn after(self, after: &'static [&'static str]) -> Self {
        Self { after, ..self }
    }

    const fn then(self, then: &'static [&'static str]) -> Self {
        Self { then, ..self }
    }

    const fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }
}

/// All commands but the one that leaves, in an order in which what one leaves behind is no harm to the next.
#[rustfmt::skip]
const STEPS: &[Step] = &[
    // Views
    step("listen", &["4"], |_, now| now.contains("dBFS")),
    step("feed", &["4"], |_, now| now.contains("─ moods")),
    step("now", &["4"], |_, now| now.contains("─ sounds like it") || now.contains("Nothing plays")),
    step("library", &["1"], |_, now| now.contains("failures ")),
    step("history", &["1"], |_, now| now.contains("everything")),
    step("taste", &["1"], |_, now| now.contains("likes up, skips down")),
    step("map", &["1"], |_, now| now.contains("of the differences")),
    step("next_view", &["1"], |_, now| now.contains("─ moods")),
    step("previous_view", &["2"], |_, now| now.contains("dBFS")),
    // Moving
    step("down", &["4", "g"], |before, now| marked(now) == marked(before) + 1),
    step("up", &["4", "g", "j", "j"], |before, now| marked(now) == marked(before) - 1),
    step("half_down", &["4", "g"], |before, now| marked(now) > marked(before) + 4),
    step("half_up", &["4", "G"], |before, now| marked(now) < marked(before) - 4),
    step("page_down", &["4", "g"], |before, now| marked(now) > marked(before) + 8),
    step("page_up", &["4", "G"], |before, now| marked(now) < marked(before) - 8),
    step("first", &["4", "G"], |before, now| marked(now) < 7 && marked(before) > 15),
    step("last", &["4", "g"], |before, now| marked(now) > 15 && marked(before) < 7),
    step("search", &["4"], |_, now| now.contains("/ zqx")).then(&["z", "q", "x"]).after(&["Escape"]),
    step("next_match", &["4", "/", "e", "Enter", "", "g"], |before, now| marked(now) == marked(before) + 1).after(&["Escape"]),
    step("previous_match", &["4", "/", "e", "Enter", "", "g", "j", "j"], |before, now| marked(now) == marked(before) - 1).after(&["Escape"]),
    // Lists
    step("sort", &["4"], |before, now| line(now, 2) != line(before, 2)),
    step("reverse", &["4"], |before, now| before.contains('↑') != now.contains('↑')),
    step("part", &["4", "g"], |before, now| before.contains('↑') != now.contains('↑') || now.contains("/music")).after(&["v", "v"]),
    step("refresh", &["4"], |_, now| now.contains("unchanged")),
    step("stop_indexing", &["4"], |_, now| now.contains("nothing is indexed now")),
    // Telling what you like
    step("like", &["4", "g"], |_, now| now.contains("liked ")),
    step("skip", &["4", "G"], |_, now| now.contains("skipped ")),
    step("save", &["4", "G"], |_, now| now.contains("kept for later: ")),
    step("export", &["5"], |_, now| now.contains("written to echovibe-history-")),
    // Playing
    step("play", &["4", "g"], |_, now| now.contains('▶')),
    step("pause", &["4", "g", "Enter"], |_, now| now.contains('‖')).after(&["Space"]),
    step("play_highlight", &["4", "g", "j"], |before, now| now.contains('▶') && line(now, 22) != line(before, 22)),
    step("forward", &["4", "g", "Enter", "Space"], |before, now| place(now) >= place(before) + 4),
    step("back", &["4", "g", "Enter", "Right", "Right", "Right", "Space"], |before, now| place(now) < place(before)),
    step("far_back", &["4", "g", "Enter", "Right", "Right", "Right", "Space"], |before, now| place(now) < place(before)),
    step("far_forward", &["4", "g", "Enter", "Space"], |before, now| place(now) > place(before) + 10 || !now.contains('‖')),
    // The map
    step("left", &["7", "0", "Right", "Right", "Right"], |before, now| chosen(now) != chosen(before)),
    step("right", &["7", "0", "Left", "Left", "Left"], |before, now| chosen(now) != chosen(before)),
    step("zoom_in", &["7", "0"], |_, now| now.contains("1.5x")),
    step("zoom_out", &["7", "0", "+", "+"], |_, now| now.contains("1.5x")),
    step("whole", &["7", "0", "+", "+"], |before, now| before.contains("x   shows") && !now.contains("x   shows")),
    step("locate", &["7", "0", "Left", "Left"], |_, now| now.contains('◆')),
    step("path", &["7", "0", "Left", "Left"], |_, now| now.contains("a path of") || now.contains("the path starts here")).after(&["Escape"]),
    // The mood
    step("mood_plane", &["2", "BSpace"], |_, now| now.contains("sadder")).after(&["Escape"]),
    step("mood_sadder", &["2", "BSpace", "m"], |before, now| target(now).0 < target(before).0).times(4),
    step("mood_happier", &["2", "BSpace", "m"], |before, now| target(now).0 > target(before).0).times(4),
    step("mood_livelier", &["2", "BSpace", "m"], |before, now| target(now).1 < target(before).1).times(4),
    step("mood_calmer", &["2", "BSpace", "m"], |before, now| target(now).1 > target(before).1).times(4),
    step("clear_mood", &["2", "BSpace", "m"], |before, now| before.contains('◎') && !now.contains('◎')),
    // Listening
    step("name_anew", &["1"], |_, now| now.contains("listening anew")),
    step("freeze", &["1"], |_, now| now.contains(" held ")).after(&["Escape"]),
    step("peaks", &["1"], |before, now| now.contains("marked") && now != before),
    step("cursor_earlier", &["1", "f"], |before, now| ago(now) > ago(before)).after(&["Escape"]),
    step("cursor_later", &["1", "f", ","], |before, now| ago(now) < ago(before)).after(&["Escape"]),
    step("cursor_much_earlier", &["1", "f"], |before, now| ago(now) > ago(before) + 0.9).after(&["Escape"]),
    step("cursor_much_later", &["1", "f", ",", ","], |before, now| ago(now) < ago(before) - 0.9).after(&["Escape"]),
    step("cursor_higher", &["1", "f"], |before, now| hertz(now) > hertz(before)).after(&["Escape"]),
    step("cursor_lower", &["1", "f"], |before, now| hertz(now) < hertz(before)).after(&["Escape"]),
    step("switch_input", &["1"], |_, now| now.contains("input: ")),
    // The screen
    step("palette", &["1"], |_, now| now.contains("another theme, until you leave")).after(&["Escape"]),
    step("help", &["1"], |_, now| now.contains(" commands")).after(&["Escape"]),
    step("close", &["1", "?"], |before, now| before.contains(" commands") && !now.contains(" commands")),
];

/// Line `at`, from the end where it is negative.
fn line(screen: &str, at: isize) -> &str {
    let lines: Vec<&str> = screen.lines().collect();
    let at = if at < 0 { at + 24 } else { at };
    lines.get(usize::try_from(at).unwrap()).copied().unwrap_or("")
}

/// What the map says of the track chosen on it.
fn chosen(screen: &str) -> &str {
    screen.lines().rfind(|line| line.contains('◆')).unwrap_or("")
}

/// The row with the marker.
fn marked(screen: &str) -> isize {
    screen.lines().position(|line| line.contains('▸')).map_or(-100, |row| row as isize)
}

/// The place in what plays, seconds: the first time on its line.
fn place(screen: &str) -> i64 {
    let line = screen.lines().find(|line| line.contains('▶') || line.contains('‖'));
    let times = line.into_iter().flat_map(str::split_whitespace).filter_map(|word| {
        let (minutes, seconds) = word.split_once(':')?;
        Some(minutes.parse::<i64>().ok()? * 60 + seconds.parse::<i64>().ok()?)
    });
    times.min().unwrap_or(-1)
}

/// Column and row of the mood that is wanted.
fn target(screen: &str) -> (usize, usize) {
    let rows = (0..).zip(screen.lines());
    let at = |line: &str| line.chars().position(|sign| sign == '◎');
    rows.filter_map(|(y, line)| Some((at(line)?, y))).next().unwrap_or((0, 0))
}

/// The word before `unit` where the held spectrogram is measured.
fn measured(screen: &str, unit: &str) -> f64 {
    let line = screen.lines().find(|line| line.contains(" held ")).unwrap_or("");
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|word| *word == unit).unwrap_or(0);
    at.checked_sub(1).and_then(|at| words[at].parse().ok()).unwrap_or(f64::NAN)
}

fn ago(screen: &str) -> f64 {
    measured(screen, "s")
}

fn hertz(screen: &str) -> f64 {
    measured(screen, "Hz")
}

/// A key as tmux calls it.
fn tmux_name(key: &str) -> String {
    let named = [
        ("space", "Space"),
        ("enter", "Enter"),
        ("esc", "Escape"),
        ("tab", "Tab"),
        ("shift-tab", "BTab"),
        ("backspace", "BSpace"),
        ("left", "Left"),
        ("right", "Right"),
        ("up", "Up"),
        ("down", "Down"),
        ("home", "Home"),
        ("end", "End"),
        ("pageup", "PPage"),
        ("pagedown", "NPage"),
        ("shift-left", "S-Left"),
        ("shift-right", "S-Right"),
    ];
    let name = named.iter().find(|(name, _)| *name == key).map(|(_, tmux)| (*tmux).to_owned());
    name.unwrap_or_else(|| key.replace("ctrl-", "C-"))
}

/// The keys of each command.
fn keys_of(command: &str) -> Vec<String> {
    let map: toml::Table = KEYS.parse().unwrap();
    let keys = map[command].as_array().unwrap();
    keys.iter().map(|key| tmux_name(key.as_str().unwrap())).collect()
}

/// Waits until nothing but times and levels changes any more.
fn settled(terminal: &Terminal) -> String {
    let still = |screen: &str| -> String {
        let plain = |c: &char| !c.is_ascii_digit() && !"━╸─┃".contains(*c);
        screen.lines().skip(2).flat_map(str::chars).filter(plain).collect()
    };
    let mut before = terminal.screen();
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(120));
        let now = terminal.screen();
        if still(&now) == still(&before) || now.contains("dBFS") && !now.contains(" held ") {
            return now;
        }
        before = now;
    }
    before
}

#[test]
fn every_key_does_what_the_overlay_says() {
    if !have(&["pulseaudio", "pactl", "paplay", "tmux"]) {
        return;
    }
    let home = Home::new();
    let pieces = home.write_pieces(echovibe::audio::demo::pieces());
    home.index();
    let server = SoundServer::start(&home);
    let mut terminal = Terminal::start(&home, &["--input", "mic"], server.environment());
    terminal.wait_for("live input", PATIENCE, |screen| screen.contains("dBFS"));
    let _sound = server.play(&pieces[0]);
    terminal
        .wait_for("some sound", PATIENCE, |screen| screen.contains('▀') || screen.contains('█'));
    terminal.press(&["4"]);
    terminal.wait_for("library", PATIENCE, |screen| screen.contains("tracks 24"));

    for step in STEPS {
        for key in keys_of(step.command) {
            let (mut before, mut now) = (String::new(), String::new());
            let (mut done, mut told) = (None, BTreeSet::new());
            // What is heard and played goes on meanwhile, and may be in the way once.
            for _ in 0..3 {
                for keys in step.there.split(|key| key.is_empty()) {
                    terminal.press(keys);
                    before = settled(&terminal);
                }
                (0..step.times).for_each(|_| terminal.press(&["--", &key]));
                terminal.press(step.then);
                done = poll(PATIENCE, || {
                    now = terminal.screen();
                    told.insert(line(&now, -1).to_owned());
                    (step.seen)(&before, &now).then_some(())
                });
                if done.is_some() {
                    break;
                }
                terminal.press(step.after);
            }
            let Step { command, .. } = step;
            assert!(terminal.alive(), "{key} ({command}) ended the program:\n{now}");
            assert!(
                done.is_some(),
                "{key} does not do {command}:\n{before}\n---\n{now}\n{told:#?}"
            );
            assert!(!now.contains("a part of the program failed"), "{key} ({command}):\n{now}");
            terminal.press(step.after);
        }
    }
    for key in keys_of("quit") {
        if !terminal.alive() {
            drop(terminal);
            terminal = Terminal::start(&home, &["--input", "mic"], server.environment());
            terminal.wait_for("screen", PATIENCE, |screen| screen.contains("1 Listen"));
        }
        terminal.press(&[&key]);
        let ended = poll(PATIENCE, || (!terminal.alive()).then_some(()));
        assert!(ended.is_some(), "{key} does not leave:\n{}", terminal.screen());
    }
    let exported = std::fs::read_dir(home.path("")).unwrap().flatten();
    let exported = exported.filter(|file| file.file_name().to_string_lossy().ends_with(".csv"));
    assert_eq!(exported.count(), 1, "the history was written where the program was started");
}

#[test]
fn no_command_is_left_out() {
    let map: toml::Table = KEYS.parse().unwrap();
    let pressed: BTreeSet<&str> = STEPS.iter().map(|step| step.command).chain(["quit"]).collect();
    let declared: BTreeSet<&str> = map.keys().map(String::as_str).collect();
    assert_eq!(pressed, declared);
}

#[test]
fn what_the_terminal_answers_late_is_no_key() {
    if !have(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let terminal = Terminal::start(&home, &["--input", "demo"], []);
    terminal.wait_for("the demo", PATIENCE, |s| s.contains("dBFS"));
    // Taken for keys, `:` would open the palette, and `q` leave.
    terminal.send(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\");
    terminal.send(b"\x1b]10;rgb:0000/0000/0000\x07");
    terminal.send(b"\x1bP>|quite another terminal: 1.0\x1b\\");
    std::thread::sleep(Duration::from_secs(1));
    let screen = terminal.screen();
    assert!(terminal.alive() && !screen.contains(" command "), "{screen}");
    terminal.press(&[":"]);
    terminal.wait_for("the palette", PATIENCE, |s| s.contains(" command "));
    // Esc alone still closes it, and Alt with a key of the answers is a key that does nothing.
    terminal.press(&["Escape"]);
    terminal.wait_for("no palette", PATIENCE, |s| !s.contains(" command "));
    terminal.press(&["M-]"]);
    std::thread::sleep(Duration::from_millis(300));
    terminal.press(&["4"]);
    terminal.wait_for("the library", PATIENCE, |s| s.contains("tracks 24"));
}

#[test]
fn a_name_is_found_again_when_asked() {
    if !have(&["tmux"]) {
        return;
    }
    let home = Home::new();
    let terminal = Terminal::start(&home, &["--input", "demo"], []);
    let named = |s: &str| s.contains("heard in");
    terminal.wait_for("a name", 3 * PATIENCE, named);
    terminal.press(&["r"]);
    terminal.wait_for("no name any more", PATIENCE, |s| !named(s) && s.contains("last heard"));
    terminal.wait_for("the name again", 3 * PATIENCE, named);
}

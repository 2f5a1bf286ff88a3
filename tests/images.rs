//! The spectrogram in pixels, as it leaves the program: through a tmux that lets it pass, and not through one
//! that does not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use support::{Home, PROGRAM, have, piece, poll};

/// A picture of a column, and the sign that stands for a piece of it.
const PICTURE: &[u8] = b"\x1b_Ga=T,U=1";
const PLACEHOLDER: &[u8] = "\u{10EEEE}".as_bytes();
const HALF_BLOCK: &[u8] = "▀".as_bytes();

/// What a terminal around tmux gets. Its tmux server is ended with the test.
struct Outside {
    home: Home,
    script: Child,
    output: Receiver<Vec<u8>>,
    seen: Vec<u8>,
}

impl Outside {
    fn start(passthrough: &str) -> Self {
        let home = Home::new();
        let sound = home.write_pieces([piece("Mango Street")]);
        let config = home.path("tmux.conf");
        let lines = format!(
            "set -g status off\nset -g allow-passthrough {passthrough}\n\
             set -as terminal-features \",xterm-256color:RGB\"\n"
        );
        std::fs::write(&config, lines).unwrap();
        let program = format!("exec '{PROGRAM}' --input 'file:{}'", sound[0].display());
        std::fs::write(home.path("program.sh"), program).unwrap();
        let line = format!(
            "stty rows 24 cols 80; exec tmux -u -f '{}' -S '{}' new-session sh '{}'",
            config.display(),
            home.path("socket").display(),
            home.path("program.sh").display()
        );
        let mut script = Command::new("script")
            .args(["-qfc", &line, "/dev/null"])
            .envs(home.environment())
            .env_remove("TMUX")
            .env("TERM", "xterm-256color")
            .env("COLORTERM", "truecolor")
            .env("COLORFGBG", "15;0")
            .env("LC_ALL", "C.UTF-8")
            .env("SHELL", "/bin/sh")
            .env("KITTY_WINDOW_ID", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = script.stdout.take().unwrap();
        let (tell, output) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 1 << 16];
            while let Ok(read @ 1..) = stdout.read(&mut bytes) {
                if tell.send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { home, script, output, seen: Vec::new() }
    }

    fn sees(&mut self, what: &[u8]) -> bool {
        while let Ok(more) = self.output.try_recv() {
            self.seen.extend(more);
        }
        self.seen.windows(what.len()).any(|part| part == what)
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        let socket = self.home.path("socket");
        let _ = Command::new("tmux").arg("-S").arg(socket).arg("kill-server").status();
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}

#[test]
fn columns_pass_through_tmux_where_it_lets_them() {
    if !have(&["tmux", "script"]) {
        return;
    }
    let patience = Duration::from_secs(60);
    let mut outside = Outside::start("on");
    let sent =
        poll(patience, || (outside.sees(PICTURE) && outside.sees(PLACEHOLDER)).then_some(()));
    assert!(sent.is_some(), "no pictures: {}", String::from_utf8_lossy(&outside.seen));
    assert!(!outside.sees(HALF_BLOCK));

    let mut outside = Outside::start("off");
    let drawn = poll(patience, || outside.sees(HALF_BLOCK).then_some(()));
    assert!(drawn.is_some(), "no spectrogram: {}", String::from_utf8_lossy(&outside.seen));
    assert!(!outside.sees(PICTURE) && !outside.sees(PLACEHOLDER));
}

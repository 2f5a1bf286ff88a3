//! A terminal without a person: tmux on a socket of its own.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{Home, PROGRAM, poll};

/// Its tmux server is killed with the test.
pub struct Terminal {
    folder: PathBuf,
}

/// The ended program's last screen stays, for the test to read.
const CONFIG: &str = "\
set -g remain-on-exit on
set -g default-terminal tmux-256color
set -g status off
set -s escape-time 0
";

impl Terminal {
    /// Starts the program with `args` in a terminal of 80 by 24 characters.
    pub fn start(
        home: &Home,
        args: &[&str],
        environment: impl IntoIterator<Item = (&'static str, OsString)>,
    ) -> Self {
        // The server of a terminal before may not have ended yet.
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let folder = home.path(&format!("tmux{}", STARTED.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("tmux.conf"), CONFIG).unwrap();
        let terminal = Self { folder };
        let mut command = terminal.tmux(["new-session", "-d", "-x", "80", "-y", "24", "-c"]);
        command.arg(home.path(""));
        command.env("LC_ALL", "C.UTF-8").envs(home.environment()).envs(environment);
        // `exec`, so that the pane's process is the program itself
        let quoted: Vec<String> = args.iter().map(|arg| format!("'{arg}'")).collect();
        command.arg(format!("exec '{PROGRAM}' {}", quoted.join(" ")));
        let done = command.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        terminal
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        let shot = self.tmux(["capture-pane", "-p"]).output().unwrap();
        String::from_utf8(shot.stdout).unwrap()
    }

    /// The screen and what was scrolled off it, wrapped lines joined: what a program leaves when it ends.
    pub fn left_behind(&self) -> String {
        let shot = self.tmux(["capture-pane", "-p", "-J", "-S", "-"]).output().unwrap();
        String::from_utf8(shot.stdout).unwrap()
    }

    /// Presses keys, named as tmux names them.
    pub fn press(&self, keys: &[&str]) {
        if keys.is_empty() {
            return;
        }
        let done = self.tmux(["send-keys"]).args(keys).status().unwrap();
        assert!(done.success());
    }

    /// Sends bytes as they are: what a terminal itself would answer.
    pub fn send(&self, bytes: &[u8]) {
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let done = self.tmux(["send-keys", "-H"]).args(hex).status().unwrap();
        assert!(done.success());
    }

    /// How long it took until the screen satisfied `what`; fails with the screen after `patience`.
    #[track_caller]
    pub fn wait_for(
        &self,
        what: &str,
        patience: Duration,
        satisfied: impl Fn(&str) -> bool,
    ) -> Duration {
        let started = Instant::now();
        let seen = poll(patience, || satisfied(&self.screen()).then(|| started.elapsed()));
        seen.unwrap_or_else(|| panic!("no {what} within {patience:?}:\n{}", self.screen()))
    }

    /// Whether the program is still there.
    pub fn alive(&self) -> bool {
        self.value("#{pane_dead}") == "0"
    }

    /// kill -9.
    pub fn kill_program(&self) {
        let pid = self.value("#{pane_pid}");
        assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
        let gone = || (!self.alive()).then_some(());
        assert!(poll(Duration::from_secs(10), gone).is_some(), "kill -9 did not end the program");
    }

    fn value(&self, format: &str) -> String {
        let shown = self.tmux(["display-message", "-p", format]).output().unwrap();
        String::from_utf8(shown.stdout).unwrap().trim().to_owned()
    }

    fn tmux<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-u").arg("-f").arg(self.folder.join("tmux.conf"));
        command.arg("-S").arg(self.folder.join("socket")).args(args);
        command.env_remove("TMUX").stdin(Stdio::null());
        command
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tmux(["kill-server"]).stderr(Stdio::null()).status();
    }
}

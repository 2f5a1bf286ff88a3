//! A private `PulseAudio` without sound card: a null sink whose monitor is the microphone.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{Home, Running, poll};

/// The loopback into a second sink gives the null sink a clock: without it sound comes late and at
/// the wrong rate.
const PULSE_SCRIPT: &str = "\
load-module module-native-protocol-unix
load-module module-null-sink sink_name=nul rate=48000 channels=2
load-module module-null-sink sink_name=drain rate=48000 channels=2
load-module module-loopback source=nul.monitor sink=drain latency_msec=30
set-default-sink nul
set-default-source nul.monitor
";

const ALSA_CONFIG: &str = "\
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse }
ctl.!default { type pulse }
";

/// Killed with the test.
pub struct SoundServer {
    folder: PathBuf,
    process: Option<Child>,
}

impl SoundServer {
    /// Starts a server whose files lie in `home`.
    pub fn start(home: &Home) -> Self {
        let folder = home.path("pulse");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("pulse.pa"), PULSE_SCRIPT).unwrap();
        std::fs::write(folder.join("alsa.conf"), ALSA_CONFIG).unwrap();
        let mut server = Self { folder, process: None };
        server.restart();
        server
    }

    /// Starts it again after [`Self::kill`].
    pub fn restart(&mut self) {
        let log = File::create(self.folder.join("log")).unwrap();
        let script = self.folder.join("pulse.pa");
        let mut command = self.tool("pulseaudio");
        command.arg("-n").arg("-F").arg(script).args([
            "--exit-idle-time=-1",
            "--use-pid-file=no",
            "--daemonize=no",
            "--system=false",
        ]);
        self.process = Some(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        let ready = || {
            let answer = self.tool("pactl").args(["list", "short", "sources"]).output().unwrap();
            String::from_utf8_lossy(&answer.stdout).contains("nul.monitor").then_some(())
        };
        if poll(Duration::from_secs(30), ready).is_none() {
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap();
            panic!("the sound server does not come up:\n{log}");
        }
    }

    /// Ends it without warning, as a device that is pulled out.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// The variables that lead a program to this server.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let socket = self.folder.join("pulse/native");
        vec![
            ("XDG_RUNTIME_DIR", self.folder.clone().into()),
            ("PULSE_SERVER", format!("unix:{}", socket.display()).into()),
            ("ALSA_CONFIG_PATH", self.folder.join("alsa.conf").into()),
        ]
    }

    /// Plays a file into the room, until it ends or the answer is dropped.
    pub fn play(&self, file: &Path) -> Running {
        let mut command = self.tool("paplay");
        command.arg(file).stdout(Stdio::null()).stderr(Stdio::null());
        Running::start(command)
    }

    fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command.envs(self.environment()).env("HOME", &self.folder).stdin(Stdio::null());
        for variable in ["DBUS_SESSION_BUS_ADDRESS", "PULSE_RUNTIME_PATH", "DISPLAY"] {
            command.env_remove(variable);
        }
        command
    }
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        self.kill();
    }
}

//! Which sound devices there are: through the PulseAudio protocol (PulseAudio, PipeWire) where a
//! server answers, else through ALSA.
//!
//! ALSA's own library writes its complaints to standard error, over a full screen. So it is asked
//! only where it can be expected to work: a sound card is there, or a configuration leads its
//! default device elsewhere. A card that fails when opened can still make it write a line.

use std::path::PathBuf;
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, Host, HostId};

use super::contain::contained;

/// The ending by which PulseAudio and PipeWire mark what a sink plays.
const MONITOR: &str = ".monitor";
/// A sound server that does not answer within this is taken for dead.
const PATIENCE: Duration = Duration::from_secs(4);
/// How ALSA calls the device that its configuration chooses.
const ALSA_DEFAULT: &str = "default";

/// A device that sound can be taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// As a person would call it; `mic:NAME` takes any part of it.
    pub name: String,
    /// Samples a second; 0 where the device could not be asked.
    pub rate: u32,
    /// Channels; 0 where the device could not be asked.
    pub channels: u16,
    /// Whether it is what the machine plays rather than a microphone.
    pub is_monitor: bool,
    /// Whether `mic` or `monitor` alone takes it.
    pub is_default: bool,
}

/// Which way sound goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Capture,
    Playback,
}

/// The way to the sound devices.
pub(super) struct Sound {
    host: Host,
    pub is_pulse: bool,
}

/// All devices that sound can be taken from. Empty where there are none or nothing answers.
#[must_use]
pub fn devices() -> Vec<DeviceInfo> {
    let (sender, answer) = crossbeam_channel::bounded(1);
    let asked = std::thread::Builder::new().name("sound devices".to_owned()).spawn(move || {
        let list = contained(|| Sound::open(Direction::Capture).map(|sound| sound.list()));
        let _ = sender.send(list.ok().and_then(Result::ok).unwrap_or_default());
    });
    match asked {
        Ok(_) => answer.recv_timeout(PATIENCE).unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

/// Whether there is something that `mic` would hear.
#[must_use]
pub fn has_microphone() -> bool {
    devices().iter().any(|device| !device.is_monitor)
}

/// Whether what this machine plays can be heard.
#[must_use]
pub fn has_monitor() -> bool {
    devices().iter().any(|device| device.is_monitor)
}

impl Sound {
    /// Connects to the sound server, or to ALSA.
    ///
    /// # Errors
    /// Why there is no sound, and what to do.
    pub fn open(direction: Direction) -> Result<Self, String> {
        let pulse = cpal::host_from_id(HostId::PulseAudio);
        let refused = match pulse {
            Ok(host) => return Ok(Self { host, is_pulse: true }),
            Err(error) => error,
        };
        if !alsa_can_work(direction) {
            let missing = match direction {
                Direction::Capture => "no microphone",
                Direction::Playback => "no loudspeaker",
            };
            return Err(format!(
                "no sound server answers ({refused}) and {missing} is found; start PulseAudio or \
                 PipeWire, or plug one in"
            ));
        }
        cpal::host_from_id(HostId::Alsa)
            .map(|host| Self { host, is_pulse: false })
            .map_err(|error| format!("ALSA cannot be used: {error}"))
    }

    /// The default microphone, or the one with `name` in its name.
    ///
    /// # Errors
    /// Why there is none.
    pub fn microphone(&self, name: Option<&str>) -> Result<Device, String> {
        let Some(name) = name else {
            return self
                .host
                .default_input_device()
                .ok_or_else(|| "no microphone is plugged in".to_owned());
        };
        let devices = self.inputs();
        let wanted = name.to_lowercase();
        let exact = devices.iter().find(|device| id(device) == name || label(device) == name);
        let partly = || {
            devices.iter().find(|device| {
                label(device).to_lowercase().contains(&wanted)
                    || id(device).to_lowercase().contains(&wanted)
            })
        };
        exact.or_else(partly).cloned().ok_or_else(|| {
            let names: Vec<_> = devices.iter().map(label).collect();
            let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            format!("no microphone is called '{name}'; there are: {there}")
        })
    }

    /// What the default output plays.
    ///
    /// # Errors
    /// Why it cannot be heard.
    pub fn monitor(&self) -> Result<Device, String> {
        if !self.is_pulse {
            return Err("what this machine plays can be heard only through PulseAudio or \
                        PipeWire, and neither answers; start one, or use mic"
                .to_owned());
        }
        let of_default = self.host.default_output_device().map(|sink| id(&sink) + MONITOR);
        let monitors: Vec<_> = self.inputs().into_iter().filter(is_monitor).collect();
        let chosen = monitors.iter().find(|device| Some(id(device)) == of_default);
        chosen
            .or(monitors.first())
            .cloned()
            .ok_or_else(|| "the sound server has no output to listen to".to_owned())
    }

    /// The default output.
    pub fn output(&self) -> Option<Device> {
        self.host.default_output_device()
    }

    fn inputs(&self) -> Vec<Device> {
        let inputs = self.host.input_devices().map(Iterator::collect::<Vec<_>>);
        inputs.unwrap_or_default()
    }

    fn list(&self) -> Vec<DeviceInfo> {
        let microphone = self.host.default_input_device().map(|device| id(&device));
        let monitor = self.monitor().ok().map(|device| id(&device));
        let mut devices = self.inputs();
        if !self.is_pulse {
            // ALSA lists each card many times over; these are the useful names.
            let useful = |device: &Device| id(device).starts_with("plughw:");
            devices.retain(useful);
            devices.splice(0..0, self.host.default_input_device());
        }
        devices
            .iter()
            .map(|device| {
                let config = device.default_input_config().ok();
                let is_monitor = self.is_pulse && is_monitor(device);
                let default = if is_monitor { &monitor } else { &microphone };
                DeviceInfo {
                    name: label(device),
                    rate: config.map_or(0, |config| config.sample_rate()),
                    channels: config.map_or(0, |config| config.channels()),
                    is_monitor,
                    is_default: *default == Some(id(device)),
                }
            })
            .collect()
    }
}

/// What the sound system calls the device.
fn id(device: &Device) -> String {
    device.id().map(|id| id.id().to_owned()).unwrap_or_default()
}

/// What people call the device.
pub(super) fn label(device: &Device) -> String {
    device.description().map_or_else(|_| id(device), |description| description.name().to_owned())
}

fn is_monitor(device: &Device) -> bool {
    id(device).ends_with(MONITOR)
}

/// Whether ALSA can be expected to have a device.
fn alsa_can_work(direction: Direction) -> bool {
    let word = match direction {
        Direction::Capture => "capture",
        Direction::Playback => "playback",
    };
    let cards = std::fs::read_to_string("/proc/asound/pcm").unwrap_or_default();
    let server = std::env::var_os("PULSE_SERVER").is_some();
    cards.contains(word) || alsa_files().iter().any(|text| leads_elsewhere(text, server))
}

/// The configurations by which people lead ALSA's default device elsewhere.
fn alsa_files() -> Vec<String> {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".asoundrc"));
    let named = std::env::var("ALSA_CONFIG_PATH").unwrap_or_default();
    let named = named.split(':').filter(|path| !path.is_empty()).map(PathBuf::from);
    home.into_iter()
        .chain([PathBuf::from("/etc/asound.conf")])
        .chain(named)
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .collect()
}

/// Whether this ALSA configuration sets a default device that may answer: one that is PulseAudio
/// can only where a server is named by PULSE_SERVER, since a local one was asked before.
fn leads_elsewhere(text: &str, server_named: bool) -> bool {
    let sets = text.lines().any(|line| {
        let line = line.trim_start().trim_start_matches('!');
        line.starts_with("pcm.!default") || line.starts_with("pcm.default")
    });
    sets && (server_named || !text.contains("pulse"))
}

/// Whether `name` is ALSA's word for "whatever the configuration says".
pub(super) fn is_alsa_default(name: &str) -> bool {
    name == ALSA_DEFAULT || name == "Default Audio Device"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alsa_is_asked_only_where_it_can_answer() {
        let pulse = "</usr/share/alsa/alsa.conf>\npcm.!default {type pulse}\n";
        assert!(!leads_elsewhere(pulse, false));
        assert!(leads_elsewhere(pulse, true));
        assert!(leads_elsewhere("pcm.!default { type plug slave.pcm \"loop\" }", false));
        assert!(!leads_elsewhere("# pcm.!default {type hw}\nctl.!default {type hw}", true));
    }

    #[test]
    fn asking_for_devices_comes_back() {
        let all = devices();
        assert_eq!(has_monitor(), all.iter().any(|device| device.is_monitor));
    }
}

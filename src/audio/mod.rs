//! Sound in and out: inputs, decoding, resampling, levels, playback.
//!
//! | file | holds |
//! | --- | --- |
//! | `decode` | one file as a stream of samples, however long or damaged it is |
//! | `reader` | the same as mono at a wanted rate |
//! | `resample` | any rate to any rate, aligned with its input |
//! | `spec`, `input` | where live sound comes from, and the one way to poll it |
//! | `capture`, `devices` | microphones and monitors, through PulseAudio/PipeWire or ALSA |
//! | `stdin`, `paced` | standard input; files and the demo at the speed of real sound |
//! | `web`, `playlist` | web addresses: files, streams, and playlists that say where those are |
//! | `level` | how loud a stretch of sound is |
//! | `playback` | a file to the loudspeakers |
//! | `engine`, `source`, `wav`, `guard`, `probe`, `contain` | what makes decoding survive bad files |

pub mod demo;

mod backoff;
mod capture;
mod contain;
mod decode;
mod devices;
mod engine;
mod error;
mod guard;
mod input;
mod level;
mod paced;
mod playback;
mod playlist;
mod probe;
mod reader;
mod resample;
mod source;
mod spec;
mod stdin;
mod wav;
mod web;

#[cfg(test)]
mod hostile_tests;

pub use contain::{contained, panics_are_contained};
pub use decode::Decoder;
pub use devices::{DeviceInfo, devices, has_microphone, has_monitor};
pub use error::{AudioError, Fault};
pub use input::{Input, InputUpdate};
pub use level::LevelMeter;
pub use paced::Generator;
pub use playback::Playback;
pub use reader::MonoReader;
pub use resample::Resampler;
pub use spec::{InputSpec, PcmFormat, PcmSample};
pub use web::open_web;

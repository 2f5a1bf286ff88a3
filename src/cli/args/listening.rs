//! What hears: enrolling, naming, listening.

use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe index ~/Music\n\n\
It can be stopped with Ctrl-C at any moment (exit status 1) and goes on where it stopped.")]
pub struct IndexArgs {
    /// Folders (or single files)
    #[arg(required = true, value_name = "DIR")]
    pub dirs: Vec<PathBuf>,
    /// Try files again that failed before and have not changed
    #[arg(long)]
    pub retry_failed: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe identify clip.wav\n  \
echovibe identify --timeline friday-mix.mp3\n  \
ffmpeg -i video.mkv -f wav - | echovibe identify -\n\n\
Exit status: 0 when a recording was named, 1 when none was, 2 on an error.")]
pub struct IdentifyArgs {
    /// Recordings: files or web addresses; - is standard input. Of a station's stream a minute is heard at most
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// All the tracks in a long recording (a mix, an hour of radio), from when to when
    #[arg(long)]
    pub timeline: bool,
    /// One JSON object a recording
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe listen --once --timeout 20\n  \
echovibe listen --input monitor --json\n  \
echovibe listen --now-playing ~/obs/now.txt --now-playing-idle \"(silence)\"\n  \
echovibe listen --on-track \"notify-send -- {title} {artist}\"\n  \
echovibe listen --on-track \"mosquitto_pub -t music -m {json}\"\n  \
arecord -f S16_LE -r 44100 -c 2 -t wav | echovibe listen --input -\n\n\
Every track is kept in the history. Fields are {title}, {artist}, {album}, {path}, {track_id}, {offset_s}, \
{confidence}, {heard_s}, {at}, {input} and {json} (the line that --json prints). A command is not run by \
a shell: quotes are understood, pipes and variables are not, and a title is always one word, or part of \
one. The same is in its environment: ECHOVIBE_TITLE and so on, and ECHOVIBE_EVENT (track or stop).\n\n\
Microphones, monitors and stations that go away are waited for. It can be stopped at any moment (Ctrl-C, SIGTERM); \
what was printed is in the history then. Under systemd it tells when it is ready (Type=notify) and that \
it is alive (WatchdogSec=). The defaults of these options are in [listen] of the configuration.\n\n\
Exit status: 0 when a track was named, 1 when none was, 2 on an error.")]
pub struct ListenArgs {
    /// mic[:NAME], monitor, file:PATH, a web address (a station's stream, or a file), - (standard input) or demo.
    /// Raw sound on standard input is written -:s16le:44100:2 (format, rate, channels)
    #[arg(long, value_name = "INPUT", allow_hyphen_values = true)]
    pub input: Option<String>,
    /// Stop after the first track; a file of --now-playing then keeps it
    #[arg(long)]
    pub once: bool,
    /// Stop after so many seconds
    #[arg(long, value_name = "S")]
    pub timeout: Option<f64>,
    /// One JSON object a track
    #[arg(long)]
    pub json: bool,
    /// Keep what plays now in this file (repeatable): text, or an object where it ends in .json. It is
    /// replaced at each new track, and says so when the music stops ("" for no file)
    #[arg(long, value_name = "FILE")]
    pub now_playing: Vec<OsString>,
    /// What stands there, with fields; what is in [...] is left out where one of its fields is empty
    #[arg(long, value_name = "TEMPLATE", allow_hyphen_values = true)]
    pub now_playing_format: Option<String>,
    /// What stands there while nothing plays
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub now_playing_idle: Option<String>,
    /// Run this command at each new track ("" for none)
    #[arg(long, value_name = "COMMAND")]
    pub on_track: Option<String>,
    /// Run this command when the music stops ("" for none)
    #[arg(long, value_name = "COMMAND")]
    pub on_stop: Option<String>,
    /// End a command that takes longer than so many seconds
    #[arg(long, value_name = "S")]
    pub command_timeout: Option<f64>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe demo\n\n\
The demo has a library, history and taste of its own; yours are not touched.")]
pub struct DemoArgs {
    /// Do not open the screen at the end
    #[arg(long)]
    pub no_screen: bool,
    /// One JSON object a clip
    #[arg(long)]
    pub json: bool,
}

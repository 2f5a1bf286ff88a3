//! What can be typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum};

use super::picture;
use crate::picture::{Colormap, MapPicture, SpectrogramPicture};
use crate::store::people::Role;

/// Hear it, know it, find what comes next.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Without a command the screen opens.\n\n\
Examples:\n  echovibe demo                 see it work, without music or microphone\n  \
echovibe index ~/Music        enrol your music\n  \
echovibe                      open the screen and listen\n  \
echovibe identify clip.wav    name a recording")]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    /// What the screen listens to: mic[:NAME], monitor, file:PATH, a web address (a station's stream, or a
    /// file), - (standard input), demo.
    /// Raw sound on standard input is written -:s16le:44100:2 (format, rate, channels)
    #[arg(long, value_name = "INPUT", allow_hyphen_values = true)]
    pub input: Option<String>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// Where library, history and taste are kept (also ECHOVIBE_DATA_DIR)
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Configuration file (also ECHOVIBE_CONFIG)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keep it in this PostgreSQL database instead, postgres://USER@HOST:5432/DATABASE, which several servers may
    /// share; the password in PGPASSWORD (also ECHOVIBE_STORE)
    #[arg(long, global = true, value_name = "URL", help_heading = "Server")]
    pub store: Option<String>,
    /// Use the library of this index server, https://HOST:PORT (also ECHOVIBE_SERVER)
    #[arg(long, global = true, value_name = "URL", help_heading = "Server")]
    pub server: Option<String>,
    /// File with the token for the server (also ECHOVIBE_TOKEN_FILE, or the token itself in ECHOVIBE_TOKEN)
    #[arg(long, global = true, value_name = "FILE", help_heading = "Server")]
    pub token_file: Option<PathBuf>,
    /// The token itself; others on this machine can see it in the list of processes: better a file
    #[arg(
        long,
        global = true,
        value_name = "T",
        help_heading = "Server",
        conflicts_with = "token_file"
    )]
    pub token: Option<String>,
    /// Certificate (PEM) to know the server by, where it is not one of the system's (also
    /// ECHOVIBE_SERVER_CA)
    #[arg(long, global = true, value_name = "FILE", help_heading = "Server")]
    pub server_ca: Option<PathBuf>,
    /// Do not ask this machine's own library beside the server's (also recognition.own_library of the
    /// configuration)
    #[arg(long, global = true, help_heading = "Server")]
    pub server_only: bool,
    /// Say only what was asked for
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more in the log (twice: everything)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Enrol or refresh folders; only new and changed files are decoded
    Index(IndexArgs),
    /// Name recordings
    Identify(IdentifyArgs),
    /// Keep listening and report each track once when it starts
    Listen(ListenArgs),
    /// What to play next, and why
    Recommend(RecommendArgs),
    /// You like a track
    Like(TrackArgs),
    /// Take a like back
    Unlike(TrackArgs),
    /// You do not want a track now
    Skip(SkipArgs),
    /// You played a track
    Play(PlayArgs),
    /// Give a track 1 to 5 stars
    Rate(RateArgs),
    /// Keep a track for later
    Save(TrackArgs),
    /// Do not keep a track for later any more
    Unsave(TrackArgs),
    /// Never be offered a track again
    Ban(TrackArgs),
    /// Let a track be offered again
    Unban(TrackArgs),
    /// Take over what was played with other programs, or what other people play
    Import(ImportArgs),
    /// Look at and tidy the index
    Library(LibraryArgs),
    /// What was heard, liked, skipped and played, newest first
    History(HistoryArgs),
    /// Your library and your taste in numbers
    Stats(JsonArgs),
    /// The library as a picture: tracks that sound alike lie together
    Map(MapArgs),
    /// A picture of a recording
    Spectrogram(SpectrogramArgs),
    /// Share this library: the index server
    Serve(ServeArgs),
    /// Accounts of the index server and their tokens
    User(UserArgs),
    /// Make a small library, index it and name noisy clips from it
    Demo(DemoArgs),
    /// Check microphone, network, store and terminal; repair the store
    Doctor(DoctorArgs),
    /// Write everything that is kept to one file, while it is in use
    Backup(BackupArgs),
    /// Put a backup back, all of it or nothing
    Restore(RestoreArgs),
    /// Measure how well it recognises and recommends, on your own folders
    Eval(super::eval::EvalArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    #[command(after_help = "Example:\n  echovibe man | man -l -")]
    Man,
}

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
#[command(after_help = "Examples:\n  echovibe recommend --seed \"dune sea\" -n 10\n  \
echovibe recommend --seed 14 --seed download.mp3 --mood calm\n  \
echovibe recommend --from \"dune sea\" --to \"nine hands\" -n 12 --out evening.m3u\n  \
echovibe recommend --radio --json --mood-file ~/.mood | my-player\n\n\
A playlist written with --out takes its format from the ending of FILE (.m3u, .m3u8, .jspf, .json)\n\
unless an option names one. FILE is replaced at once, when it is complete.\n\n\
Exit status: 0 when something is offered, 1 when nothing is, 2 on an error.")]
pub struct RecommendArgs {
    /// What to start from (repeatable): a track of the library (id, path or piece of "artist title"),
    /// or any audio file
    #[arg(long, value_name = "TRACK")]
    pub seed: Vec<String>,
    /// A way from this track or file to that of --to, in even steps
    #[arg(long, value_name = "TRACK", requires = "to", conflicts_with = "seed")]
    pub from: Option<String>,
    /// Where the way ends
    #[arg(long, value_name = "TRACK", requires = "from")]
    pub to: Option<String>,
    /// How many
    #[arg(short = 'n', value_name = "N")]
    pub count: Option<usize>,
    /// A mood: a name of the configuration (calm, happy, tense, dark, driving, focus), a word for one,
    /// or a place, VALENCE,ENERGY, each from -1 to 1
    #[arg(long, value_name = "MOOD", group = "mood_source", allow_hyphen_values = true)]
    pub mood: Option<String>,
    /// Read the mood from the first line of this file; the radio looks again when it changes
    #[arg(long, value_name = "FILE", group = "mood_source")]
    pub mood_file: Option<PathBuf>,
    /// Take the mood from the first line that this command prints; the radio runs it for every offer.
    /// No shell runs it: quotes are understood, pipes and variables are not
    #[arg(long, value_name = "COMMAND", group = "mood_source")]
    pub mood_command: Option<String>,
    /// One offer after another without end (-n ends it), each from what came before it and from what
    /// you say meanwhile
    #[arg(long, conflicts_with_all = ["from", "jspf", "out"])]
    pub radio: bool,
    /// Radio: wait with the next offer until the last was played or skipped, or its time has passed.
    /// Always so on a terminal
    #[arg(long, requires = "radio")]
    pub paced: bool,
    /// Print an M3U playlist
    #[arg(long, group = "format")]
    pub m3u: bool,
    /// Print a JSPF playlist
    #[arg(long, group = "format")]
    pub jspf: bool,
    /// One JSON object a track
    #[arg(long, group = "format")]
    pub json: bool,
    /// Write the files' paths as seen from this folder, not absolute
    #[arg(long, value_name = "DIR")]
    pub relative_to: Option<PathBuf>,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe like \"dune sea\"\n  echovibe save 14 --json\n  \
echovibe ban \"elevator\"")]
pub struct TrackArgs {
    /// Id, path or unambiguous piece of "artist title"
    #[arg(value_name = "TRACK")]
    pub track: String,
    /// Print the event recorded as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe skip \"dune sea\" --share 0.1")]
pub struct SkipArgs {
    #[command(flatten)]
    pub track: TrackArgs,
    /// Share of the track that was heard, 0 to 1
    #[arg(long, value_parser = share)]
    pub share: Option<f64>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe play \"dune sea\" --share 0.8")]
pub struct PlayArgs {
    #[command(flatten)]
    pub track: TrackArgs,
    /// Share of the track that was heard, 0 to 1
    #[arg(long, default_value = "1", value_parser = share)]
    pub share: f64,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe rate \"dune sea\" 5")]
pub struct RateArgs {
    #[command(flatten)]
    pub track: TrackArgs,
    /// 1 to 5
    #[arg(value_parser = clap::value_parser!(u8).range(1..=5))]
    pub stars: u8,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe import lastfm.csv\n  \
echovibe import --dry-run --all listens/2024/*.jsonl\n  \
echovibe import --of eva eva-lastfm.json\n\n\
Files are exports of Last.fm (CSV, JSON), ListenBrainz (JSON, JSONL) or Spotify (extended history),\n\
a .scrobbler.log, or a table ARTIST,TITLE[,COUNT][,TIME], with a first line of names where the columns\n\
are others. Plays are matched to the library by artist and title and become events of the log at their\n\
own times; a play that was taken over before is not taken over again, so the same command can be\n\
repeated, or go on where it was stopped. Plays of other people (--of, or a column user) move nobody's\n\
taste: they tell recommend what like-minded people play. Without FILE the people known are listed.\n\n\
Exit status: 0 when something is of the library, 1 when nothing is, 2 on an error.")]
pub struct ImportArgs {
    /// What other programs kept
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The plays are of this person, not yours; they replace what was known of that one
    #[arg(long, value_name = "NAME", requires = "files")]
    pub of: Option<String>,
    /// Forget the plays of this person
    #[arg(long, value_name = "NAME", conflicts_with_all = ["files", "of"])]
    pub forget: Option<String>,
    /// Only say what would be done
    #[arg(long, requires = "files")]
    pub dry_run: bool,
    /// List all songs that are not in the library, not only the most played
    #[arg(long, requires = "files")]
    pub all: bool,
    /// One JSON object a missing song or person, and a summary
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe library list --json\n  \
echovibe library list --failed\n  echovibe library show 14\n  \
echovibe library dedupe")]
pub struct LibraryArgs {
    #[command(subcommand)]
    pub command: LibraryCommand,
}

#[derive(Debug, Subcommand)]
pub enum LibraryCommand {
    /// All tracks, or the files that failed
    #[command(after_help = "Example:\n  echovibe library list --failed")]
    List {
        /// Files that could not be enrolled, and why
        #[arg(long)]
        failed: bool,
        /// One JSON object a row
        #[arg(long)]
        json: bool,
    },
    /// All that is known of a track
    #[command(after_help = "Example:\n  echovibe library show \"dune sea\"")]
    Show(TrackArgs),
    /// Forget tracks; files and history stay
    #[command(after_help = "Example:\n  echovibe library remove 14")]
    Remove(TrackArgs),
    /// List files that are the same recording, and which of them to keep
    Dedupe(DedupeArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe library dedupe\n  \
echovibe library dedupe --remove\n  echovibe library dedupe --json\n\n\
The same recording in other encodings, or with its ends cut, is found; covers, remixes and other\n\
versions are not. Of each recording the lossless copy is kept, else the longest, else the one with\n\
the highest bitrate, else the one with the best tags. Files are never touched.\n\n\
Exit status: 0 when there are copies, 1 when there are none, 2 on an error.")]
pub struct DedupeArgs {
    /// Take the copies out of the library; the files stay, and later index runs leave them out
    /// (unless with --retry-failed)
    #[arg(long)]
    pub remove: bool,
    /// Do not ask before removing
    #[arg(long, requires = "remove")]
    pub yes: bool,
    /// One JSON object a recording
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe history -n 20 --json")]
pub struct HistoryArgs {
    /// At most so many
    #[arg(short = 'n', value_name = "N")]
    pub count: Option<usize>,
    /// One JSON object an event
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe stats --json")]
pub struct JsonArgs {
    /// One JSON object a row
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe map\n  \
echovibe map --out library.svg --light\n  \
echovibe map --json | jq -r '[.x, .y, .title] | @csv'\n\n\
Each track of the library is a point, its colour what it sounds like. In an SVG a pointer that rests on a\n\
point tells its name, and titles may have any letters; a PNG has Latin ones. The screen shows the same map\n\
(key 7) and moves in it.\n\n\
Exit status: 0 when it is drawn, 1 when there is nothing to draw, 2 on an error.")]
pub struct MapArgs {
    /// Where to: a name that ends in .png or .svg, or - (a PNG on standard output). Unless it is given the
    /// picture is echovibe-map.png here, and with --json there is none. A file of that name is replaced
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// How tracks are laid out
    #[arg(long, value_enum, default_value = "auto")]
    pub layout: MapLayout,
    /// Pixels of the whole picture
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1600x1200",
        value_parser = |text: &str| picture::size(text, MapPicture::SMALLEST))]
    pub size: [u32; 2],
    /// On a light ground
    #[arg(long)]
    pub light: bool,
    /// Print the points, one JSON object a track
    #[arg(long)]
    pub json: bool,
}

/// How the tracks of a map are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MapLayout {
    /// By nearness, or along two directions where there are too few or too many tracks for that
    Auto,
    /// Along the two directions in which styles differ most
    Pca,
    /// By nearness: what sounds alike lies together; distances far apart say little
    Umap,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe spectrogram song.flac\n  \
echovibe spectrogram mix.mp3 --from 31:20 --to 32:00 --colours viridis --out drop.png\n  \
echovibe spectrogram talk.wav --mel --colours paper --size 2400x800 --out talk.svg\n\n\
It shows what the network hears and the screen draws: 60 to 7 800 Hz, in equal steps of pitch. Of a long\n\
recording each column is the loudest of its moments.\n\n\
Exit status: 0 when it is drawn, 2 on an error.")]
pub struct SpectrogramArgs {
    /// The recording; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where to: a name that ends in .png or .svg, or - (a PNG on standard output). Unless it is given the
    /// picture is NAME.spectrogram.png here. A file of that name is replaced
    #[arg(short, long, value_name = "OUT")]
    pub out: Option<PathBuf>,
    /// Begin here: seconds, or 1:23
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = moment, hide_default_value = true)]
    pub from: f64,
    /// End here: seconds, or 1:23
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub to: Option<f64>,
    /// Pixels of the whole picture
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1600x800",
        value_parser = |text: &str| picture::size(text, SpectrogramPicture::SMALLEST))]
    pub size: [u32; 2],
    /// The colour map; paper is for a light ground
    #[arg(long, value_name = "MAP", default_value = "magma", value_parser = colours())]
    pub colours: Colormap,
    /// Equal steps of the mel scale, not of pitch
    #[arg(long)]
    pub mel: bool,
    /// Decibels from the darkest to the brightest
    #[arg(long, value_name = "DB", default_value = "70", value_parser = range_db)]
    pub range: f32,
    /// Print what was drawn as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe doctor\n  echovibe doctor --repair\n\n\
Without --repair it only tells. A repair brings back what a bad disk took: the database from what is\n\
readable of it and from the snapshots, fingerprints from the files still there. What it replaces is\n\
set aside in a folder damaged-... beside it. Nothing else may use the data folder meanwhile.\n\n\
Exit status: 0 when all is well, 1 when something lacks or could not be brought back, 2 on an error.")]
pub struct DoctorArgs {
    /// Bring back what is damaged or lost
    #[arg(long)]
    pub repair: bool,
    /// One JSON object a check
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe backup /mnt/disk/echovibe-2026-11-22.tar.gz\n  \
echovibe backup --force /mnt/disk/echovibe.tar.gz\n  \
echovibe backup - | ssh nas \"cat > echovibe.tar.gz\"\n\n\
The file holds library, fingerprints, history and taste; your music and the configuration are not in \
it. The screen, `listen`, `index` and the server may go on meanwhile: it is as of one moment. It is a \
tar archive (gzip), and has its name only when it is whole.\n\n\
Exit status: 0 when it is made, 2 on an error or when stopped.")]
pub struct BackupArgs {
    /// Where to; - is standard output
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    pub force: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe restore /mnt/disk/echovibe-2026-11-22.tar.gz\n  \
echovibe --data-dir /srv/echovibe restore --force echovibe.tar.gz\n\n\
All of it is read and checked before anything is replaced; stopped before that (Ctrl-C), everything is \
as it was. Nothing else may use the data folder meanwhile. What --force replaces is set aside in a \
folder replaced-... inside it.\n\n\
Exit status: 0 when it is back, 2 on an error or when stopped.")]
pub struct RestoreArgs {
    /// The backup; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Replace the library, history and taste that are there
    #[arg(long)]
    pub force: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
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

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe completions bash > /etc/bash_completion.d/echovibe")]
pub struct CompletionsArgs {
    /// bash, zsh, fish, elvish or powershell
    pub shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe user add ann --role admin\n  \
echovibe serve\n  \
echovibe serve --listen 0.0.0.0:7878 --tls-cert fullchain.pem --tls-key privkey.pem\n  \
echovibe serve --store postgres://echovibe@db/echovibe --index milvus://milvus:19530\n\n\
It shares the library of --data-dir, which other commands may go on using. Ctrl-C ends it when the\n\
requests in hand are finished. What it allows is in the configuration, [server].\n\
The interface is told at /v1/openapi.json, numbers for Prometheus at /metrics (role admin).")]
pub struct ServeArgs {
    /// Where to listen; port 0 takes a free one, which is printed
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7878")]
    pub listen: String,
    /// Search in this Milvus, milvus://HOST:19530[/DATABASE] or milvus+tls://..., which several servers may share;
    /// user:password in ECHOVIBE_MILVUS_TOKEN (also ECHOVIBE_INDEX)
    #[arg(long, value_name = "URL")]
    pub index: Option<String>,
    /// Certificate (PEM) for TLS, with those that signed it
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Plain HTTP although other machines can reach it: only where the network itself is trusted
    #[arg(long, conflicts_with = "tls_cert")]
    pub plain_http: bool,
    /// Print where it listens as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  echovibe user add ann\n  \
echovibe user add studio --role contributor > studio.token\n  echovibe user list\n  \
echovibe user revoke ann\n\n\
A reader asks and keeps a taste of its own; a contributor also adds music; an admin also removes\n\
anything and looks after accounts. A token is shown once. The server may run meanwhile.")]
pub struct UserArgs {
    #[command(subcommand)]
    pub command: UserCommand,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account and print its token, once
    #[command(after_help = "Example:\n  echovibe user add ann --role contributor --json")]
    Add {
        /// What the person is called
        name: String,
        /// reader, contributor or admin
        #[arg(long, default_value = "reader")]
        role: Role,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// All accounts
    #[command(after_help = "Example:\n  echovibe user list --json")]
    List {
        /// One JSON object an account
        #[arg(long)]
        json: bool,
    },
    /// Close an account: its token is worth nothing from then on
    #[command(after_help = "Example:\n  echovibe user revoke ann")]
    Revoke {
        /// Whose
        name: String,
    },
    /// Print a new token of an account, once; the old one is worth nothing from then on
    #[command(after_help = "Example:\n  echovibe user token ann > ann.token")]
    Token {
        /// Whose
        name: String,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}

/// The names of the colour maps.
fn colours() -> impl TypedValueParser<Value = Colormap> {
    PossibleValuesParser::new(Colormap::ALL.map(|(name, _)| name)).map(|name| {
        let named = Colormap::ALL.into_iter().find(|(known, _)| *known == name);
        named.map_or(Colormap::Magma, |(_, map)| map)
    })
}

fn range_db(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|range| (10.0..=150.0).contains(range))
        .ok_or_else(|| "must be a number from 10 to 150".to_owned())
}

/// Seconds, `m:ss` or `h:mm:ss`.
fn moment(text: &str) -> Result<f64, String> {
    let mut seconds = 0.0;
    for (i, part) in text.split(':').enumerate() {
        let value: Option<f64> = part.parse().ok().filter(|v: &f64| v.is_finite() && *v >= 0.0);
        let value = value.filter(|value| i < 3 && (i == 0 || *value < 60.0));
        seconds = seconds * 60.0 + value.ok_or("write seconds, or 1:23")?;
    }
    Ok(seconds)
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "must be a number from 0 to 1".to_owned())
}

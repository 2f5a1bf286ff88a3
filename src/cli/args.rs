//! What can be typed.

mod library;
mod listening;
mod offers;
mod pictures;
mod server;
mod upkeep;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
pub use library::{DedupeArgs, HistoryArgs, ImportArgs, LibraryArgs, LibraryCommand};
pub use listening::{DemoArgs, IdentifyArgs, IndexArgs, ListenArgs};
pub use offers::{PlayArgs, RateArgs, RecommendArgs, SkipArgs, TrackArgs};
pub use pictures::{MapArgs, MapLayout, SpectrogramArgs};
pub use server::{ServeArgs, UserArgs, UserCommand};
pub use upkeep::{BackupArgs, DoctorArgs, RestoreArgs};

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
#[command(after_help = "Example:\n  echovibe stats --json")]
pub struct JsonArgs {
    /// One JSON object a row
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echovibe completions bash > /etc/bash_completion.d/echovibe")]
pub struct CompletionsArgs {
    /// bash, zsh, fish, elvish or powershell
    pub shell: clap_complete::Shell,
}

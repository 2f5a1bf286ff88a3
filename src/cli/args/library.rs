//! What is there, and what was played.

use std::path::PathBuf;

use clap::Subcommand;

use super::TrackArgs;

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

//! Looking after the data folder.

use std::path::PathBuf;

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

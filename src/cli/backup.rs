//! `backup` and `restore`.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, IsTerminal, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use color_eyre::eyre::{Report, eyre};
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::args::{BackupArgs, RestoreArgs};
use super::context::Context;
use super::index::stop_on_signal;
use super::output::{Found, Output};
use crate::store::records::shown;
use crate::store::{self, BackupError, Saved, Store, Watch};

/// What `backup --json` prints.
#[derive(Debug, Serialize)]
struct SavedRow {
    file: String,
    bytes: u64,
    #[serde(flatten)]
    saved: Saved,
    elapsed_s: f64,
}

/// What `restore --json` prints.
#[derive(Debug, Serialize)]
struct RestoredRow {
    data_dir: String,
    created: jiff::Timestamp,
    tracks: usize,
    events: usize,
    aside: Option<String>,
}

/// Makes a backup.
pub fn make(context: &Context, args: &BackupArgs) -> Result<Found, Report> {
    let started = Instant::now();
    let store = context.own_store("backup")?;
    let stop = stop_on_signal("stopping; no backup is left");
    let (bytes, saved) = if args.file.as_os_str() == "-" {
        if io::stdout().is_terminal() {
            return Err(eyre!("a backup is nothing for a terminal: name a file, or pipe it on"));
        }
        let mut out = Counted { to: io::stdout().lock(), bytes: 0 };
        let saved = write(context, &store, &mut out, &stop)?;
        (out.bytes, saved)
    } else {
        to_file(context, &store, args, &stop)?
    };
    let elapsed_s = super::rows::thousandths(started.elapsed().as_secs_f64());
    let row = SavedRow { file: shown(&args.file), bytes, saved, elapsed_s };
    if args.file.as_os_str() == "-" {
        context.tell(&text(&row));
    } else {
        Output::new(args.json).row(&row, text)?;
    }
    Ok(Found::Yes)
}

/// Puts a backup back.
pub fn put_back(context: &Context, args: &RestoreArgs) -> Result<Found, Report> {
    if context.server.is_some() {
        return Err(eyre!("restore works on a data folder of this machine: leave out --server"));
    }
    if context.database.is_some() {
        return Err(eyre!(
            "restore works on a data folder; what is in PostgreSQL is put back with pg_restore: leave out --store"
        ));
    }
    let stop = stop_on_signal("stopping; what was there stays");
    let (from, total): (Box<dyn Read>, u64) = if args.file.as_os_str() == "-" {
        (Box::new(io::stdin().lock()), 0)
    } else {
        let unread = |e| eyre!("cannot read {}: {e}", args.file.display());
        let file = File::open(&args.file).map_err(unread)?;
        let about = file.metadata().map_err(unread)?;
        if about.is_dir() {
            return Err(eyre!("{} is a folder, not a backup", args.file.display()));
        }
        (Box::new(BufReader::with_capacity(1 << 16, file)), about.len())
    };
    let bar = bar(context.quiet);
    bar.set_length(total);
    let mut from = bar.wrap_read(from);
    let watch = Watch { progress: &|_, _| {}, stop: &stop };
    let restored = store::restore(&mut from, &context.data_dir, args.force, &watch);
    bar.finish_and_clear();
    let restored = restored.map_err(|error| match error {
        BackupError::Foreign(_) | BackupError::Damaged(_) | BackupError::Newer { .. } => {
            eyre!("{}: {error}", args.file.display())
        }
        error => error.into(),
    })?;
    let row = RestoredRow {
        data_dir: shown(&context.data_dir),
        created: restored.created,
        tracks: restored.tracks,
        events: restored.events,
        aside: restored.aside.as_deref().map(shown),
    };
    Output::new(args.json).row(&row, |row| {
        let mut text = format!(
            "{} tracks and {} events of {} are back in {}",
            row.tracks,
            row.events,
            row.created.strftime("%Y-%m-%d %H:%M UTC"),
            row.data_dir
        );
        if let Some(aside) = &row.aside {
            text.push_str(&format!(
                "\nwhat was there before is in {aside}; delete it when all is well"
            ));
        }
        text
    })?;
    Ok(Found::Yes)
}

fn text(row: &SavedRow) -> String {
    format!(
        "{}: {} records and {} of fingerprints in {}, {:.1} s",
        row.file,
        row.saved.records,
        HumanBytes(row.saved.fingerprint_bytes),
        HumanBytes(row.bytes),
        row.elapsed_s
    )
}

/// Writes beside the file and puts it there when it is whole, so that no half a backup has its name.
fn to_file(
    context: &Context,
    store: &Store,
    args: &BackupArgs,
    stop: &AtomicBool,
) -> Result<(u64, Saved), Report> {
    let path = checked(&args.file, store, args.force)?;
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    let part = path.with_file_name(name);
    let unwritten = |e: io::Error| eyre!("cannot write {}: {e}", path.display());
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(&part);
    let mut out = Counted { to: file.map_err(unwritten)?, bytes: 0 };
    let written = write(context, store, &mut out, stop).and_then(|saved| {
        let put = || -> io::Result<()> {
            out.to.sync_all()?;
            fs::rename(&part, &path)?;
            path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
        };
        put().map_err(unwritten)?;
        Ok(saved)
    });
    match written {
        Ok(saved) => Ok((out.bytes, saved)),
        Err(error) => {
            drop(fs::remove_file(&part));
            Err(error)
        }
    }
}

/// Where the backup goes, if it may go there.
fn checked(file: &Path, store: &Store, force: bool) -> Result<PathBuf, Report> {
    let name = file.file_name().ok_or_else(|| eyre!("{} is no name for a file", file.display()))?;
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let folder =
        folder.canonicalize().map_err(|e| eyre!("cannot write to {}: {e}", folder.display()))?;
    if folder.starts_with(store.dir()) {
        return Err(eyre!(
            "{} is in the data folder itself; choose another place, best on another disk",
            file.display()
        ));
    }
    let path = folder.join(name);
    match fs::symlink_metadata(&path) {
        Ok(there) if !there.is_file() => Err(eyre!("{} is not a regular file", file.display())),
        Ok(_) if !force => {
            Err(eyre!("{} is there already; give --force to replace it", file.display()))
        }
        _ => Ok(path),
    }
}

fn write(
    context: &Context,
    store: &Store,
    to: &mut dyn Write,
    stop: &AtomicBool,
) -> Result<Saved, Report> {
    let bar = bar(context.quiet);
    let progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let saved = store::backup(store, to, &Watch { progress: &progress, stop });
    bar.finish_and_clear();
    Ok(saved?)
}

fn bar(quiet: bool) -> ProgressBar {
    let bar = ProgressBar::new(0);
    bar.set_draw_target(if quiet {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    });
    let style = ProgressStyle::with_template("{bar:28} {bytes} of {total_bytes}  {bytes_per_sec}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

struct Counted<W> {
    to: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.to.write(buffer)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

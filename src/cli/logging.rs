//! The log: a file in the data folder, since the screen owns the terminal.

use std::fs::OpenOptions;
use std::path::PathBuf;

use color_eyre::eyre::{Report, eyre};
use tracing_subscriber::EnvFilter;

use super::context::Context;

/// A log larger than this is begun anew, the old one kept beside it.
const LARGEST: u64 = 1 << 20;

/// Starts the log. Commands other than the screen log to standard error when `-v` asks for it.
pub fn start(context: &Context, screen: bool) -> Result<(), Report> {
    let level = match context.verbose {
        0 => "echovibe=warn",
        1 => "echovibe=info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("ECHOVIBE_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    if context.verbose > 0 && !screen {
        log.with_writer(std::io::stderr).init();
        return Ok(());
    }
    std::fs::create_dir_all(&context.data_dir).map_err(|e| {
        let dir = context.data_dir.display();
        eyre!("cannot make the data folder {dir}: {e}; choose another with --data-dir")
    })?;
    let path = path(context);
    if std::fs::metadata(&path).is_ok_and(|meta| meta.len() > LARGEST) {
        drop(std::fs::rename(&path, path.with_extension("log.old")));
    }
    // A read-only data folder is no reason not to run.
    if let Ok(file) = OpenOptions::new().create(true).append(true).open(&path) {
        log.with_ansi(false).with_writer(std::sync::Mutex::new(file)).init();
    }
    Ok(())
}

/// Where the log is.
pub fn path(context: &Context) -> PathBuf {
    context.data_dir.join("echovibe.log")
}

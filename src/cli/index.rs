//! `index DIR...`

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use color_eyre::eyre::Report;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::IndexArgs;
use super::context::Context;
use super::output::{Found, Output};
use crate::embed::Network;
use crate::library::{
    Catalogue, Progress, RefreshOptions, Summary, maintain_cells, refresh, remember_folders,
};
use crate::store::Store;

/// Failures shown at the end; `library list --failed` has them all.
const SHOWN_FAILURES: usize = 20;

pub fn run(context: &Context, args: &IndexArgs) -> Result<Found, Report> {
    let store = context.store()?;
    let network = Network::load()?;
    let stop = stop_on_signal("stopping after the files in hand; what is done is kept");
    let bar = progress_bar(context.quiet);
    let summary = refresh(
        &store,
        &network,
        &RefreshOptions {
            roots: &args.dirs,
            retry_failed: args.retry_failed,
            stop: &stop,
            progress: &|progress| show(&bar, progress),
        },
    )?;
    bar.finish_and_clear();
    remember_folders(&context.data_dir, &args.dirs);
    make_cells(context, &store, &network)?;
    Output::new(args.json).row(&summary, text)?;
    Ok((!summary.stopped).into())
}

/// A large library is searched in cells: they are made here, rather than while somebody listens.
fn make_cells(context: &Context, store: &Store, network: &Network) -> Result<(), Report> {
    let catalogue = Catalogue::load(store, network.id())?;
    let due = catalogue.read().unwrap_or_else(PoisonError::into_inner).index().needs_cells();
    if due {
        context.tell("sorting the fingerprints into cells, so that searching stays quick");
        maintain_cells(&catalogue, &context.data_dir, network.id())?;
    }
    Ok(())
}

/// A flag that Ctrl-C, a hang-up or a termination sets, saying so. A second Ctrl-C ends at once, which
/// loses no more than the first.
pub fn stop_on_signal(say: &'static str) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let set = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("{say}");
    });
    if let Err(e) = set {
        tracing::warn!("signals are not watched: {e}");
    }
    stop
}

pub fn progress_bar(quiet: bool) -> ProgressBar {
    let bar = ProgressBar::new(0);
    bar.set_draw_target(if quiet {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    });
    let style = "{bar:28} {percent:>3} %  {msg}  {eta} left";
    bar.set_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}

pub fn show(bar: &ProgressBar, progress: Progress) {
    match progress {
        Progress::Planned { files, bytes } => {
            bar.set_length(bytes);
            bar.set_prefix(files.to_string());
            bar.set_message(format!("0 of {files} files"));
        }
        Progress::Comparing { done, of } => {
            bar.set_message(format!("copies of one recording: {done} of {of} compared"));
        }
        Progress::Done { files: done, bytes, audio_s } => {
            bar.inc(bytes);
            let speed = audio_s / bar.elapsed().as_secs_f64().max(0.001);
            bar.set_message(format!("{done} of {} files  {speed:.0} x real time", bar.prefix()));
        }
    }
}

fn text(summary: &Summary) -> String {
    let mut lines = vec![format!(
        "{} added, {} updated, {} unchanged, {} moved, {} removed, {} failed; {:.0} s of music in {:.1} s",
        summary.added,
        summary.updated,
        summary.unchanged,
        summary.moved,
        summary.removed,
        summary.failed.len(),
        summary.audio_s,
        summary.elapsed_s,
    )];
    for file in summary.failed.iter().take(SHOWN_FAILURES) {
        lines.push(format!("  failed: {}: {}", file.path, file.error));
    }
    if summary.failed.len() > SHOWN_FAILURES {
        lines.push(format!(
            "  and {} more: echovibe library list --failed",
            summary.failed.len() - SHOWN_FAILURES
        ));
    }
    lines.extend(duplicates(summary));
    for root in &summary.emptied {
        lines.push(emptied(root));
    }
    if summary.stopped {
        lines.push("stopped; the same command goes on from here".to_owned());
    }
    lines.join("\n")
}

/// One line, where there is something to say.
fn duplicates(summary: &Summary) -> Option<String> {
    let found = match summary.duplicates.len() {
        0 => None,
        n => Some(format!(
            "{n} of the new files {} another file: echovibe library dedupe",
            if n == 1 { "is the same recording as" } else { "are the same recordings as" }
        )),
    };
    let left_out = (summary.left_out > 0)
        .then(|| format!("{} left out as copies, as before", summary.left_out));
    let said: Vec<String> = found.into_iter().chain(left_out).collect();
    (!said.is_empty()).then(|| format!("  {}", said.join("; ")))
}

fn emptied(root: &str) -> String {
    format!(
        "  {root} is empty now but was not: its tracks are kept (is a disk missing? else: echovibe library remove)"
    )
}

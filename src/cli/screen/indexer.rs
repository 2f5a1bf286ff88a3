//! Indexes folders while the screen works; the progress is told as it goes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{JoinHandle, available_parallelism};

use crossbeam_channel::{Receiver, Sender};

use super::newcomer::expanded;
use crate::embed::Network;
use crate::library::{Progress, RefreshOptions, Summary, refresh};
use crate::store::Store;
use crate::store::records::Track;
use crate::tui::{Indexing, News};

/// Folders to be indexed.
pub struct Roots {
    folders: Vec<PathBuf>,
}

impl Roots {
    /// As the user typed them.
    pub fn typed(folders: &[PathBuf]) -> Self {
        Self { folders: folders.iter().map(|folder| expanded(folder)).collect() }
    }

    /// The folders that tracks are in, without those inside of others.
    pub fn of_tracks(tracks: &[Track]) -> Self {
        let all: BTreeSet<PathBuf> =
            tracks.iter().filter_map(|t| Some(t.path.parent()?.to_owned())).collect();
        let mut folders: Vec<PathBuf> = Vec::new();
        // In this order a folder comes before those inside of it.
        for folder in all {
            if !folders.iter().any(|outer| folder.starts_with(outer)) {
                folders.push(folder);
            }
        }
        Self { folders }
    }
}

/// Starts it. It ends when nobody can ask it any more, or when `stop` is set.
pub fn start(
    store: Store,
    network: Arc<Network>,
    asked: Receiver<Roots>,
    stop: Arc<AtomicBool>,
    news: Sender<News>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for roots in asked {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let told = match index(&store, &network, roots, &stop, &news) {
                Ok(said) => News::Said(said),
                Err(why) => News::Failed(why),
            };
            let _ = news.send(News::Indexing(None));
            let _ = news.send(told);
        }
    })
}

fn index(
    store: &Store,
    network: &Network,
    roots: Roots,
    stop: &AtomicBool,
    news: &Sender<News>,
) -> Result<String, String> {
    if roots.folders.is_empty() {
        return Err("no folder is known yet: type :index FOLDER".to_owned());
    }
    // A pool of its own, short of one core: what is heard is searched on the other, and does not wait.
    let cores = available_parallelism().map_or(1, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(cores.saturating_sub(1).max(1)).build();
    let pool = pool.map_err(|e| format!("cannot index: {e}"))?;
    let told = progress(news);
    let options =
        RefreshOptions { roots: &roots.folders, retry_failed: false, stop, progress: &told };
    let _ = news.send(News::Indexing(Some(Indexing::default())));
    pool.install(|| refresh(store, network, &options))
        .map_or_else(|e| Err(e.to_string()), |summary| Ok(said(&summary)))
}

/// Tells the screen how it goes.
pub fn progress(news: &Sender<News>) -> impl Fn(Progress) + Sync {
    let (news, planned) = (news.clone(), AtomicU64::new(0));
    move |progress| {
        let done = match progress {
            Progress::Planned { files, .. } => {
                planned.store(files, Ordering::Relaxed);
                0
            }
            Progress::Done { files, .. } => files,
        };
        let files = planned.load(Ordering::Relaxed);
        let _ = news.send(News::Indexing(Some(Indexing { done, files })));
    }
}

/// What a run did, in a line; what it did not do is left out.
fn said(summary: &Summary) -> String {
    let parts = [
        (summary.added, "added"),
        (summary.updated, "updated"),
        (summary.moved, "moved"),
        (summary.removed, "removed"),
        (summary.failed.len(), "failed: v on the library's page tells why"),
        (summary.unchanged, "unchanged"),
    ];
    let told: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    match told.is_empty() {
        true => "no music was found there".to_owned(),
        false => format!("indexed: {}", told.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_told_in_a_line() {
        assert_eq!(said(&Summary::default()), "no music was found there");
        let summary = Summary { added: 3, unchanged: 20, ..Summary::default() };
        assert_eq!(said(&summary), "indexed: 3 added, 20 unchanged");
    }
}

//! Indexes folders while the screen works; the progress is told as it goes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{JoinHandle, available_parallelism};

use crossbeam_channel::{Receiver, Sender};

use super::newcomer::expanded;
use crate::embed::Network;
use crate::library::{
    Progress, RefreshOptions, Summary, indexed_folders, outermost, refresh, remember_folders,
};
use crate::store::Store;
use crate::tui::{Indexing, News, Shelf};

/// Folders to be indexed.
pub enum Roots {
    /// As the user typed them.
    Typed(Vec<PathBuf>),
    /// Those that were indexed before, and those that tracks are in.
    Known(Arc<Shelf>),
}

impl Roots {
    fn folders(self, data_dir: &Path) -> Vec<PathBuf> {
        match self {
            Self::Typed(folders) => folders.iter().map(|folder| expanded(folder)).collect(),
            Self::Known(shelf) => {
                let tracks =
                    shelf.tracks().iter().filter_map(|t| Some(t.path.parent()?.to_owned()));
                // One that is not there now may be on a disk that is not plugged in.
                let known = indexed_folders(data_dir).into_iter().filter(|folder| folder.exists());
                outermost(known.chain(tracks))
            }
        }
    }
}

/// What ends indexing.
#[derive(Clone, Default)]
pub struct Stops {
    /// The program ends.
    pub all: Arc<AtomicBool>,
    /// The run that is under way.
    pub run: Arc<AtomicBool>,
}

/// Starts it. It ends when nobody can ask it any more, or when all is stopped.
pub fn start(
    store: Store,
    network: Arc<Network>,
    asked: Receiver<Roots>,
    stops: Stops,
    news: Sender<News>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for roots in asked {
            stops.run.store(false, Ordering::Relaxed);
            if stops.all.load(Ordering::Relaxed) {
                return;
            }
            let told = match index(&store, &network, roots, &stops.run, &news) {
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
    let folders = roots.folders(store.dir());
    if folders.is_empty() {
        return Err("no folder is known yet: type :index FOLDER".to_owned());
    }
    // A pool of its own, short of one core: what is heard is searched on the other, and does not wait.
    let cores = available_parallelism().map_or(1, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(cores.saturating_sub(1).max(1)).build();
    let pool = pool.map_err(|e| format!("cannot index: {e}"))?;
    let told = progress(news);
    let options = RefreshOptions { roots: &folders, retry_failed: false, stop, progress: &told };
    let _ = news.send(News::Indexing(Some(Indexing::default())));
    let summary = pool.install(|| refresh(store, network, &options)).map_err(|e| e.to_string())?;
    remember_folders(store.dir(), &folders);
    Ok(said(&summary))
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
            Progress::Comparing { .. } => planned.load(Ordering::Relaxed),
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
    match (told.is_empty(), summary.stopped) {
        (true, true) => "indexing was ended before anything was done".to_owned(),
        (true, false) => "no music was found there".to_owned(),
        (false, true) => format!("indexing was ended: {}; u goes on with it", told.join(", ")),
        (false, false) => format!("indexed: {}", told.join(", ")),
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
        let stopped = Summary { added: 1, stopped: true, ..Summary::default() };
        assert!(said(&stopped).starts_with("indexing was ended: 1 added"));
    }
}

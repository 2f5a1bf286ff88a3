//! Looks whether the user changed theme, keys or settings of the screen, once a second.

use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use crate::tui::{LookFiles, News, TerminalKind};

/// How often the files are looked at: three calls of `stat`.
const LOOK: Duration = Duration::from_secs(1);

/// A running look-out; ends when dropped.
pub struct Wardrobe {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Wardrobe {
    /// Tells of every change of the files that `theme` and the rest come from.
    pub fn watch(
        files: LookFiles,
        terminal: TerminalKind,
        theme: String,
        news: Sender<News>,
    ) -> Self {
        let (stop, stopped) = bounded(0);
        let thread = std::thread::spawn(move || {
            let mut theme = theme;
            let mut before = files.stamp(&theme);
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                let now = files.stamp(&theme);
                if now == before {
                    continue;
                }
                let look = files.load(&terminal);
                if let Ok(look) = &look {
                    look.screen.theme.clone_into(&mut theme);
                }
                before = files.stamp(&theme);
                let look = look.map(Box::new).map_err(|e| e.to_string());
                if news.send(News::Look(look)).is_err() {
                    return;
                }
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Wardrobe {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

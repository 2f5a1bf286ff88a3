//! Asks the store, away from the drawing thread: where another process holds it and hangs, an answer takes
//! seconds. What is asked is done in order.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender};

use super::brain::Stimulus;
use super::newcomer;
use crate::store::Store;
use crate::store::records::{EventKind, TrackId};
use crate::tui::{News, Request};

/// What the recorder does.
pub enum Errand {
    /// A request of the screen: feedback, failures, or a file to be written.
    Asked(Request),
    /// A track was played here, so far.
    Played(TrackId, f64),
}

/// Starts it. It ends when nobody can ask it any more, and everything is done.
pub fn start(
    store: Store,
    errands: Receiver<Errand>,
    brain: Sender<Stimulus>,
    news: Sender<News>,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let recorder = Recorder { store, brain };
        for errand in errands {
            for told in recorder.run(errand) {
                let _ = news.send(told);
            }
        }
    })
}

struct Recorder {
    store: Store,
    brain: Sender<Stimulus>,
}

impl Recorder {
    fn run(&self, errand: Errand) -> Vec<News> {
        let told = match errand {
            Errand::Asked(Request::Feedback { ticket, id, what }) => {
                return match self.record(id, what) {
                    Ok(waits) => {
                        let waits = waits.then(|| News::Said(self.waits()));
                        std::iter::once(News::Kept(ticket, Ok(()))).chain(waits).collect()
                    }
                    Err(why) => vec![News::Kept(ticket, Err(why))],
                };
            }
            Errand::Asked(Request::Failures) => match self.store.failures() {
                Ok(failures) => Some(News::Failures(failures)),
                Err(e) => Some(News::Failed(e.to_string())),
            },
            Errand::Asked(Request::Write { path, text, said }) => {
                Some(News::Written(write(&path, &text).map(|()| said)))
            }
            Errand::Asked(Request::Declined) => {
                newcomer::decline(self.store.dir());
                None
            }
            Errand::Asked(_) => None,
            Errand::Played(id, share) => {
                if let Err(failed) = self.record(id, EventKind::Play { share }) {
                    tracing::error!("a play could not be recorded: {failed}");
                }
                None
            }
        };
        told.into_iter().collect()
    }

    /// Records it; tells whether it waits for its server to be back.
    fn record(&self, id: TrackId, what: EventKind) -> Result<bool, String> {
        let event = self.store.record(id, what).map_err(|e| e.to_string())?;
        let waits = event.is_waiting();
        let _ = self.brain.send(Stimulus::Events(vec![event]));
        Ok(waits)
    }

    fn waits(&self) -> String {
        let waiting = self.store.waiting();
        format!("the server is away: kept here, sent when it is back ({waiting} in all)")
    }
}

/// Writes a new file; one that is there stays as it is.
fn write(path: &Path, text: &str) -> Result<(), String> {
    let failed = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::AlreadyExists => {
            format!("{} is there already: give another name with :export", path.display())
        }
        _ => format!("cannot write {}: {e}", path.display()),
    };
    let mut file = File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        write(&path, "first").unwrap();
        let why = write(&path, "second").unwrap_err();
        assert!(why.contains("is there already"), "{why}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        assert!(write(&folder.path().join("no/such"), "x").unwrap_err().contains("cannot write"));
    }
}

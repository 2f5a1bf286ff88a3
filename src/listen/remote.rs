//! An index that is searched on another machine.

use crossbeam_channel::Receiver;
use thiserror::Error;

use super::event::LiveEvent;
use super::recogniser::{Heard, HeardWindow};
use super::timeline::Stretch;
use crate::embed::NetworkError;
use crate::index::{Candidate, SearchError};

/// Where fingerprints are searched when that is not in this process. Sound never goes there.
pub trait RemoteIndex: Send + Sync {
    /// The tracks a clip of `heard_s` seconds may come from, best first, as [`crate::index::Fingerprints::identify`]
    /// gives them.
    ///
    /// # Errors
    /// It cannot be reached, or refuses.
    fn identify(
        &self,
        windows: &[HeardWindow],
        heard_s: f64,
    ) -> Result<Vec<Candidate>, RemoteError>;

    /// The tracks of a recording that ends at `end_s`, in order.
    ///
    /// # Errors
    /// It cannot be reached, or refuses.
    fn timeline(&self, windows: &[HeardWindow], end_s: f64) -> Result<Vec<Stretch>, RemoteError>;

    /// Recognises what is heard until the listener hangs up; `say` gets the events. What fails is tried
    /// again for as long.
    fn listen(&self, heard: &Receiver<Heard>, say: &dyn Fn(LiveEvent));
}

/// Why the other machine gave no answer, told to the person who reads it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text}")]
pub struct RemoteError {
    /// Why.
    pub text: String,
    /// It cannot be reached, or has too much to do: it may do better later.
    pub away: bool,
}

/// Why something heard could not be looked at.
#[derive(Debug, Error)]
pub enum ListenError {
    /// tract fails, for lack of memory.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The index is in a database, which gave no answer.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The index is on another machine, which gave no answer.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

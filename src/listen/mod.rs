//! The live path: an input in; spectrogram columns, levels and names out.
//!
//! ```text
//! sound callback -> ring -> listener thread -> columns, levels ------------> events
//!                                          \-> windows -> recogniser thread -/
//! ```
//!
//! The listener thread owns the input and the front end; the recogniser thread owns the search. A
//! device cannot wait: a window of it that the recogniser has no time for is dropped. Files, pipes and
//! the demo wait.

mod clip;
pub mod event;
mod listener;
mod recogniser;
mod remote;
mod session;
mod timeline;
mod together;

use std::sync::{Arc, PoisonError};

pub use clip::{ClipListener, ClipMatch, Sound};
pub use listener::Listener;
pub use recogniser::{Heard, HeardWindow, Recogniser};
pub use remote::{ListenError, RemoteError, RemoteIndex};
pub use timeline::{Stretch, Timeline, TimelineFinder, TimelineListener};

use crate::embed::Network;
use crate::index::{Decision, Extent, Fingerprints, Rule};
use crate::library::SharedCatalogue;
use crate::settings::Recognition;

/// When a track is named, as the user set it.
#[must_use]
pub fn rule(recognition: &Recognition) -> Rule {
    Rule {
        false_names: recognition.false_names,
        least_confidence: recognition.threshold.unwrap_or(0.0),
    }
}

/// What recognising needs; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    /// The network.
    pub network: Arc<Network>,
    /// The library and its index.
    pub catalogue: SharedCatalogue,
    /// From scores to confidence.
    pub decision: Arc<Decision>,
    /// When a track is named.
    pub recognition: Recognition,
    /// Where fingerprints are searched, if that is on another machine.
    pub remote: Option<Arc<dyn RemoteIndex>>,
    /// Where they are searched, if that is in databases instead of in the catalogue.
    pub index: Option<Arc<dyn Fingerprints>>,
    /// This machine's own library, which is searched beside it. Its tracks are told as [`crate::store::records::TrackId::beside`], so
    /// that `catalogue` knows them.
    pub own: Option<SharedCatalogue>,
}

impl Engine {
    /// Asks the index, wherever it is.
    pub fn ask<T>(&self, question: impl FnOnce(&dyn Fingerprints) -> T) -> T {
        match &self.index {
            // Nobody who changes the catalogue waits for a database.
            Some(index) => question(&**index),
            None => question(self.catalogue.read().unwrap_or_else(PoisonError::into_inner).index()),
        }
    }

    /// What can be found, and as of which state of the library.
    #[must_use]
    pub fn extent(&self) -> Extent {
        match &self.index {
            Some(index) => index.extent(),
            None => self.catalogue.read().unwrap_or_else(PoisonError::into_inner).extent(),
        }
    }
}

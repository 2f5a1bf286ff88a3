//! A library that is elsewhere: on a server, whose answers take the place of a database.

use std::fmt;

use super::error::Result;
use super::records::Track;
use super::wire::{Reply, Request};

/// Who answers for a library that is not in a folder of this machine. Its fingerprints are not to be had:
/// it searches them itself.
pub trait Elsewhere: fmt::Debug + Send + Sync {
    /// Does what is asked.
    ///
    /// # Errors
    /// It cannot be reached, or does not do that; see [`super::StoreError::Elsewhere`].
    fn answer(&self, request: Request) -> Result<Reply>;

    /// Events that are kept here until it is back.
    fn waiting(&self) -> usize {
        0
    }

    /// Its tracks as they were when they were last listed, without styles, for while it is away.
    fn remembered(&self) -> Vec<Track> {
        Vec::new()
    }
}

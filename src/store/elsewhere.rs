//! A library that is elsewhere: on a server, whose answers take the place of a database.

use std::fmt;

use super::error::Result;
use super::wire::{Reply, Request};

/// Who answers for a library that is not in a folder of this machine. Its fingerprints are not to be had:
/// it searches them itself.
pub trait Elsewhere: fmt::Debug + Send + Sync {
    /// Does what is asked.
    ///
    /// # Errors
    /// It cannot be reached, or does not do that; see [`super::StoreError::Elsewhere`].
    fn answer(&self, request: Request) -> Result<Reply>;
}

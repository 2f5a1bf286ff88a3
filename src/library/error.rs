use std::path::PathBuf;

use thiserror::Error;

use crate::store::StoreError;

/// The library cannot be looked at or refreshed.
#[derive(Debug, Error)]
pub enum LibraryError {
    /// A folder named by the user is not there.
    #[error("cannot read the folder {path}: {source}")]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file of fingerprints cannot be mapped.
    #[error("cannot map the file of fingerprints into memory: {0}")]
    Map(std::io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

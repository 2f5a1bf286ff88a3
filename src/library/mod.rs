//! The user's own music: scanning folders, tags, enrolment, and what is known of it in memory.

mod catalogue;
mod cells;
mod enrol;
mod error;
mod plan;
mod refresh;
mod resolve;
mod scan;
mod tags;

pub use catalogue::{Catalogue, SharedCatalogue};
pub use cells::{attach_cells, cells_path, maintain_cells};
pub use error::LibraryError;
pub use refresh::{FailedFile, Progress, RefreshOptions, Summary, refresh};
pub use resolve::{ResolveError, resolve};
pub(crate) use scan::is_music;
pub use tags::plain;

use crate::{embed, index};

const _: () = assert!(embed::FINGERPRINT_DIM == index::DIM);
const _: () = assert!(embed::REFERENCE_HOP_S == index::INDEX_HOP_S);

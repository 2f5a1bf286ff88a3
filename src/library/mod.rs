//! The user's own music: scanning folders, tags, enrolment, and what is known of it in memory.

mod catalogue;
mod cells;
pub mod duplicates;
mod enrol;
mod error;
mod folders;
mod hear;
mod mend;
mod plan;
mod recordings;
mod refresh;
mod resolve;
mod scan;
mod tags;

pub use catalogue::{Catalogue, SharedCatalogue};
pub use cells::{
    attach_cells, cells_path, check_cells, drop_damaged_cells, maintain_cells,
    maintain_cells_beside,
};
pub use error::LibraryError;
pub use folders::{indexed_folders, outermost, remember_folders};
pub use hear::{HearError, Heard, hear};
pub use mend::{Mended, Unmended, damaged, mend};
pub use recordings::compare_some;
pub use refresh::{DuplicateFile, FailedFile, Progress, RefreshOptions, Summary, refresh};
pub use resolve::{ResolveError, resolve};
pub(crate) use scan::is_music;
pub use tags::{Tags, plain, read as tags};

use crate::{embed, index};

const _: () = assert!(embed::FINGERPRINT_DIM == index::DIM);
const _: () = assert!(embed::REFERENCE_HOP_S == index::INDEX_HOP_S);

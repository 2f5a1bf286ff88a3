//! The file of cells beside the fingerprints: opened where there is one, made when it is worth it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::catalogue::SharedCatalogue;
use crate::index::{Segment, SegmentError, build_cells};

/// Name of the file in a data folder.
#[must_use]
pub fn cells_path(data_dir: &Path) -> PathBuf {
    data_dir.join("cells.idx")
}

/// Takes the cells of `data_dir` into use, where there are any for this network and they are newer than
/// those in use. Cells that are damaged are left aside, saying so: the tracks are then scanned.
pub fn attach_cells(shared: &SharedCatalogue, data_dir: &Path, model: &str) {
    match Segment::open(&cells_path(data_dir)) {
        Ok(Some(segment)) if segment.model() == model => {
            let mut catalogue = shared.write().unwrap_or_else(PoisonError::into_inner);
            catalogue.attach(segment);
        }
        Ok(_) => {}
        Err(error) => tracing::warn!("{error}"),
    }
}

/// Whether the cells of `data_dir` are whole: how many there are, or nothing where there are none.
///
/// # Errors
/// They are damaged.
pub fn check_cells(data_dir: &Path) -> Result<Option<usize>, SegmentError> {
    let segment = Segment::open(&cells_path(data_dir))?;
    segment.map(|segment| segment.verify().map(|()| segment.cells())).transpose()
}

/// Throws damaged cells away; they are made again when they are next worth it. Tells whether it did.
///
/// # Errors
/// The file cannot be removed.
pub fn drop_damaged_cells(data_dir: &Path) -> std::io::Result<bool> {
    let damaged = check_cells(data_dir).is_err();
    if damaged {
        std::fs::remove_file(cells_path(data_dir))?;
    }
    Ok(damaged)
}

/// [`maintain_cells`] on a thread of its own, for who cannot wait.
pub fn maintain_cells_beside(shared: &SharedCatalogue, data_dir: &Path, model: &str) {
    let due = shared.read().unwrap_or_else(PoisonError::into_inner).index().needs_cells();
    if due {
        let (shared, data_dir, model) = (shared.clone(), data_dir.to_owned(), model.to_owned());
        std::thread::spawn(move || {
            if let Err(error) = maintain_cells(&shared, &data_dir, &model) {
                tracing::warn!("{error}");
            }
        });
    }
}

/// Makes the cells again where so much of the library is outside of them that it is worth it, and takes
/// them into use; tells whether it did. Meanwhile the library can be searched and changed. Where another
/// process is at it, or nothing may be written here, nothing happens.
///
/// # Errors
/// The file cannot be written.
pub fn maintain_cells(
    shared: &SharedCatalogue,
    data_dir: &Path,
    model: &str,
) -> Result<bool, SegmentError> {
    let due = || {
        let catalogue = shared.read().unwrap_or_else(PoisonError::into_inner);
        let index = catalogue.index();
        index.needs_cells().then(|| (index.cell_tracks(), index.segment().cloned()))
    };
    if due().is_none() {
        return Ok(false);
    }
    let Ok(lock) = File::create(data_dir.join("cells.lock")) else { return Ok(false) };
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return Ok(false),
    }
    // Another process may have made them in the meantime.
    attach_cells(shared, data_dir, model);
    let Some((tracks, before)) = due() else { return Ok(true) };
    tracing::info!("making cells of {} tracks", tracks.len());
    build_cells(&cells_path(data_dir), model, &tracks, before.as_deref())?;
    attach_cells(shared, data_dir, model);
    Ok(true)
}

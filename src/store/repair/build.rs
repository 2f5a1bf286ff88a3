//! A new database beside the old one.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::super::changes::Changes;
use super::super::error::{Result, StoreError};
use super::super::open::{open_sled, rebuilt_path};
use super::super::people::put_people;
use super::super::place::Row;
use super::super::tables::{GENERATION, Table, pack};
use super::super::{migrate, tracks};
use super::remove_folder;
use super::salvage::Whole;

/// Changes written together.
const TOGETHER: usize = 500;

/// Writes a new database beside the old one.
pub fn build(dir: &Path, whole: &Whole) -> Result<()> {
    let path = rebuilt_path(dir);
    remove_folder(&path).map_err(|source| StoreError::Folder { dir: dir.to_owned(), source })?;
    let failed = |source| StoreError::Database { dir: dir.to_owned(), source };
    let db = open_sled(&path).map_err(failed)?;
    migrate::bring_up(dir, &db, &migrate::PLAN)?;
    let mut changes = Changes::default();
    for track in whole.tracks.values() {
        tracks::link(&mut changes, track)?;
    }
    for (id, serial) in &whole.serials {
        changes.put(Table::Blobs, &id.0.to_be_bytes(), Row::Serial(*serial).pack());
    }
    for failure in whole.failures.values() {
        let packed = pack(Table::Failures, failure)?;
        changes.put(Table::Failures, failure.path.as_os_str().as_bytes(), packed);
    }
    for (content, id) in &whole.gone {
        changes.put(Table::Gone, content, id.0.to_be_bytes());
    }
    for event in &whole.events {
        let seq = event.seq.to_be_bytes();
        changes.put(Table::Events, &seq, pack(Table::Events, event)?);
        changes.put(Table::Nonces, &event.nonce.to_be_bytes(), seq);
    }
    put_people(&mut changes, &whole.people)?;
    changes.put(Table::Meta, GENERATION, whole.generation.to_be_bytes());
    changes.next_track(whole.next_track);
    changes.apply(&db, TOGETHER).and_then(|()| db.flush()).map_err(failed)?;
    Ok(())
}

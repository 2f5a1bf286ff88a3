//! Changes of the database that happen together or not at all.

use super::backup::{Change, Raw};
use super::tables::{NEXT_TRACK, TABLES, Table};

/// Changes to be made together.
#[derive(Debug, Default)]
pub(super) struct Changes(pub(super) Vec<(Table, Vec<u8>, Option<Vec<u8>>)>);

impl Changes {
    pub fn put(&mut self, table: Table, key: &[u8], value: impl Into<Vec<u8>>) {
        self.0.push((table, key.to_vec(), Some(value.into())));
    }

    pub fn drop(&mut self, table: Table, key: &[u8]) {
        self.0.push((table, key.to_vec(), None));
    }

    /// Writes them to a new database that nobody else uses, so many at a time.
    pub fn apply(self, db: &sled::Db, together: usize) -> sled::Result<()> {
        let trees: Vec<sled::Tree> =
            TABLES.iter().map(|name| db.open_tree(name)).collect::<sled::Result<_>>()?;
        for some in self.0.chunks(together) {
            let mut batches = vec![sled::Batch::default(); trees.len()];
            for (table, key, value) in some {
                let batch = &mut batches[*table as usize];
                match value {
                    Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                    None => batch.remove(key.as_slice()),
                }
            }
            for (tree, batch) in trees.iter().zip(batches) {
                tree.apply_batch(batch)?;
            }
        }
        Ok(())
    }

    /// As a backup notes them.
    pub fn listed(&self) -> Vec<Change> {
        let changes = self.0.iter().map(|(table, key, value)| Change {
            table: TABLES[*table as usize].to_owned(),
            key: Raw(key.clone()),
            value: value.clone().map(Raw),
        });
        changes.collect()
    }

    pub fn next_track(&mut self, next: u32) {
        self.put(Table::Meta, NEXT_TRACK, next.to_be_bytes());
    }
}

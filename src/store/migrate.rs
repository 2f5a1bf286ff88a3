//! The version record, and the steps from each version of the store to the next.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{Result, StoreError};

/// Tree and key of the version record: the one thing that no version may move.
const META: &str = "meta";
const KEY: &str = "version";

/// The version record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Which layout of trees and records.
    pub schema: u32,
    /// When the store was made.
    pub created: Timestamp,
}

/// From one version to the next.
pub struct Step {
    /// What it changes, for the log.
    pub what: &'static str,
    /// The change itself. A crash may repeat it: it must find work half done and go on.
    pub apply: fn(&sled::Db) -> std::result::Result<(), sled::Error>,
}

/// The versions a program knows: `first`, and one more for each step.
pub struct Plan<'a> {
    /// Version that the first step starts from.
    pub first: u32,
    /// Steps in order.
    pub steps: &'a [Step],
}

impl Plan<'_> {
    fn last(&self) -> u32 {
        self.first + self.steps.len() as u32
    }
}

/// What this program knows. A changed layout adds a step here; added record fields do not need one.
pub const PLAN: Plan<'static> = Plan {
    first: 1,
    steps: &[Step {
        what: "the database keeps where fingerprints are",
        // Rows of before are told by their length, and brought up to date when the log was read.
        apply: |_| Ok(()),
    }],
};

/// Gives a new store its version record, brings an old one up step by step, refuses a newer one
/// before anything is touched.
pub fn bring_up(dir: &Path, db: &sled::Db, plan: &Plan<'_>) -> Result<Version> {
    let failed = |source| StoreError::Database { dir: dir.to_owned(), source };
    let strange = |detail: String| StoreError::Unrecognised { dir: dir.to_owned(), detail };
    let Some(packed) = db.open_tree(META).and_then(|meta| meta.get(KEY)).map_err(failed)? else {
        if !is_empty(db).map_err(failed)? {
            return Err(strange("it has records but no version".to_owned()));
        }
        let version = Version { schema: plan.last(), created: Timestamp::now() };
        write(dir, db, &version)?;
        return Ok(version);
    };
    let mut version: Version = rmp_serde::from_slice(&packed)
        .map_err(|e| strange(format!("its version cannot be read: {e}")))?;
    if version.schema > plan.last() {
        let (found, known) = (version.schema, plan.last());
        return Err(StoreError::Newer { dir: dir.to_owned(), found, known });
    }
    if version.schema < plan.first {
        return Err(strange(format!("version {}", version.schema)));
    }
    for step in &plan.steps[(version.schema - plan.first) as usize..] {
        tracing::info!(
            "store: version {} to {}: {}",
            version.schema,
            version.schema + 1,
            step.what
        );
        (step.apply)(db).and_then(|()| db.flush()).map_err(failed)?;
        version.schema += 1;
        write(dir, db, &version)?;
    }
    Ok(version)
}

fn write(dir: &Path, db: &sled::Db, version: &Version) -> Result<()> {
    let packed = rmp_serde::to_vec_named(version)
        .map_err(|e| StoreError::Record { what: "version".to_owned(), detail: e.to_string() })?;
    let put = || {
        db.open_tree(META)?.insert(KEY, packed)?;
        db.flush()
    };
    put().map(|_| ()).map_err(|source| StoreError::Database { dir: dir.to_owned(), source })
}

fn is_empty(db: &sled::Db) -> std::result::Result<bool, sled::Error> {
    for name in db.tree_names() {
        if !db.open_tree(&name)?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version 0 kept titles as bare text under their number; version 1 keeps them under "title/N",
    /// version 2 in capitals.
    const MADE_UP: Plan<'static> = Plan {
        first: 0,
        steps: &[
            Step { what: "titles get a prefix", apply: prefix },
            Step { what: "titles in capitals", apply: capitals },
        ],
    };

    fn prefix(db: &sled::Db) -> std::result::Result<(), sled::Error> {
        for row in db.open_tree("titles")?.iter() {
            let (key, title) = row?;
            db.open_tree("named")?.insert([b"title/", key.as_ref()].concat(), title)?;
        }
        db.drop_tree("titles").map(|_| ())
    }

    fn capitals(db: &sled::Db) -> std::result::Result<(), sled::Error> {
        let named = db.open_tree("named")?;
        for row in named.iter() {
            let (key, title) = row?;
            named.insert(key, title.to_ascii_uppercase())?;
        }
        Ok(())
    }

    fn database(dir: &Path, schema: u32) -> sled::Db {
        let db = sled::open(dir).unwrap();
        db.open_tree("titles").unwrap().insert("7", "dune").unwrap();
        write(dir, &db, &Version { schema, created: Timestamp::UNIX_EPOCH }).unwrap();
        db
    }

    #[test]
    fn an_old_store_is_brought_up_step_by_step_once() {
        let dir = tempfile::tempdir().unwrap();
        let db = database(dir.path(), 0);
        for _ in 0..2 {
            let version = bring_up(dir.path(), &db, &MADE_UP).unwrap();
            assert_eq!(version, Version { schema: 2, created: Timestamp::UNIX_EPOCH });
            assert_eq!(db.open_tree("named").unwrap().get("title/7").unwrap().unwrap(), "DUNE");
        }
    }

    #[test]
    fn a_step_that_was_done_is_not_done_again() {
        let dir = tempfile::tempdir().unwrap();
        let db = database(dir.path(), 1);
        db.open_tree("named").unwrap().insert("title/7", "arrakis").unwrap();
        bring_up(dir.path(), &db, &MADE_UP).unwrap();
        assert_eq!(db.open_tree("named").unwrap().get("title/7").unwrap().unwrap(), "ARRAKIS");
    }

    #[test]
    fn a_newer_store_is_refused_untouched_with_both_versions() {
        let dir = tempfile::tempdir().unwrap();
        let db = database(dir.path(), 9);
        let message = bring_up(dir.path(), &db, &PLAN).unwrap_err().to_string();
        assert!(message.contains("version 9") && message.contains("up to 2"), "{message}");
        assert_eq!(db.open_tree("titles").unwrap().get("7").unwrap().unwrap(), "dune");
    }

    #[test]
    fn records_without_a_version_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let db = sled::open(dir.path()).unwrap();
        db.open_tree("tracks").unwrap().insert("7", "dune").unwrap();
        let message = bring_up(dir.path(), &db, &PLAN).unwrap_err().to_string();
        assert!(message.contains("no version"), "{message}");
    }

    #[test]
    fn a_new_store_gets_the_last_version() {
        let dir = tempfile::tempdir().unwrap();
        let db = sled::open(dir.path()).unwrap();
        assert_eq!(bring_up(dir.path(), &db, &PLAN).unwrap().schema, 2);
    }
}

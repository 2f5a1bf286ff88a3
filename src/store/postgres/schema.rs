//! The tables, and the steps from each version of them to the next.

use postgres::Transaction;

use super::error::Trouble;
use crate::store::error::StoreError;

/// One after the other: version 1, 2, ...
const STEPS: [&str; 1] = [include_str!("1.sql")];
/// Lock of whoever brings the tables up: servers that start together do it one by one.
const SCHEMA: i64 = 0x6563_686f_0000;

/// Makes the steps that are still to be made, all of them or none.
pub(super) fn bring_up(transaction: &mut Transaction<'_>) -> Result<(), Trouble> {
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&SCHEMA])?;
    transaction.batch_execute(
        "CREATE TABLE IF NOT EXISTS schema_version (
            version integer PRIMARY KEY, made_at timestamptz NOT NULL DEFAULT now())",
    )?;
    let row = transaction.query_one("SELECT coalesce(max(version), 0) FROM schema_version", &[])?;
    let found: i32 = row.get(0);
    if found as usize > STEPS.len() {
        return Err(StoreError::Elsewhere(format!(
            "the tables have version {found}, but this EchoVibe knows versions up to {}; update EchoVibe",
            STEPS.len()
        ))
        .into());
    }
    for (step, version) in STEPS.iter().zip(1_i32..).skip(found as usize) {
        transaction.batch_execute(step)?;
        transaction.execute("INSERT INTO schema_version (version) VALUES ($1)", &[&version])?;
    }
    Ok(())
}

//! What PostgreSQL says, as the store tells it.

use std::error::Error;
use std::io;

use postgres::error::SqlState;

use crate::store::error::{StoreError, words};

/// Why a statement gave nothing.
#[derive(Debug)]
pub enum Trouble {
    Database(postgres::Error),
    /// A record cannot be read or written.
    Record(String),
    /// The store's own answer.
    Store(StoreError),
}

impl From<postgres::Error> for Trouble {
    fn from(error: postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Trouble {
    /// As it is told of the database `name`.
    pub fn told(self, name: &str) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Record(detail) => StoreError::Record { what: name.to_owned(), detail },
            Self::Database(error) if is_away(&error) => away(name, &words(&error)),
            Self::Database(error) => {
                StoreError::Elsewhere(format!("{name} refused: {}", words(&error)))
            }
        }
    }
}

/// Whether the database is not there just now, as opposed to not willing.
fn is_away(error: &postgres::Error) -> bool {
    if let Some(state) = error.code() {
        // Class 57 is the operator's (shutting down, starting up, killed), 53 a lack of something, 08 the
        // connection; a deadlock or a lock not to be had goes away too.
        return ["57", "53", "08"].iter().any(|class| state.code().starts_with(class))
            || [SqlState::T_R_DEADLOCK_DETECTED, SqlState::LOCK_NOT_AVAILABLE].contains(state);
    }
    error.is_closed() || error.source().is_some_and(|source| source.is::<io::Error>())
}

/// That it is away, and why.
pub fn away(name: &str, reason: &str) -> StoreError {
    StoreError::Away(format!("{name} is away ({reason}); it is used again as soon as it is back"))
}

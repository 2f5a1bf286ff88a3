//! What PostgreSQL says, as the store tells it.

use sqlx::migrate::MigrateError;

use crate::store::error::{StoreError, words};

/// Why a statement gave nothing.
#[derive(Debug)]
pub enum Trouble {
    Database(sqlx::Error),
    /// A record cannot be read or written.
    Record(String),
    /// The store's own answer.
    Store(StoreError),
}

/// What asking gives.
pub type Answer<T> = std::result::Result<T, Trouble>;

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<MigrateError> for Trouble {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                Self::Database(error)
            }
            MigrateError::VersionMissing(version) => Self::Store(StoreError::Elsewhere(format!(
                "the tables have version {version}, which this EchoVibe does not know; update EchoVibe"
            ))),
            other => Self::Store(StoreError::Elsewhere(format!(
                "the tables cannot be brought up to this EchoVibe's version: {}",
                words(&other)
            ))),
        }
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
fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // Class 57 is the operator's (shutting down, starting up, killed), 53 a lack of something, 08 the
        // connection; a deadlock (40P01) or a lock not to be had (55P03) goes away too.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            ["57", "53", "08", "40P01", "55P03"].iter().any(|class| code.starts_with(class))
        }),
        _ => false,
    }
}

/// That it is away, and why.
pub fn away(name: &str, reason: &str) -> StoreError {
    StoreError::Away(format!("{name} is away ({reason}); it is used again as soon as it is back"))
}

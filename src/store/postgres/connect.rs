//! Connections: so many at once, made again when the database was away.

use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};

use super::error::Trouble;
use crate::store::error::{Result, StoreError, words};

/// Connections of one server, one of them for keeping the index up to date.
const MOST: u32 = 16;
/// A request waits so long for one: who asks is told 503 soon when the database is away.
pub(super) const WAIT: Duration = Duration::from_secs(2);
/// What takes longer hangs.
const STATEMENT_TIMEOUT: &str = "20s";

/// How to connect to `postgres://...`. The password may also be in `PGPASSWORD`.
pub(super) fn options(url: &str) -> Result<PgConnectOptions> {
    // What is wrong with it is told without it: it may have a password in it.
    let wrong = |reason: String| {
        StoreError::Elsewhere(format!(
            "--store: {reason}; it looks like postgres://USER@HOST:5432/DATABASE, with the password in \
             PGPASSWORD"
        ))
    };
    if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(wrong("it does not begin with postgres://".to_owned()));
    }
    let options: PgConnectOptions = url.parse().map_err(|e: sqlx::Error| wrong(words(&e)))?;
    // TLS that takes any certificate keeps nobody out.
    let options = match options.get_ssl_mode() {
        PgSslMode::Require => options.ssl_mode(PgSslMode::VerifyFull),
        _ => options,
    };
    Ok(options
        .application_name("echovibe")
        .options([("statement_timeout", STATEMENT_TIMEOUT)])
        .disable_statement_logging())
}

/// Host and database, without user and password.
pub(super) fn name(options: &PgConnectOptions) -> String {
    let host = options
        .get_socket()
        .map_or_else(|| options.get_host().to_owned(), |path| path.display().to_string());
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    format!("PostgreSQL at {host}:{}/{database}", options.get_port())
}

/// Connects.
pub(super) async fn pool(options: PgConnectOptions) -> std::result::Result<PgPool, Trouble> {
    let pool = PgPoolOptions::new()
        .max_connections(MOST)
        .min_connections(1)
        .acquire_timeout(WAIT)
        .test_before_acquire(true)
        .connect_with(options.clone())
        .await;
    // It tries again and again, and then tells no reason: one more attempt does.
    if let Err(sqlx::Error::PoolTimedOut) = pool
        && let Ok(Err(error)) = tokio::time::timeout(WAIT, options.connect()).await
    {
        return Err(error.into());
    }
    Ok(pool?)
}

//! Connections: so many at once, made again when the database was away.

use std::sync::Arc;
use std::time::Duration;

use postgres::Config;
use postgres::config::Host;
use r2d2_postgres::PostgresConnectionManager;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{self, ClientConfig};

use super::error::away;
use crate::store::error::{Result, StoreError, words};

/// Connections of one server, one of them for keeping the index up to date.
const MOST: u32 = 16;
/// A request waits so long for one: who asks is told 503 soon when the database is away.
const WAIT: Duration = Duration::from_secs(2);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A database that vanished without a word is noticed after this.
const SILENT_FOR: Duration = Duration::from_secs(10);
/// What takes longer hangs.
const STATEMENT_TIMEOUT: &str = "-c statement_timeout=20s";

type Manager = PostgresConnectionManager<MakeRustlsConnect>;
pub(super) type Pool = r2d2::Pool<Manager>;
pub(super) type Connection = r2d2::PooledConnection<Manager>;

/// Says in the log what goes wrong with a connection in the background.
#[derive(Debug)]
struct Told(String);

impl r2d2::HandleError<postgres::Error> for Told {
    fn handle_error(&self, error: postgres::Error) {
        tracing::warn!("{}: {}", self.0, words(&error));
    }
}

/// Connections to `postgres://...`, and what the database is called. The password may also be in `PGPASSWORD`.
pub(super) fn pool(url: &str) -> Result<(Pool, String)> {
    let wrong = |reason: String| {
        StoreError::Elsewhere(format!(
            "--store: {reason}; it looks like postgres://USER@HOST:5432/DATABASE, with the password in \
             PGPASSWORD"
        ))
    };
    // What is wrong with it is told without it: it may have a password in it.
    let mut config: Config = url.parse().map_err(|e: postgres::Error| wrong(words(&e)))?;
    if config.get_password().is_none()
        && let Ok(password) = std::env::var("PGPASSWORD")
    {
        config.password(password);
    }
    let name = name(&config);
    let options = match config.get_options() {
        Some(given) => format!("{STATEMENT_TIMEOUT} {given}"),
        None => STATEMENT_TIMEOUT.to_owned(),
    };
    config
        .application_name("echovibe")
        .options(&options)
        .connect_timeout(CONNECT_WITHIN)
        .tcp_user_timeout(SILENT_FOR)
        .keepalives_idle(SILENT_FOR);
    let tls = tls().map_err(|e| wrong(format!("the system's certificates cannot be used: {e}")))?;
    let manager = Manager::new(config, MakeRustlsConnect::new(tls));
    let pool = r2d2::Pool::builder()
        .max_size(MOST)
        .min_idle(Some(1))
        .connection_timeout(WAIT)
        .test_on_check_out(true)
        .error_handler(Box::new(Told(name.clone())))
        .build(manager)
        .map_err(|e| away(&name, &e.to_string()))?;
    Ok((pool, name))
}

fn tls() -> std::result::Result<ClientConfig, rustls::Error> {
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth())
}

/// Host and database, without user and password.
fn name(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let database = config.get_dbname().or_else(|| config.get_user()).unwrap_or_default();
    format!("PostgreSQL at {host}:{port}/{database}")
}

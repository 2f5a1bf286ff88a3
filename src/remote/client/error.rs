//! Why a server gave no answer, told to the person who reads it.

use thiserror::Error;

use super::{ServerAddress, TlsError};
use crate::remote::api::{ErrorBody, ErrorKind};
use crate::tls::TlsFault;

/// Why the server gave no answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// It cannot be reached.
    #[error("the server {server} cannot be reached: {reason}")]
    Unreachable {
        /// Its address.
        server: String,
        /// Why.
        reason: String,
    },
    /// It says no.
    #[error("the server {server} says: {}", .body.error)]
    Refused {
        /// Its address.
        server: String,
        /// What it says.
        body: ErrorBody,
    },
    /// What answers there is no EchoVibe server, or one of another version.
    #[error("{server} answers, but not as an EchoVibe server of this version ({detail})")]
    Nonsense {
        /// Its address.
        server: String,
        /// What is strange.
        detail: String,
        /// A proxy says so of a server behind it that is away.
        away: bool,
    },
    /// It wants to know who asks.
    #[error("the server {0} needs a token: give it with --token-file, or in ECHOVIBE_TOKEN")]
    NoToken(String),
    /// Its certificate is not known here.
    #[error(
        "the server {server} is not trusted: {reason}; if it is the right one, give its certificate with \
         --server-ca"
    )]
    Untrusted {
        /// Its address.
        server: String,
        /// What TLS says.
        reason: String,
    },
    /// The certificates that a server is to be checked with.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl ClientError {
    /// Whether it was asked and said that there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { body, .. } if body.kind == ErrorKind::NotFound)
    }

    /// Whether it may do better later: it cannot be reached, or has too much to do.
    #[must_use]
    pub fn is_away(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { body, .. } => matches!(
                body.kind,
                ErrorKind::Busy | ErrorKind::TooMany | ErrorKind::Timeout | ErrorKind::Internal
            ),
            Self::Nonsense { away, .. } => *away,
            Self::NoToken(_) | Self::Untrusted { .. } | Self::Tls(_) => false,
        }
    }
}

/// Why a request did not get through.
pub(super) fn unreachable_at(
    address: &ServerAddress,
    error: &(dyn std::error::Error + 'static),
) -> ClientError {
    let server = address.to_string();
    match TlsFault::of(error) {
        Some(TlsFault::Untrusted(reason)) => return ClientError::Untrusted { server, reason },
        Some(TlsFault::NoTls(reason)) => return ClientError::Unreachable { server, reason },
        None => {}
    }
    // The last cause says what happened; those before it repeat the address.
    let mut reason = error;
    while let Some(cause) = reason.source() {
        reason = cause;
    }
    ClientError::Unreachable { server, reason: reason.to_string() }
}

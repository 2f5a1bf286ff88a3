//! An answer that is not a success.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::index::SearchError;
use crate::remote::api::{ErrorBody, ErrorKind};
use crate::store::StoreError;

/// Why a request is not done, as its sender is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    kind: ErrorKind,
    error: String,
    /// Seconds after which it may be tried again.
    retry_after_s: Option<u64>,
}

/// Who asked for a database that is away may ask again after so many seconds.
const AWAY_S: u64 = 2;

pub type Answer<T> = Result<T, Refused>;

impl Refused {
    pub fn new(kind: ErrorKind, error: impl Into<String>) -> Self {
        Self { kind, error: error.into(), retry_after_s: None }
    }

    pub fn bad(error: impl Into<String>) -> Self {
        Self::new(ErrorKind::BadRequest, error)
    }

    pub fn not_found(error: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, error)
    }

    pub fn forbidden(error: impl Into<String>) -> Self {
        Self::new(ErrorKind::Forbidden, error)
    }

    pub fn conflict(error: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, error)
    }

    /// To be tried again after so many seconds.
    pub fn later(kind: ErrorKind, error: impl Into<String>, seconds: u64) -> Self {
        Self { kind, error: error.into(), retry_after_s: Some(seconds.max(1)) }
    }

    /// The server's own fault: the log says what, the sender only that.
    pub fn internal(error: &impl std::fmt::Display) -> Self {
        tracing::error!("{error}");
        Self::new(ErrorKind::Internal, "the server failed; its log says why")
    }

    /// A database that the server needs is not there: the log says which and why.
    pub fn away(error: &impl std::fmt::Display) -> Self {
        tracing::warn!("{error}");
        let told = "a database of the server is away: try again in a few seconds";
        Self::later(ErrorKind::Busy, told, AWAY_S)
    }

    /// For the person who reads it.
    pub fn message(&self) -> &str {
        &self.error
    }

    fn status(&self) -> StatusCode {
        match self.kind {
            ErrorKind::BadRequest => StatusCode::BAD_REQUEST,
            ErrorKind::Unauthorized => StatusCode::UNAUTHORIZED,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Busy => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<SearchError> for Refused {
    fn from(error: SearchError) -> Self {
        match error {
            error @ SearchError::Away(_) => Self::away(&error),
            error @ SearchError::Refused(_) => Self::internal(&error),
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownTrack(id) => Self::not_found(format!("there is no track {id}")),
            StoreError::UserExists(name) => {
                Self::conflict(format!("there is a user {name} already"))
            }
            error @ StoreError::Away(_) => Self::away(&error),
            other => Self::internal(&other),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = self.status();
        let (retry, kind) = (self.retry_after_s, self.kind);
        let mut response = (status, Json(ErrorBody { kind, error: self.error })).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if kind == ErrorKind::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

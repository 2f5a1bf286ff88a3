//! How the server says that something did not work.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request cannot be understood.
    BadRequest,
    /// There is no token, or it is not one of ours.
    Unauthorized,
    /// The account may not do that.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// It does not fit what is there: another network, a name that is taken.
    Conflict,
    /// The body is larger than may be.
    TooLarge,
    /// Too many requests: wait as long as `Retry-After` says.
    TooMany,
    /// Too much to do just now: wait as long as `Retry-After` says.
    Busy,
    /// It took too long.
    Timeout,
    /// The server's own fault.
    Internal,
}

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// For programs.
    pub kind: ErrorKind,
    /// For the person who reads it.
    pub error: String,
}

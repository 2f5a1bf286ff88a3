//! Bodies in and out: JSON or `MessagePack`, as their sender and their receiver say.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Refused;
use crate::remote::api::{ErrorKind, MSGPACK};

/// A body that was read.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let packed = is_msgpack(request.headers(), &header::CONTENT_TYPE);
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejected| unread(&rejected))?;
        let read = if packed {
            rmp_serde::from_slice(&bytes).map_err(|e| e.to_string())
        } else if bytes.trim_ascii_start().first() != Some(&b'{') {
            // serde would take an array of the values for the object.
            Err("it is not a JSON object".to_owned())
        } else {
            serde_json::from_slice(&bytes).map_err(|e| e.to_string())
        };
        read.map(Self).map_err(|e| Refused::bad(format!("the body cannot be read: {e}")))
    }
}

fn unread(rejected: &BytesRejection) -> Refused {
    if rejected.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Refused::new(ErrorKind::TooLarge, "the body is larger than this may be");
    }
    Refused::bad(format!("the body cannot be read: {}", rejected.body_text()))
}

/// How the answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    Json,
    Msgpack,
}

impl<S: Send + Sync> FromRequestParts<S> for Wants {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let packed = is_msgpack(&parts.headers, &header::ACCEPT);
        Ok(if packed { Self::Msgpack } else { Self::Json })
    }
}

impl Wants {
    /// A body as it is wanted.
    pub fn answer<T: Serialize>(self, body: &T) -> Response {
        let (kind, packed) = match self {
            Self::Json => ("application/json", serde_json::to_vec(body).map_err(|e| e.to_string())),
            Self::Msgpack => (MSGPACK, rmp_serde::to_vec_named(body).map_err(|e| e.to_string())),
        };
        match packed {
            Ok(bytes) => with_type(kind, bytes),
            Err(error) => Refused::internal(&error).into_response(),
        }
    }
}

/// An answer of this type.
pub fn with_type(kind: &'static str, bytes: impl Into<axum::body::Body>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], bytes.into()).into_response()
}

fn is_msgpack(headers: &HeaderMap, name: &header::HeaderName) -> bool {
    let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split([',', ';']).any(|part| part.trim().eq_ignore_ascii_case(MSGPACK))
}

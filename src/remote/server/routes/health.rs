//! How the server is.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::remote::api::{ErrorBody, StatsResponse};
use crate::remote::server::body::{Wants, with_type};
use crate::remote::server::caller::Caller;
use crate::remote::server::error::Answer;
use crate::remote::server::openapi::document;
use crate::remote::server::shared::Shared;
use crate::store::people::Role;

/// The server is there and can read its store. Needs no token.
#[utoipa::path(get, path = "/v1/health", tag = "server", security(()), responses(
    (status = 200, description = "It works", body = String, content_type = "text/plain"),
    (status = 503, description = "It does not just now", body = ErrorBody),
))]
pub async fn health(State(shared): State<Arc<Shared>>) -> Answer<Response> {
    shared
        .ask(|shared| {
            shared.store.generation()?;
            Ok(shared.engine.ask(|index| index.check())?)
        })
        .await?;
    Ok(with_type("text/plain", "ok\n"))
}

/// The library in numbers.
#[utoipa::path(get, path = "/v1/stats", tag = "tracks", responses(
    (status = 200, description = "The numbers", body = StatsResponse),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn stats(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    wants: Wants,
) -> Answer<Response> {
    let generation = shared.ask(|shared| Ok(shared.store.generation()?)).await?;
    let extent = shared.engine.extent();
    Ok(wants.answer(&StatsResponse {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        model: shared.engine.network.id().to_owned(),
        tracks: extent.tracks,
        fingerprints: extent.windows,
        generation,
    }))
}

/// This interface, as OpenAPI. Needs no token.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "server", security(()), responses(
    (status = 200, description = "The document", body = Object),
))]
pub async fn openapi() -> Response {
    with_type("application/json", document())
}

/// Numbers for Prometheus. Needs the role admin.
#[utoipa::path(get, path = "/metrics", tag = "server", responses(
    (status = 200, description = "OpenMetrics", body = String, content_type = "application/openmetrics-text"),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 403, description = "Not an admin", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn metrics(State(shared): State<Arc<Shared>>, caller: Caller) -> Answer<Response> {
    caller.must_be(Role::Admin)?;
    let tracks = shared.engine.extent().tracks;
    let text = shared.metrics.text(shared.search.waiting(), tracks);
    Ok(with_type("application/openmetrics-text; version=1.0.0; charset=utf-8", text))
}

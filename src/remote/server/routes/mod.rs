//! The routes, each with its limits.

mod checked;
pub mod files;
pub mod health;
pub mod identify;
pub mod listen;
pub mod people;
pub mod recommend;
pub mod tracks;
pub mod users;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{BoxError, Router};
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;

use super::error::Refused;
use super::shared::Shared;
use super::work::Work;
use crate::remote::api::ErrorKind;

/// Bytes of a body at most, where nothing else is said.
const BODY: usize = 64 << 10;
/// Of a clip or a long recording: four hours of windows, even in base64.
const WINDOWS: usize = 12 << 20;
/// Of a track to be enrolled: ten hours of fingerprints, even in base64.
const ENROLMENT: usize = 16 << 20;

/// A long recording takes its time.
const LONG_WITHIN: Duration = Duration::from_secs(600);

/// All routes over this state.
pub fn router(shared: Arc<Shared>, stop: watch::Receiver<bool>) -> Router {
    let within = Duration::from_secs_f64(shared.settings.server.request_timeout_s);
    let large = |most: usize| DefaultBodyLimit::max(most);
    let room = from_fn_with_state(Arc::clone(&shared), has_room);
    let answered = Router::new()
        .route("/v1/identify", post(identify::identify).layer(large(WINDOWS)).layer(room))
        .route("/v1/tracks", get(tracks::list).post(tracks::enrol).layer(large(ENROLMENT)))
        .route("/v1/tracks/{id}", get(tracks::show).delete(tracks::remove))
        .route("/v1/files", put(files::hold).delete(files::unhold))
        .route("/v1/recommend", post(recommend::recommend))
        .route("/v1/feedback", post(people::feedback))
        .route("/v1/history", get(people::history))
        .route("/v1/profile", get(people::profile))
        .route("/v1/stats", get(health::stats))
        .route("/v1/users", get(users::list).post(users::add))
        .route("/v1/users/{name}", delete(users::revoke))
        .route("/v1/users/{name}/token", post(users::renew))
        .route("/v1/health", get(health::health))
        .route("/v1/openapi.json", get(health::openapi))
        .route("/metrics", get(health::metrics))
        .layer(from_fn(move |request, next| in_time(within, request, next)));
    let long = Router::new()
        .route("/v1/identify/timeline", post(identify::timeline).layer(large(WINDOWS)))
        .layer(from_fn(|request, next| in_time(LONG_WITHIN, request, next)));
    Router::new()
        .route("/v1/listen", get(listen::listen))
        .with_state(listen::Live { shared: Arc::clone(&shared), stop })
        .merge(answered.merge(long).with_state(Arc::clone(&shared)))
        .fallback(|| async { Refused::not_found("there is no such path; see /v1/openapi.json") })
        .method_not_allowed_fallback(|| async {
            let body = Refused::bad("this path does not do that; see /v1/openapi.json");
            (StatusCode::METHOD_NOT_ALLOWED, body.into_response().into_body())
        })
        .layer(DefaultBodyLimit::max(BODY))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::clone(&shared), counted))
        .layer(from_fn_with_state(shared, unhurried))
}

/// While all places for searches are taken, who comes next is refused before anything of the request is looked
/// at: under load even that would take the processor from the searches.
async fn has_room(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    if shared.search.is_full() {
        return Work::refusal().into_response();
    }
    next.run(request).await
}

/// Where many are refused they hear so a little later: who asks again at once would otherwise keep the processor
/// busy with refusals alone.
async fn unhurried(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let refused = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS];
    if refused.contains(&response.status()) {
        shared.refusals.wait().await;
    }
    response
}

/// Gives up what takes too long, reading a body that comes byte by byte included.
async fn in_time(within: Duration, request: Request, next: Next) -> Response {
    match tokio::time::timeout(within, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refused::new(ErrorKind::Timeout, "this took too long").into_response(),
    }
}

async fn counted(
    State(shared): State<Arc<Shared>>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let response = next.run(request).await;
    let route = path.as_ref().map_or("other", MatchedPath::as_str);
    let status = response.status().as_u16();
    shared.metrics.request(method.as_str(), route, status, started.elapsed());
    response
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
    Refused::internal(&BoxError::from(format!("a request panicked: {text}"))).into_response()
}

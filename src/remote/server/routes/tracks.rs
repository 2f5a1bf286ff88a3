//! Tracks, and the files of users that they are.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::checked;
use super::checked::hash;
use super::files::{bury, note};
use super::identify::same_network;
use crate::remote::api::{EnrolRequest, ErrorBody, RemotePath, TrackBody, TracksResponse};
use crate::remote::server::body::{Body, Wants};
use crate::remote::server::caller::Caller;
use crate::remote::server::error::{Answer, Refused};
use crate::remote::server::files::{is_shared, seen_track, shared_path};
use crate::remote::server::shared::Shared;
use crate::store::people::{Holding, Role, UserId};
use crate::store::records::{Enrolment, Track, TrackId};

/// Tracks on a page, and at most.
const PAGE: usize = 100;
const LONGEST_PAGE: usize = 1000;

/// Which tracks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TracksQuery {
    /// Those after this number.
    #[serde(default)]
    #[param(value_type = Option<i64>, minimum = 0, maximum = 4_294_967_295_i64)]
    after: Option<u32>,
    /// At most so many (100; 1000 at most).
    #[serde(default)]
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// With their style vectors.
    #[serde(default)]
    style: Option<bool>,
    /// Only those whose file has this BLAKE3, 64 hexadecimal digits.
    #[serde(default)]
    #[param(pattern = "^[0-9a-f]{64}$")]
    content: Option<String>,
    /// Only the one that the user's file at this path is.
    #[serde(default)]
    path: Option<String>,
}

/// The tracks of the library, page by page.
#[utoipa::path(get, path = "/v1/tracks", tag = "tracks", params(TracksQuery), responses(
    (status = 200, description = "A page", body = TracksResponse),
    (status = 400, description = "Bad parameters", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    wants: Wants,
    query: Result<Query<TracksQuery>, axum::extract::rejection::QueryRejection>,
) -> Answer<Response> {
    let Query(query) = query.map_err(|e| Refused::bad(e.body_text()))?;
    let limit = query.limit.unwrap_or(PAGE);
    if limit == 0 || limit > LONGEST_PAGE {
        return Err(Refused::bad(format!("limit must be 1 to {LONGEST_PAGE}")));
    }
    let user = caller.id();
    let page = shared.ask(move |shared| page(shared, user, &query, limit)).await?;
    Ok(wants.answer(&page))
}

fn page(
    shared: &Shared,
    user: UserId,
    query: &TracksQuery,
    limit: usize,
) -> Answer<TracksResponse> {
    let files = shared.people.files(shared, user)?;
    let style = query.style.unwrap_or(false);
    let content = query.content.as_deref().map(hash).transpose()?;
    let (tracks, whole) = if let Some(path) = &query.path {
        let path = PathBuf::from(&RemotePath(path.clone()));
        let holding = shared.store.holding(user, &path)?;
        let track = holding.map(|holding| shared.store.track(holding.track_id)).transpose()?;
        (track.flatten().into_iter().collect(), true)
    } else if let Some(content) = content {
        (shared.store.track_with_content(&content)?, true)
    } else {
        let after = TrackId(query.after.unwrap_or(0));
        let tracks = shared.store.tracks_after(after, limit)?;
        let whole = tracks.len() < limit;
        (tracks, whole)
    };
    let next = tracks.last().filter(|_| !whole).map(|track| track.id);
    let seen = tracks.iter().map(|track| seen_track(track, &files, style)).collect();
    Ok(TracksResponse { tracks: seen, next })
}

/// One track, with its style vector.
#[utoipa::path(get, path = "/v1/tracks/{id}", tag = "tracks", params(("id" = u32, Path, description = "Which")),
    responses(
    (status = 200, description = "The track", body = TrackBody),
    (status = 400, description = "Not a number", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 404, description = "There is none", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn show(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    wants: Wants,
    id: Result<Path<u32>, axum::extract::rejection::PathRejection>,
) -> Answer<Response> {
    let id = number(id)?;
    let user = caller.id();
    let track = shared
        .ask(move |shared| {
            let track = shared.store.track(id)?.ok_or_else(|| none(id))?;
            Ok(seen_track(&track, &*shared.people.files(shared, user)?, true))
        })
        .await?;
    Ok(wants.answer(&track))
}

fn number(id: Result<Path<u32>, axum::extract::rejection::PathRejection>) -> Answer<TrackId> {
    let id = id.map_err(|_| Refused::bad("a track is a number"))?;
    Ok(TrackId(id.0))
}

pub fn none(id: TrackId) -> Refused {
    Refused::not_found(format!("there is no track {id}"))
}

/// Adds a track of the user's own. A file that somebody else has too is one track. Needs the role
/// contributor.
#[utoipa::path(post, path = "/v1/tracks", tag = "tracks", request_body = EnrolRequest, responses(
    (status = 200, description = "The track as it is kept; it is on the disk", body = TrackBody),
    (status = 400, description = "Something in it cannot be", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 403, description = "Not a contributor", body = ErrorBody),
    (status = 409, description = "Made by another network", body = ErrorBody),
    (status = 413, description = "Too long", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
    (status = 503, description = "Too much to do just now", body = ErrorBody),
))]
pub async fn enrol(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    wants: Wants,
    Body(request): Body<EnrolRequest>,
) -> Answer<Response> {
    caller.must_be(Role::Contributor)?;
    same_network(&shared, &request.track.model)?;
    let user = caller.id();
    let kept = shared
        .ask(move |shared| {
            let (track, fingerprints) = checked::track(request)?;
            keep(shared, user, track, fingerprints)
        })
        .await?;
    Ok(wants.answer(&kept))
}

fn keep(shared: &Shared, user: UserId, track: Track, fingerprints: Vec<u8>) -> Answer<TrackBody> {
    let store = &shared.store;
    let (path, stamp, model) = (track.path.clone(), track.stamp.clone(), track.model.clone());
    let same = store.track_with_content(&track.content)?;
    let kept = match same.into_iter().find(|same| same.model == model && same.features.is_some()) {
        Some(same) => same,
        None => {
            let id = only_holders_own(shared, user, &path)?;
            let track = Track { id, path: shared_path(&track.content), ..track };
            store.enrol(Enrolment { track, fingerprints })?
        }
    };
    note(shared, Holding { user, path, track_id: kept.id, stamp })?;
    Ok(seen_track(&kept, &*shared.people.files(shared, user)?, true))
}

/// The number of the track that a file was before it changed, if that is nobody else's: it keeps its history.
fn only_holders_own(shared: &Shared, user: UserId, path: &std::path::Path) -> Answer<TrackId> {
    let Some(before) = shared.store.holding(user, path)? else { return Ok(TrackId(0)) };
    let others = shared.store.holders(before.track_id)?;
    let own = others.iter().all(|holding| holding.user == user && holding.path == path);
    let track = shared.store.track(before.track_id)?;
    let shared_track = track.is_some_and(|track| is_shared(&track.path));
    Ok(if own && shared_track { before.track_id } else { TrackId(0) })
}

/// Takes the user's files of this track out of the library; of an admin, the track itself.
#[utoipa::path(delete, path = "/v1/tracks/{id}", tag = "tracks",
    params(("id" = u32, Path, description = "Which")), responses(
    (status = 204, description = "Done"),
    (status = 400, description = "Not a number", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 403, description = "It is not the user's", body = ErrorBody),
    (status = 404, description = "There is none", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn remove(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    id: Result<Path<u32>, axum::extract::rejection::PathRejection>,
) -> Answer<Response> {
    caller.must_be(Role::Contributor)?;
    let id = number(id)?;
    shared
        .ask(move |shared| {
            shared.store.track(id)?.ok_or_else(|| none(id))?;
            let user = caller.id();
            let holders = shared.store.holders(id)?;
            let own: Vec<_> = holders.into_iter().filter(|held| held.user == user).collect();
            if caller.0.role == Role::Admin {
                shared.store.remove(id)?;
            } else if own.is_empty() {
                return Err(Refused::forbidden("the track is none of your files"));
            }
            for holding in own {
                let orphan = shared.store.unhold(user, &holding.path)?;
                bury(shared, orphan)?;
            }
            shared.people.files_changed(user);
            Ok(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

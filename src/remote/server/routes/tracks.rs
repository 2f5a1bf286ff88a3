//! Tracks, and the files of users that they are.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::identify::same_network;
use crate::embed::STYLE_DIM;
use crate::index::Packed;
use crate::remote::api::{
    EnrolRequest, ErrorBody, FileRequest, RemotePath, TrackBody, TracksResponse,
};
use crate::remote::server::body::{Body, Wants};
use crate::remote::server::caller::Caller;
use crate::remote::server::error::{Answer, Refused};
use crate::remote::server::files::{is_shared, seen_track, shared_path};
use crate::remote::server::shared::Shared;
use crate::store::people::{Holding, Role, UserId};
use crate::store::records::{Enrolment, GenreShare, Track, TrackId};

/// Tracks on a page, and at most.
const PAGE: usize = 100;
const LONGEST_PAGE: usize = 1000;
/// Letters in a title, an artist, a path, at most.
const LONGEST_TEXT: usize = 4096;
/// Length of a style vector may be so far from 1.
const UNIT: f32 = 0.01;

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

fn hash(hex: &str) -> Answer<[u8; 32]> {
    let small = !hex.bytes().any(|digit| digit.is_ascii_uppercase());
    let hash = blake3::Hash::from_hex(hex).ok().filter(|_| small);
    hash.map(|hash| *hash.as_bytes()).ok_or_else(no_hash)
}

fn no_hash() -> Refused {
    Refused::bad("content must be 64 hexadecimal digits, small ones: the file's BLAKE3")
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

fn none(id: TrackId) -> Refused {
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
            let (track, fingerprints) = checked(request)?;
            keep(shared, user, track, fingerprints)
        })
        .await?;
    Ok(wants.answer(&kept))
}

/// What was sent, if it can be a track: everything that later code takes for granted.
fn checked(request: EnrolRequest) -> Answer<(Track, Vec<u8>)> {
    let EnrolRequest { track, fingerprints } = request;
    hash(&track.content)?;
    // That is for the server to find out.
    let track = Track { recording: None, ..track.into_track().ok_or_else(no_hash)? };
    own_path(&track.path)?;
    let texts = [&track.title, &track.artist, &track.album, &track.genre];
    if texts.iter().any(|text| text.len() > LONGEST_TEXT) || track.title.is_empty() {
        return Err(Refused::bad(format!(
            "a title is needed, and no text may have more than {LONGEST_TEXT} bytes"
        )));
    }
    let length = track.style.iter().map(|value| value * value).sum::<f32>().sqrt();
    let unit = (length - 1.0).abs() < UNIT;
    if track.style.len() != STYLE_DIM || !unit {
        return Err(Refused::bad(format!("style must be {STYLE_DIM} values of unit length")));
    }
    let numbers = [Some(track.duration_s), track.highlight_s.map(f64::from)];
    if numbers.into_iter().flatten().any(|number| !(number.is_finite() && number >= 0.0)) {
        return Err(Refused::bad("duration_s and highlight_s must be 0 or more"));
    }
    let share = |genre: &GenreShare| (0.0..=1.0).contains(&genre.probability);
    if track.sounds_like.len() > 64
        || !track.sounds_like.iter().all(share)
        || track.mood.is_some_and(|mood| !mood.is_on_the_plane())
        || track.features.as_ref().is_some_and(|f| !f.is_sound())
    {
        return Err(Refused::bad("features, mood or sounds_like have values that cannot be"));
    }
    let packed =
        Packed::new(fingerprints.0.clone().into()).map_err(|e| Refused::bad(e.to_string()))?;
    if !packed.is_whole() || packed.len() != track.windows as usize {
        return Err(Refused::bad("the fingerprints are damaged, or not as many as windows says"));
    }
    Ok((track, fingerprints.0))
}

fn own_path(path: &std::path::Path) -> Answer<()> {
    if !path.is_absolute() || path.as_os_str().len() > LONGEST_TEXT {
        return Err(Refused::bad(format!(
            "path must be that of the user's own file: absolute, at most {LONGEST_TEXT} bytes"
        )));
    }
    Ok(())
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

/// Notes whose file a track is; one that is nobody's any more goes.
fn note(shared: &Shared, holding: Holding) -> Answer<()> {
    let user = holding.user;
    let orphan = shared.store.hold(holding)?;
    shared.people.files_changed(user);
    bury(shared, orphan)
}

fn bury(shared: &Shared, orphan: Option<TrackId>) -> Answer<()> {
    let Some(id) = orphan else { return Ok(()) };
    let track = shared.store.track(id)?;
    if track.is_some_and(|track| is_shared(&track.path)) {
        shared.store.remove(id)?;
    }
    Ok(())
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

/// Notes that a file of the user's is a track that is there already. Needs the role contributor.
#[utoipa::path(put, path = "/v1/files", tag = "tracks", request_body = FileRequest, responses(
    (status = 204, description = "Noted; it is on the disk"),
    (status = 400, description = "Something in it cannot be", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 403, description = "Not a contributor", body = ErrorBody),
    (status = 404, description = "There is no such track", body = ErrorBody),
    (status = 409, description = "The file is another", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn hold(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Body(request): Body<FileRequest>,
) -> Answer<Response> {
    caller.must_be(Role::Contributor)?;
    let FileRequest { path, track_id, content, stamp } = request;
    let (content, path) = (hash(&content)?, PathBuf::from(&path));
    own_path(&path)?;
    shared
        .ask(move |shared| {
            let track = shared.store.track(track_id)?.ok_or_else(|| none(track_id))?;
            if track.content != content {
                return Err(Refused::conflict("the file is not this track: its BLAKE3 is another"));
            }
            note(shared, Holding { user: caller.id(), path, track_id, stamp })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FileQuery {
    /// Its path on the user's machine.
    path: String,
}

/// Forgets a file of the user's; a track that is nobody's any more goes. Needs the role contributor.
#[utoipa::path(delete, path = "/v1/files", tag = "tracks", params(FileQuery), responses(
    (status = 204, description = "Forgotten, or not there"),
    (status = 400, description = "No path", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 403, description = "Not a contributor", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn unhold(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    query: Result<Query<FileQuery>, axum::extract::rejection::QueryRejection>,
) -> Answer<Response> {
    caller.must_be(Role::Contributor)?;
    let Query(FileQuery { path }) = query.map_err(|e| Refused::bad(e.body_text()))?;
    shared
        .ask(move |shared| {
            let orphan = shared.store.unhold(caller.id(), &PathBuf::from(&RemotePath(path)))?;
            shared.people.files_changed(caller.id());
            bury(shared, orphan)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

//! Which files of users are which tracks.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::checked::{hash, own_path};
use super::tracks::none;
use crate::remote::api::{ErrorBody, FileRequest, RemotePath};
use crate::remote::server::body::Body;
use crate::remote::server::caller::Caller;
use crate::remote::server::error::{Answer, Refused};
use crate::remote::server::files::is_shared;
use crate::remote::server::shared::Shared;
use crate::store::people::{Holding, Role};
use crate::store::records::TrackId;

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

/// Notes whose file a track is; one that is nobody's any more goes.
pub fn note(shared: &Shared, holding: Holding) -> Answer<()> {
    let user = holding.user;
    let orphan = shared.store.hold(holding)?;
    shared.people.files_changed(user);
    bury(shared, orphan)
}

/// Takes out a track that is nobody's any more.
pub fn bury(shared: &Shared, orphan: Option<TrackId>) -> Answer<()> {
    let Some(id) = orphan else { return Ok(()) };
    let track = shared.store.track(id)?;
    if track.is_some_and(|track| is_shared(&track.path)) {
        shared.store.remove(id)?;
    }
    Ok(())
}

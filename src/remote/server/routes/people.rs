//! What each user did and likes: their own, and nobody else's.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::remote::api::{ErrorBody, EventBody, FeedbackRequest, HistoryResponse, ProfileResponse};
use crate::remote::server::body::{Body, Wants};
use crate::remote::server::caller::Caller;
use crate::remote::server::error::{Answer, Refused};
use crate::remote::server::shared::Shared;
use crate::store::NewEvent;
use crate::store::records::EventKind;

/// Events on a page, and at most.
const PAGE: usize = 100;
const LONGEST_PAGE: usize = 1000;
/// Clocks may differ by so much.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// Letters in the name of an input.
const LONGEST_INPUT: usize = 1000;

/// Keeps what the user thinks of a track. It is on the disk when this is answered; the same `nonce` sent
/// again is kept once.
#[utoipa::path(post, path = "/v1/feedback", tag = "people", request_body = FeedbackRequest, responses(
    (status = 200, description = "As it was kept", body = EventBody),
    (status = 400, description = "Something in it cannot be", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 404, description = "There is no such track", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
    (status = 503, description = "Too much to do just now", body = ErrorBody),
))]
pub async fn feedback(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    wants: Wants,
    Body(request): Body<FeedbackRequest>,
) -> Answer<Response> {
    let new = checked(request)?;
    let event = shared.ask(move |shared| Ok(shared.store.record_of(caller.id(), new)?)).await?;
    Ok(wants.answer(&EventBody::from(event)))
}

fn checked(request: FeedbackRequest) -> Answer<NewEvent> {
    let FeedbackRequest { nonce, at, track_id, what } = request;
    let nonce = match nonce {
        None => fastrand::u128(..),
        Some(hex) => {
            let digits = hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit());
            let number = digits.then(|| u128::from_str_radix(&hex, 16).ok()).flatten();
            number.ok_or_else(|| Refused::bad("nonce must be 32 hexadecimal digits"))?
        }
    };
    let now = Timestamp::now();
    let at = at.unwrap_or(now);
    if now.checked_add(AHEAD).is_ok_and(|latest| at > latest) {
        return Err(Refused::bad("at is in the future"));
    }
    let share = |share: f64| (0.0..=1.0).contains(&share);
    let seconds = |seconds: f64| seconds.is_finite() && seconds >= 0.0;
    let fits = match &what {
        EventKind::Skip { share: heard } => heard.is_none_or(share),
        EventKind::Play { share: heard } => share(*heard),
        EventKind::Rate { stars } => (1..=5).contains(stars),
        EventKind::Heard { position_s, confidence, heard_s, input } => {
            seconds(*position_s)
                && share(*confidence)
                && seconds(*heard_s)
                && input.len() <= LONGEST_INPUT
        }
        _ => true,
    };
    if !fits {
        return Err(Refused::bad("shares are 0 to 1, stars 1 to 5, seconds 0 or more"));
    }
    Ok(NewEvent { nonce, at, track_id, what })
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Those after this place in the log.
    #[serde(default)]
    #[param(minimum = 0)]
    after: Option<i64>,
    /// At most so many (100; 1000 at most).
    #[serde(default)]
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// The user's own log, oldest first, page by page.
#[utoipa::path(get, path = "/v1/history", tag = "people", params(HistoryQuery), responses(
    (status = 200, description = "A page", body = HistoryResponse),
    (status = 400, description = "Bad parameters", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn history(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    wants: Wants,
    query: Result<Query<HistoryQuery>, axum::extract::rejection::QueryRejection>,
) -> Answer<Response> {
    let Query(HistoryQuery { after, limit }) = query.map_err(|e| Refused::bad(e.body_text()))?;
    let limit = limit.unwrap_or(PAGE);
    if limit == 0 || limit > LONGEST_PAGE {
        return Err(Refused::bad(format!("limit must be 1 to {LONGEST_PAGE}")));
    }
    let after =
        u64::try_from(after.unwrap_or(0)).map_err(|_| Refused::bad("after must be 0 or more"))?;
    let events =
        shared.ask(move |shared| Ok(shared.store.events_of(caller.id(), after, limit)?)).await?;
    let next = events.last().filter(|_| events.len() == limit).map(|event| event.seq);
    let events = events.into_iter().map(EventBody::from).collect();
    Ok(wants.answer(&HistoryResponse { events, next }))
}

/// Who asks, and what is known of their taste.
#[utoipa::path(get, path = "/v1/profile", tag = "people", responses(
    (status = 200, description = "The user's own profile", body = ProfileResponse),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
    (status = 503, description = "Too much to do just now", body = ErrorBody),
))]
pub async fn profile(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    wants: Wants,
) -> Answer<Response> {
    let profile = shared
        .ask(move |shared| {
            let library = shared.collection()?;
            let (taste, events) = shared.people.taste(shared, caller.id(), &library)?;
            let feedback =
                |sign: f64| taste.known().filter(|id| taste.feedback(*id) * sign > 0.0).count();
            Ok(ProfileResponse {
                enjoyed: feedback(1.0),
                disliked: feedback(-1.0),
                centres: taste.centres().len(),
                events: events.last().map_or(0, |event| event.seq),
                name: caller.0.name,
                role: caller.0.role,
            })
        })
        .await?;
    Ok(wants.answer(&profile))
}

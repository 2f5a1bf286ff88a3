//! What to play next, by the user's own taste.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;

use crate::recommend::{Collection, Offer, Request, Seed, path, recommend as offers};
use crate::remote::api::{ErrorBody, OfferBody, OffersResponse, ReasonBody, RecommendRequest};
use crate::remote::server::body::{Body, Wants};
use crate::remote::server::caller::Caller;
use crate::remote::server::error::{Answer, Refused};
use crate::remote::server::files::seen_path;
use crate::remote::server::people::Files;
use crate::remote::server::shared::Shared;
use crate::store::people::UserId;
use crate::store::records::TrackId;
use crate::taste::mood::{MoodState, drift};

/// Offers in a list at most.
const MOST: usize = 100;
/// Seeds at most.
const MOST_SEEDS: usize = 20;

/// Offers tracks: like the seeds, like what the user enjoys, in the mood asked for, or on the way from one
/// track to another; and says why.
#[utoipa::path(post, path = "/v1/recommend", tag = "recommendation", request_body = RecommendRequest,
    responses(
    (status = 200, description = "Offers, the best first", body = OffersResponse),
    (status = 400, description = "Something in it cannot be", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 404, description = "There is no such track", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
    (status = 503, description = "Too much to do just now", body = ErrorBody),
))]
pub async fn recommend(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    wants: Wants,
    Body(request): Body<RecommendRequest>,
) -> Answer<Response> {
    checked(&request)?;
    let (user, job) = (caller.id(), Arc::clone(&shared));
    let offers = shared.search.run(move || list(&job, user, &request)).await??;
    Ok(wants.answer(&OffersResponse { offers }))
}

fn checked(request: &RecommendRequest) -> Answer<()> {
    if request.count.is_some_and(|count| count == 0 || count > MOST) {
        return Err(Refused::bad(format!("count must be 1 to {MOST}")));
    }
    if request.seeds.len() > MOST_SEEDS {
        return Err(Refused::bad(format!("at most {MOST_SEEDS} seeds")));
    }
    if request.from.is_some() && request.to.is_some() && !request.seeds.is_empty() {
        return Err(Refused::bad("a way has no seeds: give from and to alone"));
    }
    if request.mood.is_some_and(|mood| !mood.is_on_the_plane()) {
        return Err(Refused::bad("valence and energy are -1 to 1"));
    }
    Ok(())
}

fn list(shared: &Shared, user: UserId, wanted: &RecommendRequest) -> Answer<Vec<OfferBody>> {
    let library = shared.collection()?;
    let (taste, events) = shared.people.taste(shared, user, &library)?;
    let files = shared.people.files(shared, user)?;
    let now = Timestamp::now();
    // One end alone is no way, but a place to start from.
    let end = wanted.from.xor(wanted.to);
    let seeds: Vec<Seed> =
        wanted.seeds.iter().chain(&end).map(|id| seed(&library, *id)).collect::<Answer<_>>()?;
    let mut mood = MoodState::default();
    mood.set_place(wanted.mood);
    mood.set_drift(drift(&events, &|id| library.mood_of(id), mood.place(), now));
    let feed = Request::new(&library, &taste, &shared.settings.recommend, now);
    let request =
        Request { seeds: &seeds, mood, count: wanted.count.unwrap_or(feed.count), ..feed };
    let list = match (wanted.from, wanted.to) {
        (Some(from), Some(to)) => {
            let (from, to) = (seed(&library, from)?, seed(&library, to)?);
            path(&request, &from, &to).map_err(|e| Refused::bad(e.to_string()))?
        }
        _ => offers(&request),
    };
    Ok(list.into_iter().filter_map(|offer| body(&library, &files, offer)).collect())
}

fn seed(library: &Collection, id: TrackId) -> Answer<Seed> {
    let track = library.get(id).map(Seed::of);
    track.ok_or_else(|| Refused::not_found(format!("there is no track {id}")))
}

fn body(library: &Collection, files: &Files, offer: Offer) -> Option<OfferBody> {
    let track = library.get(offer.track_id)?;
    let reasons = offer.reasons.into_iter().map(|reason| ReasonBody {
        kind: serde_json::to_value(reason.kind)
            .ok()
            .and_then(|kind| kind.as_str().map(str::to_owned))
            .unwrap_or_default(),
        text: reason.text,
        weight: reason.weight,
    });
    Some(OfferBody {
        rank: offer.rank,
        track_id: track.id,
        path: seen_path(track, files),
        title: track.title.clone(),
        artist: track.artist.clone(),
        score: offer.score,
        reasons: reasons.collect(),
        other: offer.other,
        mood: library.mood_of(track.id),
        highlight_s: track.highlight_s,
    })
}

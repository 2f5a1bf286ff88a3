//! Fingerprints in, matches out.

use std::sync::{Arc, PoisonError};

use axum::extract::State;
use axum::response::Response;

use crate::index::{Candidate, Query, SearchError};
use crate::listen::{HeardWindow, TimelineFinder, rule};
use crate::remote::api::{
    CandidateBody, ErrorBody, IdentifyRequest, IdentifyResponse, StretchBody, TimelineRequest,
    TimelineResponse,
};
use crate::remote::server::answers::Asked;
use crate::remote::server::body::{Body, Wants};
use crate::remote::server::caller::Caller;
use crate::remote::server::error::{Answer, Refused};
use crate::remote::server::files::seen_path;
use crate::remote::server::people::Files;
use crate::remote::server::shared::Shared;
use crate::remote::windows::unpack;
use crate::store::records::TrackId;

/// A clip may be so long, seconds: what is longer has a timeline.
const LONGEST_CLIP_S: f64 = 60.0;

/// Names a clip by its fingerprints.
#[utoipa::path(post, path = "/v1/identify", tag = "recognition", request_body = IdentifyRequest, responses(
    (status = 200, description = "What it is, and what it may be", body = IdentifyResponse),
    (status = 400, description = "Not fingerprints", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 409, description = "Made by another network", body = ErrorBody),
    (status = 413, description = "Too long", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
    (status = 503, description = "Too much to do just now", body = ErrorBody),
))]
pub async fn identify(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    wants: Wants,
    Body(request): Body<IdentifyRequest>,
) -> Answer<Response> {
    same_network(&shared, &request.model)?;
    if !(request.heard_s.is_finite() && request.heard_s > 0.0 && request.heard_s <= LONGEST_CLIP_S)
    {
        return Err(Refused::bad(format!(
            "heard_s must be above 0 and at most {LONGEST_CLIP_S}: longer recordings go to \
             /v1/identify/timeline"
        )));
    }
    let windows = windows(&request.windows.0)?;
    let music: Vec<f32> = windows.iter().map(|window| window.music).collect();
    let is_music = shared.engine.network.gate().is_music(&music);
    // Of the library as the index has it: what is kept must not outlive what it was found in.
    let generation = shared.engine.extent().generation;
    let asked = Asked::new(&request.windows.0, request.heard_s, generation);
    let candidates = match shared.answers.get(&asked) {
        Some(candidates) => {
            shared.metrics.cached();
            candidates
        }
        None => {
            let candidates = search(&shared, windows, request.heard_s).await?;
            shared.answers.keep(asked, candidates.clone());
            candidates
        }
    };
    let user = caller.id();
    let response = shared
        .ask(move |shared| {
            let files = shared.people.files(shared, user)?;
            let rule = rule(&shared.engine.recognition);
            let found = candidates.first().filter(|best| rule.names(best.verdict.given(is_music)));
            Ok(IdentifyResponse {
                found: found.and_then(|found| seen(shared, &files, found)),
                candidates: candidates.iter().filter_map(|c| seen(shared, &files, c)).collect(),
            })
        })
        .await?;
    Ok(wants.answer(&response))
}

async fn search(
    shared: &Arc<Shared>,
    windows: Vec<HeardWindow>,
    heard_s: f64,
) -> Answer<Vec<Candidate>> {
    let engine = shared.engine.clone();
    let job = move || {
        let queries: Vec<Query> = windows.into_iter().map(|window| window.query).collect();
        engine.ask(|index| index.identify(&queries, heard_s, &engine.decision))
    };
    Ok(shared.search.run(job).await??)
}

fn seen(shared: &Shared, files: &Files, candidate: &Candidate) -> Option<CandidateBody> {
    let id = TrackId(candidate.key);
    let catalogue = shared.engine.catalogue.read().unwrap_or_else(PoisonError::into_inner);
    let track = catalogue.track(id)?;
    Some(CandidateBody {
        track_id: id,
        path: seen_path(&track, files),
        title: track.title.clone(),
        artist: track.artist.clone(),
        album: track.album.clone(),
        offset_s: candidate.offset_s,
        confidence: candidate.verdict.confidence,
        certainty: candidate.verdict.certainty,
        score: candidate.score,
        beside: candidate.beside,
        speed: candidate.speed,
    })
}

/// Tells a long recording as the tracks that are heard in it.
#[utoipa::path(post, path = "/v1/identify/timeline", tag = "recognition", request_body = TimelineRequest,
    responses(
    (status = 200, description = "The tracks, in order", body = TimelineResponse),
    (status = 400, description = "Not fingerprints", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 409, description = "Made by another network", body = ErrorBody),
    (status = 413, description = "Too long", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
    (status = 503, description = "Too much to do just now", body = ErrorBody),
))]
pub async fn timeline(
    State(shared): State<Arc<Shared>>,
    _caller: Caller,
    wants: Wants,
    Body(request): Body<TimelineRequest>,
) -> Answer<Response> {
    same_network(&shared, &request.model)?;
    if !(request.end_s.is_finite() && request.end_s >= 0.0) {
        return Err(Refused::bad("end_s must be 0 or more"));
    }
    let windows = windows(&request.windows.0)?;
    let engine = shared.engine.clone();
    // Who gives up waiting gives up the work.
    let wanted = Arc::new(());
    let still_wanted = Arc::downgrade(&wanted);
    let job = move || {
        let mut finder = TimelineFinder::new(&engine);
        for window in windows {
            if still_wanted.strong_count() == 0 {
                break;
            }
            finder.hear(window)?;
        }
        let found = finder.finish(request.end_s)?;
        let catalogue = engine.catalogue.read().unwrap_or_else(PoisonError::into_inner);
        let stretches = found.into_iter().filter_map(|stretch| {
            let track = catalogue.track(stretch.track_id)?;
            Some(StretchBody {
                track_id: stretch.track_id,
                title: track.title.clone(),
                artist: track.artist.clone(),
                start_s: stretch.start_s,
                end_s: stretch.end_s,
                offset_s: stretch.offset_s,
                confidence: stretch.confidence,
            })
        });
        Ok::<_, SearchError>(TimelineResponse { stretches: stretches.collect() })
    };
    let timeline = shared.long.run(job).await??;
    drop(wanted);
    Ok(wants.answer(&timeline))
}

/// Fingerprints of different networks cannot be compared.
pub fn same_network(shared: &Shared, model: &str) -> Answer<()> {
    let ours = shared.engine.network.id();
    if model == ours {
        return Ok(());
    }
    // What was sent is repeated only as far as a network's name can go.
    let theirs: String = model.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    Err(Refused::conflict(format!(
        "these fingerprints were made by the network {theirs}, the server's is {ours}: use the same \
         version of EchoVibe as the server ({})",
        env!("CARGO_PKG_VERSION")
    )))
}

fn windows(packed: &[u8]) -> Answer<Vec<HeardWindow>> {
    let windows = unpack(packed).map_err(|e| Refused::bad(e.to_string()))?;
    let in_order = windows.windows(2).all(|pair| pair[0].query.time_s < pair[1].query.time_s);
    if !in_order {
        return Err(Refused::bad("the windows must be in order of their times"));
    }
    Ok(windows)
}

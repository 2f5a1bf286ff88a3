//! `like`, `unlike`, `skip`, `play`, `rate`, `save`, `unsave`, `ban`, `unban`: what the user thinks of a track. The event is
//! on disk before it is printed.

use color_eyre::eyre::Report;

use super::args::{PlayArgs, RateArgs, SkipArgs, TrackArgs};
use super::context::Context;
use super::output::{Found, Output};
use super::rows::EventRow;
use crate::library::resolve;
use crate::store::records::EventKind;

pub fn like(context: &Context, args: &TrackArgs) -> Result<Found, Report> {
    record(context, args, EventKind::Like)
}

pub fn unlike(context: &Context, args: &TrackArgs) -> Result<Found, Report> {
    record(context, args, EventKind::Unlike)
}

pub fn skip(context: &Context, args: &SkipArgs) -> Result<Found, Report> {
    record(context, &args.track, EventKind::Skip { share: args.share })
}

pub fn play(context: &Context, args: &PlayArgs) -> Result<Found, Report> {
    record(context, &args.track, EventKind::Play { share: args.share })
}

pub fn rate(context: &Context, args: &RateArgs) -> Result<Found, Report> {
    record(context, &args.track, EventKind::Rate { stars: args.stars })
}

pub fn save(context: &Context, args: &TrackArgs) -> Result<Found, Report> {
    record(context, args, EventKind::Save)
}

pub fn unsave(context: &Context, args: &TrackArgs) -> Result<Found, Report> {
    record(context, args, EventKind::Unsave)
}

pub fn ban(context: &Context, args: &TrackArgs) -> Result<Found, Report> {
    record(context, args, EventKind::Ban)
}

pub fn unban(context: &Context, args: &TrackArgs) -> Result<Found, Report> {
    record(context, args, EventKind::Unban)
}

fn record(context: &Context, args: &TrackArgs, what: EventKind) -> Result<Found, Report> {
    let (store, _) = context.libraries(false)?;
    let tracks = store.tracks()?;
    let track = resolve(tracks.iter(), &args.track)?;
    let mut event = store.record(track.id, what)?;
    if event.is_waiting() {
        (event.title, event.artist) = (track.title.clone(), track.artist.clone());
        context.tell(&format!(
            "echovibe: the server is away: this is kept here ({} in all) and sent when it is back",
            store.waiting()
        ));
    }
    Output::new(args.json).row(&EventRow::from(&event), EventRow::line)?;
    Ok(Found::Yes)
}

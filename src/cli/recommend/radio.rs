//! `recommend --radio`

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use color_eyre::eyre::Report;

use super::format::Writer;
use super::library::Library;
use super::mood::MoodSource;
use crate::cli::args::RecommendArgs;
use crate::cli::listen::stop_on_signal;
use crate::cli::output::Found;
use crate::recommend::{Radio, Seed};
use crate::store::records::{Event, EventKind, TrackId};

/// How often the log is looked at while a track plays, and signals for a stop.
const LOOK: Duration = Duration::from_millis(500);

/// Offers one track after another until it is stopped, the reader goes away, or there is nothing to offer.
pub fn run(
    args: &RecommendArgs,
    library: &mut Library,
    start: &[Seed],
    mood: &mut MoodSource,
    writer: &Writer,
) -> Result<Found, Report> {
    let stop = stop_on_signal();
    let paced = args.paced || std::io::stdout().is_terminal();
    let mut radio = Radio::default();
    let mut given = 0;
    library.set_mood(mood.now()?);
    writer.begin()?;
    while !stop.load(Ordering::Relaxed) && args.count.is_none_or(|count| given < count) {
        let Some(offer) = radio.next(&library.request(start, None)) else { break };
        let id = offer.track_id;
        if let Some(row) = writer.row(library, offer) {
            writer.next(&row)?;
            given += 1;
        }
        if paced && args.count.is_none_or(|count| given < count) {
            wait_for(library, id, &stop)?;
        } else {
            library.refresh()?;
        }
        match mood.now() {
            Ok(mood) => library.set_mood(mood),
            // Whoever writes the mood may be at it: the last one holds.
            Err(e) => tracing::warn!("the mood stays as it was: {e:#}"),
        }
    }
    Ok((given > 0).into())
}

/// Waits until the log says that the track was played or turned down, or its time has passed.
fn wait_for(library: &mut Library, id: TrackId, stop: &AtomicBool) -> Result<(), Report> {
    let started = Instant::now();
    let length = library.collection.get(id).map_or(0.0, |track| track.duration_s);
    let over = |event: &Event| {
        let turned =
            matches!(event.what, EventKind::Play { .. } | EventKind::Skip { .. } | EventKind::Ban);
        event.track_id == id && turned
    };
    while !stop.load(Ordering::Relaxed) && started.elapsed().as_secs_f64() < length {
        if library.refresh()?.iter().any(over) {
            return Ok(());
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}

//! `listen`

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Report, eyre};
use crossbeam_channel::RecvTimeoutError;
use jiff::Timestamp;
use serde::Serialize;

use super::args::ListenArgs;
use super::context::Context;
use super::demo;
use super::output::{Found, Output, clock};
use super::rows::{MatchRow, thousandths};
use crate::audio::InputSpec;
use crate::library::{Catalogue, maintain_cells_beside};
use crate::listen::event::{InputState, LiveEvent, Named};
use crate::listen::{Engine, Listener};
use crate::store::Store;
use crate::store::records::EventKind;

#[derive(Debug, Serialize)]
struct Row {
    at: Timestamp,
    #[serde(rename = "match")]
    found: MatchRow,
    position_s: f64,
    heard_s: f64,
}

/// How often the library is looked at for new tracks, and signals for a stop.
const LOOK: Duration = Duration::from_millis(500);

pub fn run(context: &Context, args: &ListenArgs) -> Result<Found, Report> {
    let deadline = args.timeout.map(deadline).transpose()?.flatten();
    let spec = context.input(args.input.as_deref())?;
    let demo_context;
    let context = if spec == InputSpec::Demo {
        demo_context = demo::ready(context)?;
        &demo_context
    } else {
        context
    };
    let store = context.store()?;
    let engine = context.engine(&store)?;
    if store.snapshot_of().is_some() {
        context.tell("the data folder cannot be written: what is heard is not kept in the history");
    }
    let history = history(&store, &spec);
    let listener = Listener::start(&spec, &engine, history)?;
    let stop = stop_on_signal();
    let mut looked_at = Instant::now();
    let mut output = Output::new(args.json);
    let mut found = false;
    while !stop.load(Ordering::Relaxed) && deadline.is_none_or(|end| Instant::now() < end) {
        // A server takes over new tracks itself.
        if !store.is_elsewhere() && looked_at.elapsed() >= LOOK {
            refresh(&engine, &store);
            looked_at = Instant::now();
        }
        let event = match listener.events().recv_timeout(LOOK) {
            Ok(event) => event,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => continue,
        };
        match event {
            LiveEvent::Named(named) => {
                if let Some(row) = row(&engine, &named) {
                    output.row(&row, text)?;
                    found = true;
                }
                if args.once {
                    break;
                }
            }
            LiveEvent::Input(InputState::Waiting { reason }) if !is_device(&spec) => {
                return Err(eyre!("{reason}"));
            }
            LiveEvent::Input(state) => tell_input(context, &state),
            LiveEvent::Server(Some(reason)) => {
                context.tell(&format!("{reason}; trying again"));
            }
            LiveEvent::Server(None) => context.tell("the server is there again"),
            LiveEvent::Ended => break,
            _ => {}
        }
    }
    Ok(found.into())
}

/// A flag that Ctrl-C raises.
pub fn stop_on_signal() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    if let Err(e) = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)) {
        tracing::warn!("signals are not watched: {e}");
    }
    stop
}

/// Devices come back; a file or pipe that cannot be read does not.
fn is_device(spec: &InputSpec) -> bool {
    matches!(spec, InputSpec::Mic(_) | InputSpec::Monitor)
}

/// When to stop; none where that is further away than clocks go.
fn deadline(seconds: f64) -> Result<Option<Instant>, Report> {
    if seconds.is_nan() || seconds <= 0.0 {
        return Err(eyre!("--timeout must be a number of seconds above 0"));
    }
    let wait = Duration::try_from_secs_f64(seconds).ok();
    Ok(wait.and_then(|wait| Instant::now().checked_add(wait)))
}

/// Takes over tracks that another process enrolled meanwhile.
fn refresh(engine: &Engine, store: &Store) {
    let model = engine.network.id();
    match Catalogue::refresh(&engine.catalogue, store, model) {
        Ok(true) => maintain_cells_beside(&engine.catalogue, store.dir(), model),
        Ok(false) => {}
        Err(e) => tracing::warn!("the library cannot be refreshed: {e}"),
    }
}

/// Writes each name to the history. A store that cannot be written to is no reason to stop
/// listening.
fn history(store: &Store, spec: &InputSpec) -> impl Fn(&Named) + Send + 'static {
    let (store, input) = (store.clone(), spec.to_string());
    move |named| {
        if store.snapshot_of().is_some() {
            return;
        }
        if let Err(e) = store.record(named.track_id, heard(&input, named)) {
            eprintln!("echovibe: the history could not be written: {e}");
        }
    }
}

/// What history keeps of a name.
pub fn heard(input: &str, named: &Named) -> EventKind {
    EventKind::Heard {
        position_s: thousandths(named.position_s),
        confidence: thousandths(named.confidence),
        heard_s: thousandths(named.heard_s),
        input: input.to_owned(),
    }
}

fn row(engine: &Engine, named: &Named) -> Option<Row> {
    let catalogue = engine.catalogue.read().unwrap_or_else(PoisonError::into_inner);
    let track = catalogue.track(named.track_id)?;
    Some(Row {
        at: Timestamp::now(),
        found: MatchRow::new(&track, named.position_s, named.confidence),
        position_s: thousandths(named.position_s),
        heard_s: thousandths(named.heard_s),
    })
}

fn text(row: &Row) -> String {
    format!(
        "{}  {} at {} ({:.0} %, heard in {:.1} s)",
        row.at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S"),
        row.found.label(),
        clock(row.position_s),
        row.found.confidence * 100.0,
        row.heard_s,
    )
}

fn tell_input(context: &Context, state: &InputState) {
    match state {
        InputState::Live { name, rate, channels } => {
            context.tell(&format!("listening to {name} ({rate} Hz, {channels} channels)"));
        }
        InputState::Waiting { reason } => context.tell(&format!("waiting: {reason}")),
    }
}

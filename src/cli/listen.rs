//! `listen`: names what is heard, for as long as it is asked, and tells standard output, the history,
//! files and commands of it.

mod announcer;
mod command;
mod heard;
mod now_playing;
mod options;
mod playing;
mod runner;
mod service;
mod template;

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Report, eyre};
use crossbeam_channel::RecvTimeoutError;
use jiff::Timestamp;

use super::args::ListenArgs;
use super::context::Context;
use super::demo;
use super::output::{Found, Output, complain};
use super::rows::{IndexName, thousandths};
use crate::audio::InputSpec;
use crate::library::{Catalogue, maintain_cells_beside};
use crate::listen::event::{InputState, LiveEvent, Named};
use crate::listen::{Engine, Listener};
use crate::store::Store;
use crate::store::records::EventKind;
use announcer::Announcer;
use heard::{Heard, Row};
use options::Options;

/// How often the library is looked at for new tracks, and signals for a stop.
const LOOK: Duration = Duration::from_millis(500);

pub fn run(context: &Context, args: &ListenArgs) -> Result<Found, Report> {
    let spec = context.input(args.input.as_deref())?;
    let options = Options::new(context, args)?;
    let demo_context;
    let context = if spec == InputSpec::Demo {
        demo_context = demo::ready(context)?;
        &demo_context
    } else {
        context
    };
    let (store, own) = context.libraries(false)?;
    let engine = context.engine(&store, own.as_ref())?;
    if store.snapshot_of().is_some() {
        context.tell("the data folder cannot be written: what is heard is not kept in the history");
    }
    let mut announcer = Announcer::start(context, &options)?;
    let stop = stop_on_signal();
    let history = history(&store, &spec);
    let listener = Listener::start(&spec, &engine, history)?;
    announcer.service.ready();
    let mut listening =
        Listening { context, spec: &spec, output: Output::new(args.json), outage: None };
    let watched = Watched { engine: &engine, store: own.as_ref().unwrap_or(&store) };
    let outcome = listening.follow(&listener, &watched, &options, &stop, &mut announcer);
    let found = matches!(outcome, Ok(true));
    announcer.finish(found && options.once, &stop);
    Ok(outcome?.into())
}

/// What is told of the input and of what is named.
struct Listening<'c> {
    context: &'c Context,
    spec: &'c InputSpec,
    output: Output,
    /// Since when nothing comes in, and why.
    outage: Option<(Instant, String)>,
}

impl Listening<'_> {
    /// Listens until it is stopped, the sound ends, or there is a reason to; whether anything was named.
    fn follow(
        &mut self,
        listener: &Listener,
        watched: &Watched<'_>,
        options: &Options,
        stop: &AtomicBool,
        announcer: &mut Announcer,
    ) -> Result<bool, Report> {
        let (mut found, mut looked_at) = (false, Instant::now());
        let due = |deadline: Instant| Instant::now() >= deadline;
        while !stop.load(Ordering::Relaxed) && !options.deadline.is_some_and(due) {
            if looked_at.elapsed() >= LOOK {
                watched.refresh();
                looked_at = Instant::now();
            }
            announcer.tick();
            let event = match listener.events().recv_timeout(LOOK) {
                Ok(event) => event,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => continue,
            };
            match event {
                LiveEvent::NamedLate { named, at } => {
                    if let Some(heard) = self.heard(watched.engine, &named, at) {
                        self.output.row(&heard.row, Row::line)?;
                        found = true;
                    }
                }
                LiveEvent::Named(named) => {
                    if let Some(heard) = self.heard(watched.engine, &named, Timestamp::now()) {
                        self.output.row(&heard.row, Row::line)?;
                        announcer.named(heard);
                        found = true;
                    }
                    if options.once {
                        break;
                    }
                }
                LiveEvent::Position { track_id, .. } => announcer.goes_on(track_id),
                LiveEvent::Lost => announcer.lost(),
                LiveEvent::Input(state) => self.tell_input(&state, announcer)?,
                LiveEvent::Server(away) => self.tell_server(away, announcer),
                LiveEvent::Ended => match self.outage.take() {
                    Some((_, reason)) => return Err(eyre!("{reason}")),
                    None => break,
                },
                _ => {}
            }
        }
        Ok(found)
    }

    fn heard(&self, engine: &Engine, named: &Named, at: Timestamp) -> Option<Heard> {
        let catalogue = engine.catalogue.read().unwrap_or_else(PoisonError::into_inner);
        let track = catalogue.track(named.track_id)?;
        let index = IndexName::of(named.track_id, &catalogue);
        Some(Heard::new(&track, named, at, &self.spec.to_string(), index))
    }

    /// Tells that the server is away, or there again.
    fn tell_server(&self, away: Option<String>, announcer: &Announcer) {
        match away {
            Some(reason) => {
                announcer.service.status(&reason);
                self.context.tell(&format!("{reason}; trying again"));
            }
            None => {
                announcer.service.status("the server is there again");
                self.context.tell("the server is there again");
            }
        }
    }

    /// Tells once that nothing comes in, and once that something does again, however often the reason
    /// changes meanwhile.
    fn tell_input(&mut self, state: &InputState, announcer: &Announcer) -> Result<(), Report> {
        match state {
            InputState::Waiting { reason } if !is_device(self.spec) => Err(eyre!("{reason}")),
            InputState::Waiting { reason } => {
                announcer.service.status(&format!("waiting: {reason}"));
                if let Some((_, before)) = &mut self.outage {
                    tracing::info!("still waiting: {reason}");
                    before.clone_from(reason);
                    return Ok(());
                }
                self.outage = Some((Instant::now(), reason.clone()));
                self.context.tell(&format!("waiting: {reason}"));
                tracing::warn!("waiting: {reason}");
                Ok(())
            }
            InputState::Live { name, rate, channels } => {
                announcer.service.status(&format!("listening to {name}"));
                let after = self.outage.take().map_or(String::new(), |(since, _)| {
                    let seconds = since.elapsed().as_secs();
                    tracing::warn!("{name} is back after {seconds} s");
                    format!(", back after {seconds} s")
                });
                let told = format!("listening to {name} ({rate} Hz, {channels} channels){after}");
                self.context.tell(&told);
                Ok(())
            }
        }
    }
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

/// Devices and stations come back; a file or pipe that cannot be read does not.
fn is_device(spec: &InputSpec) -> bool {
    matches!(spec, InputSpec::Mic(_) | InputSpec::Monitor | InputSpec::Url(_))
}

/// The index of this machine that is searched, and its store.
struct Watched<'e> {
    engine: &'e Engine,
    store: &'e Store,
}

impl Watched<'_> {
    /// Takes over tracks that another process enrolled meanwhile. A server does so itself.
    fn refresh(&self) {
        if self.store.is_elsewhere() {
            return;
        }
        let model = self.engine.network.id();
        let catalogue = self.engine.own.as_ref().unwrap_or(&self.engine.catalogue);
        match Catalogue::refresh(catalogue, self.store, model) {
            Ok(true) => maintain_cells_beside(catalogue, self.store.dir(), model),
            Ok(false) => {}
            Err(e) => tracing::warn!("the library cannot be refreshed: {e}"),
        }
    }
}

/// Writes each name to the history. A store that cannot be written to is no reason to stop
/// listening.
fn history(store: &Store, spec: &InputSpec) -> impl Fn(&Named, Timestamp) + Send + 'static {
    let (store, input) = (store.clone(), spec.to_string());
    move |named, at| {
        if store.snapshot_of().is_some() {
            return;
        }
        if let Err(e) = store.record_at(named.track_id, heard(&input, named), at) {
            complain(&format!("the history could not be written: {e}"));
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

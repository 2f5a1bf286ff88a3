//! Takes all that has come, then draws once, never more often than the frame floor.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, never, select, unbounded};
use crossterm::event::{self, Event};

use super::app::App;
use super::terminal::Session;
use super::{ScreenError, view};

/// Messages taken before the next frame at most, so that a flood cannot stop the drawing.
const DRAIN: usize = 4096;

/// Runs until the user leaves or a signal asks for the end.
///
/// # Errors
/// The terminal has gone.
pub fn run(session: &mut Session, app: &mut App, frame: Duration) -> Result<(), ScreenError> {
    forget_typed().map_err(ScreenError::Terminal)?;
    let keys = keys();
    let signals = signals();
    let mut drawn: Option<Instant> = None;
    while !app.quit {
        let now = Instant::now();
        app.tick(now);
        let due = drawn.map_or(now, |at| at + frame);
        if app.dirty && due <= now {
            app.dirty = false;
            session.draw(|f| view::draw(f, app, now)).map_err(ScreenError::Terminal)?;
            drawn = Some(now);
            continue;
        }
        let until = if app.dirty { due } else { app.wake_at(now) };
        let live = if app.live_open { app.core.events().clone() } else { never() };
        select! {
            recv(signals) -> _ => return Ok(()),
            recv(keys) -> input => match input {
                Ok(input) => app.input(&input.map_err(ScreenError::Terminal)?, Instant::now()),
                Err(_) => return Ok(()),
            },
            recv(live) -> message => match message {
                Ok(message) => app.live(message, Instant::now()),
                Err(_) => app.live_closed(),
            },
            recv(session.panics) -> what => if let Ok(what) = what {
                app.complain(what, Instant::now());
            },
            default(until.saturating_duration_since(now)) => {}
        }
        drain(app, &live, &keys)?;
    }
    Ok(())
}

fn drain(
    app: &mut App,
    live: &Receiver<crate::listen::event::LiveEvent>,
    keys: &Receiver<io::Result<Event>>,
) -> Result<(), ScreenError> {
    let now = Instant::now();
    for message in live.try_iter().take(DRAIN) {
        app.live(message, now);
    }
    for input in keys.try_iter().take(DRAIN) {
        app.input(&input.map_err(ScreenError::Terminal)?, now);
    }
    Ok(())
}

/// Keys and sizes, read on a thread of their own; the channel closes when the terminal has gone.
/// What was typed before there was a screen was meant for something else.
fn forget_typed() -> io::Result<()> {
    while event::poll(Duration::ZERO)? {
        event::read()?;
    }
    Ok(())
}

fn keys() -> Receiver<io::Result<Event>> {
    let (tell, keys) = unbounded();
    let read = move || {
        loop {
            let input = event::read();
            let failed = input.is_err();
            if tell.send(input).is_err() || failed {
                return;
            }
        }
    };
    // Without the thread the channel is closed at once, and the screen ends.
    let _ = thread::Builder::new().name("keys".into()).spawn(read);
    keys
}

/// SIGTERM, SIGHUP and SIGINT. Where another part of the program handles signals already, that part
/// ends the screen.
fn signals() -> Receiver<()> {
    let (tell, signals): (Sender<()>, _) = bounded(1);
    let handler = move || {
        let _ = tell.try_send(());
    };
    if ctrlc::try_set_handler(handler).is_err() {
        return never();
    }
    signals
}

//! Takes all that has come, then draws once, never more often than the frame floor, and nothing where
//! nothing changed.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, never, select, unbounded};
use crossterm::event::{self, Event};

use super::allowance::{Bytes, Frames};
use super::app::App;
use super::capability::TerminalKind;
use super::replies::{self, ASK_VERSION, Came, Reply};
use super::terminal::{self, Session};
use super::{ScreenError, view};

/// Messages taken before the next frame at most, so that a flood cannot stop the drawing.
const DRAIN: usize = 4096;

/// So long the first frame waits for the terminal to tell its background: longer than one at hand needs.
/// Another colour than the right one for a moment is better than no frame.
const BACKGROUND_WITHIN: Duration = Duration::from_millis(20);

/// Runs until the user leaves or a signal asks for the end.
///
/// # Errors
/// The terminal has gone.
pub fn run(session: &mut Session, app: &mut App) -> Result<(), ScreenError> {
    let ended = turns(session, app);
    let pictures = app.strips.forget(app.terminal.images.tmux);
    ended.and(session.write(&pictures).map_err(ScreenError::Terminal))
}

fn turns(session: &mut Session, app: &mut App) -> Result<(), ScreenError> {
    forget_typed().map_err(ScreenError::Terminal)?;
    let asked =
        (app.screen.theme == "auto" && app.terminal.asks_background()).then_some(app.terminal);
    let (keys, mut replies) = read_terminal(asked);
    let signals = signals();
    if let Ok(reply) = replies.recv_timeout(BACKGROUND_WITHIN) {
        told(session, app, &reply)?;
    }
    let start = Instant::now();
    let (mut frames, mut bytes) = (Frames::new(start), Bytes::new(start));
    let mut urgent = false;
    while !app.quit {
        let now = Instant::now();
        app.tick(now);
        let (per_second, rate) = app.terminal.limits(&app.screen);
        let frame = Duration::from_secs(1) / per_second.max(1);
        bytes.pass(now, rate);
        let free_at = bytes.free_at(now, rate);
        app.save_bytes = free_at > now;
        let due = frames.due(frame, urgent);
        if (app.dirty || app.moved && !app.save_bytes) && due <= now {
            session.use_mouse(app.screen.mouse).map_err(ScreenError::Terminal)?;
            app.dirty = false;
            app.moved &= app.save_bytes;
            app.cell = terminal::cell();
            let written =
                session.draw(|buf| view::draw(buf, app, now)).map_err(ScreenError::Terminal)?;
            frames.drawn(now, frame);
            bytes.spend(written);
            urgent = false;
            continue;
        }
        let until = match (app.dirty, app.moved) {
            (true, _) => due,
            (false, true) => due.max(free_at).min(app.wake_at(now)),
            (false, false) => app.wake_at(now),
        };
        let live = if app.live_open { app.core.live().clone() } else { never() };
        let (news, answers) = (app.core.news().clone(), replies.clone());
        select! {
            recv(signals) -> _ => return Ok(()),
            recv(keys) -> input => match input {
                Ok(input) => {
                    app.input(&input.map_err(ScreenError::Terminal)?, Instant::now());
                    urgent = true;
                }
                Err(_) => return Ok(()),
            },
            recv(live) -> message => match message {
                Ok(message) => app.live(message, Instant::now()),
                Err(_) => app.live_closed(),
            },
            recv(news) -> message => if let Ok(message) = message {
                app.news(message, Instant::now());
            },
            recv(answers) -> reply => match reply {
                Ok(reply) => told(session, app, &reply)?,
                Err(_) => replies = never(),
            },
            recv(session.panics) -> what => if let Ok(what) = what {
                app.complain(what, Instant::now());
            },
            default(until.saturating_duration_since(now)) => {}
        }
        let now = Instant::now();
        live.try_iter().take(DRAIN).for_each(|message| app.live(message, now));
        news.try_iter().take(DRAIN).for_each(|message| app.news(message, now));
        for input in keys.try_iter().take(DRAIN) {
            app.input(&input.map_err(ScreenError::Terminal)?, now);
            urgent = true;
        }
    }
    Ok(())
}

/// Takes what the terminal told of itself.
fn told(session: &mut Session, app: &mut App, reply: &Reply) -> Result<(), ScreenError> {
    match reply {
        Reply::Background(background) => app.background(*background),
        Reply::Version(version) => app.terminal_version(version),
        Reply::Free if app.terminal.images.unsure => {
            session.write(ASK_VERSION).map_err(ScreenError::Terminal)?;
        }
        Reply::Free => {}
    }
    Ok(())
}

/// What was typed before there was a screen was meant for something else.
fn forget_typed() -> io::Result<()> {
    while event::poll(Duration::ZERO)? {
        event::read()?;
    }
    Ok(())
}

/// Keys and sizes, read on a thread of their own; the channel closes when the terminal has gone. Where the
/// background is to be asked for, that comes first: only one may read from the terminal.
fn read_terminal(asked: Option<TerminalKind>) -> (Receiver<io::Result<Event>>, Receiver<Reply>) {
    let (tell, keys) = unbounded();
    let (answer, replies) = unbounded();
    let read = move || {
        if let Some(background) = asked.and_then(|terminal| terminal.ask_background()) {
            let _ = answer.send(Reply::Background(background));
        }
        let _ = answer.send(Reply::Free);
        loop {
            let told = replies::next().map(|Came { inputs, reply }| {
                let _ = reply.map(|reply| answer.send(reply));
                inputs.into_iter().try_for_each(|input| tell.send(Ok(input)))
            });
            match told {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return,
                Err(error) => {
                    let _ = tell.send(Err(error));
                    return;
                }
            }
        }
    };
    // Without the thread the channels are closed at once, and the screen ends.
    let _ = thread::Builder::new().name("keys".into()).spawn(read);
    (keys, replies)
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

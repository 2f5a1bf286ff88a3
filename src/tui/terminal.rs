//! Takes the terminal over, and gives it back whatever happens.

use std::io::{self, IsTerminal, Write, stdout};
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use crossterm::cursor::{Hide, Show};
use crossterm::style::ResetColor;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};

use super::ScreenError;

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

/// Gathers a frame, so that it goes out in one write. What a panic left in it is dropped: it must not
/// reach the terminal after that was given back.
#[derive(Default)]
struct Gather(Vec<u8>);

impl Write for Gather {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut out = stdout().lock();
        let written = out.write_all(&self.0);
        self.0.clear();
        written?;
        out.flush()
    }
}

/// The terminal while the screen has it. Dropping it gives it back.
pub struct Session {
    terminal: Terminal<CrosstermBackend<Gather>>,
    /// What panicked on other threads, to be shown rather than printed over the screen.
    pub panics: Receiver<String>,
    previous: Arc<Hook>,
}

impl Session {
    /// Goes to the alternate screen and reads keys as they come.
    ///
    /// # Errors
    /// Standard output is no terminal, or it cannot be set up.
    pub fn enter() -> Result<Self, ScreenError> {
        if !stdout().is_terminal() {
            return Err(ScreenError::NoTerminal);
        }
        let (tell, panics) = unbounded();
        let previous: Arc<Hook> = Arc::from(panic::take_hook());
        panic::set_hook(hook(Arc::clone(&previous), tell));
        let started = start();
        if started.is_err() {
            restore();
            unhook(&previous);
        }
        Ok(Self { terminal: started.map_err(ScreenError::Terminal)?, panics, previous })
    }

    /// Draws one frame.
    ///
    /// # Errors
    /// The terminal has gone.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        // Terminals that know it show the frame at once; the others ignore it.
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(render)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        restore();
        if !thread::panicking() {
            unhook(&self.previous);
        }
    }
}

/// Does the screen have the terminal?
static TAKEN: AtomicBool = AtomicBool::new(false);

fn start() -> io::Result<Terminal<CrosstermBackend<Gather>>> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, Hide)?;
    Terminal::new(CrosstermBackend::new(Gather::default()))
}

/// Gives the terminal back, once: leaving the alternate screen a second time would move the cursor
/// over the report of a panic. Nothing can be done where it fails: the terminal has gone.
fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = stdout();
    let _ = execute!(out, EndSynchronizedUpdate, ResetColor, LeaveAlternateScreen, Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

fn unhook(previous: &Arc<Hook>) {
    let previous = Arc::clone(previous);
    panic::set_hook(Box::new(move |info| previous(info)));
}

/// On this thread: first the terminal, then the report. On another one the screen goes on, and says
/// what happened.
fn hook(previous: Arc<Hook>, tell: Sender<String>) -> Box<Hook> {
    let screen = thread::current().id();
    Box::new(move |info| {
        if crate::audio::panics_are_contained() {
            return;
        }
        if thread::current().id() == screen {
            restore();
            previous(info);
        } else {
            tracing::error!("{info}");
            let _ = tell.send(told(info));
        }
    })
}

fn told(info: &PanicHookInfo<'_>) -> String {
    let what = info.payload_as_str().unwrap_or("unknown");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    format!("a part of the program failed: {what} ({place})")
}

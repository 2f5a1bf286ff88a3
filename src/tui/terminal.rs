//! Takes the terminal over, and gives it back whatever happens.

use std::fs::File;
use std::io::{self, IsTerminal, Write, stdout};
use std::os::fd::AsFd;
use std::panic::{self, PanicHookInfo};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::style::ResetColor;
use crossterm::terminal::{
    self, BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::buffer::Buffer;

use super::ScreenError;
use super::painter::Painter;
use super::view::Frame;

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

/// Gathers a frame, so that it goes out in one write. What a panic left in it is dropped: it must not
/// reach the terminal after that was given back.
struct Gather {
    /// Standard output, without its lock: that is held by whoever asks the terminal something.
    out: File,
    frame: Vec<u8>,
    written: usize,
}

impl Write for Gather {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.frame);
        self.written += self.frame.len();
        self.frame.clear();
        written
    }
}

/// The terminal while the screen has it. Dropping it gives it back.
pub struct Session {
    painter: Painter<Gather>,
    mouse: bool,
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
        let out = stdout().as_fd().try_clone_to_owned().map_err(ScreenError::Terminal)?;
        let gather = Gather { out: out.into(), frame: Vec::new(), written: 0 };
        let (tell, panics) = unbounded();
        let previous: Arc<Hook> = Arc::from(panic::take_hook());
        panic::set_hook(hook(Arc::clone(&previous), tell));
        let started = start();
        if started.is_err() {
            restore();
            unhook(&previous);
        }
        started.map_err(ScreenError::Terminal)?;
        Ok(Self { painter: Painter::new(gather), mouse: false, panics, previous })
    }

    /// Draws one frame; tells how many bytes it took.
    ///
    /// # Errors
    /// The terminal has gone.
    pub fn draw(&mut self, render: impl FnOnce(&mut Buffer) -> Frame) -> io::Result<usize> {
        let (width, height) = terminal::size()?;
        let before = self.painter.out().written;
        // Terminals that know it show the frame at once; the others ignore it.
        queue!(self.painter.out(), BeginSynchronizedUpdate)?;
        self.painter.draw(width, height, render)?;
        queue!(self.painter.out(), EndSynchronizedUpdate)?;
        self.painter.out().flush()?;
        Ok(self.painter.out().written - before)
    }

    /// Takes the mouse, or leaves it to the terminal.
    ///
    /// # Errors
    /// The terminal has gone.
    pub fn use_mouse(&mut self, wanted: bool) -> io::Result<()> {
        if std::mem::replace(&mut self.mouse, wanted) == wanted {
            return Ok(());
        }
        if wanted {
            execute!(self.painter.out(), EnableMouseCapture)
        } else {
            execute!(self.painter.out(), DisableMouseCapture)
        }
    }

    /// Writes something that is no frame.
    ///
    /// # Errors
    /// The terminal has gone.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let out = self.painter.out();
        out.write_all(bytes).and_then(|()| out.flush())
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

/// Width and height of a cell, pixels, where the terminal tells.
pub fn cell() -> Option<(u16, u16)> {
    let size = terminal::window_size().ok()?;
    let cell = (size.width.checked_div(size.columns)?, size.height.checked_div(size.rows)?);
    (cell.0 > 0 && cell.1 > 0).then_some(cell)
}

/// Does the screen have the terminal?
static TAKEN: AtomicBool = AtomicBool::new(false);

fn start() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, Hide, EnableBracketedPaste)
}

/// Gives the terminal back, once: leaving the alternate screen a second time would move the cursor
/// over the report of a panic. Nothing can be done where it fails: the terminal has gone.
fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = stdout();
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        ResetColor,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
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

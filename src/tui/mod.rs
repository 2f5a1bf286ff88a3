//! The screen: what is heard, its name, and what comes next.
//!
//! It knows nothing of the threads behind it: [`Core`] is all it asks, and
//! [`crate::listen::event::LiveEvent`] all it is told. One way: events and keys change the state
//! (`app`, by `live`, `news` and `update`), the view draws the state, and `event_loop` puts the two in turn.

mod allowance;
mod app;
mod capability;
mod clock;
mod colour;
mod command;
mod commands;
mod core;
mod event_loop;
mod export;
mod feed;
mod feedback;
mod hearing;
mod help;
mod hold;
mod images;
mod input;
mod keys;
mod line_edit;
mod list;
mod live;
mod look;
mod meter;
mod mouse;
mod nearest;
mod news;
mod options;
mod page;
mod pages;
mod painter;
mod palette;
mod replies;
mod run_line;
mod search;
mod shelf;
mod spectrogram;
mod summary;
mod symbols;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod think;
mod update;
mod view;
mod wear;
mod welcome;

use std::io;
use std::time::Instant;

use thiserror::Error;

pub use self::capability::{Background, TerminalKind};
pub use self::colour::ColourDepth;
pub use self::core::{Core, FeedItem, Found, Indexing, News, NowPlaying, Request, Why};
pub use self::keys::{KeyMap, KeysError};
pub use self::look::{Look, LookError, LookFiles};
pub use self::options::Options;
pub use self::shelf::{Log, Shelf};
pub use self::theme::{Spectrum, Theme, ThemeError};
pub use self::think::{Job, Thought};

/// The screen cannot be shown.
#[derive(Debug, Error)]
pub enum ScreenError {
    /// Standard output goes to a file or a pipe.
    #[error("the screen needs a terminal; for files and pipes use: echovibe listen")]
    NoTerminal,
    /// Setting up, reading or writing failed.
    #[error("cannot use the terminal: {0}")]
    Terminal(#[source] io::Error),
}

/// Opens the screen and runs it until the user leaves, or until SIGTERM or SIGHUP. The terminal is
/// given back in every case, also by a panic.
///
/// # Errors
/// Standard output is no terminal, or the terminal has gone.
pub fn run(core: Box<dyn Core>, options: Options) -> Result<(), ScreenError> {
    let mut app = app::App::new(core, options, Instant::now());
    let mut session = terminal::Session::enter()?;
    event_loop::run(&mut session, &mut app)
}

//! The screen with a program behind it that only remembers what it was asked.

mod bad_files;
mod behaviour;
mod behind;
mod colours;
mod music;
mod pages;
mod pictures;
mod screen;

use crossterm::event::{Event as Input, KeyCode, KeyModifiers};

pub use self::music::{described, library, now, taste};
pub use self::screen::Screen;
use super::capability::Background;
use super::colour::ColourDepth;
use super::core::{Found, Indexing, News, NowPlaying};
use crate::listen::event::{InputState, LiveEvent};
use crate::store::records::{Failure, FileStamp, TrackId};

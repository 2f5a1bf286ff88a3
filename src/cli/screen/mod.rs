//! The screen: what is behind it, put together.

mod brain;
mod core;
mod indexer;
mod loader;
mod memory;
mod newcomer;
mod player;
mod recorder;
mod thinker;
mod wardrobe;
mod watcher;

use std::sync::PoisonError;

use color_eyre::eyre::{Report, eyre};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::context::Context;
use super::output::Found;
use crate::audio::InputSpec;
use crate::tui::{self, LookFiles, Options, TerminalKind};
use core::LiveCore;

/// Opens the screen at once; what is behind it is loaded meanwhile.
pub fn run(context: &Context, asked: Option<&str>) -> Result<Found, Report> {
    if !std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        return Err(eyre!(
            "the screen needs a terminal; for programs there is: echovibe listen --json"
        ));
    }
    check_input(asked.unwrap_or(&context.settings.input.default))?;
    memory::share_one_heap();
    let files = LookFiles {
        settings: context.settings_file.clone(),
        keys: Some(context.config_dir.join("keys.toml")),
        themes: Some(context.config_dir.join("themes")),
    };
    let options = options(context, &files)?;
    let core = LiveCore::new(context, asked, files, &options);
    let failed = core.failed();
    tui::run(Box::new(core), options)?;
    let why = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
    why.map_or(Ok(Found::Yes), Err)
}

/// What is wrong with how an input is spelled is told before there is a screen.
fn check_input(wanted: &str) -> Result<(), Report> {
    if wanted == "auto" {
        return Ok(());
    }
    wanted.parse::<InputSpec>().map(drop).map_err(|e| eyre!("{e}"))
}

fn options(context: &Context, files: &LookFiles) -> Result<Options, Report> {
    let terminal = TerminalKind::from_env();
    Ok(Options {
        look: files.load(&terminal)?,
        terminal,
        themes: files.themes.clone(),
        silence_dbfs: context.settings.recognition.silence_dbfs,
        moods: context.settings.moods.clone(),
        mood_words: context.settings.mood_words.clone(),
        time_zone: TimeZone::system(),
        clock: Timestamp::now,
    })
}

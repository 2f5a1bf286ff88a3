//! The screen: what is behind it, put together.

mod brain;
mod core;
mod player;
mod recorder;
mod thinker;
mod wardrobe;
mod watcher;

use color_eyre::eyre::{Report, eyre};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::context::Context;
use super::demo;
use super::output::Found;
use crate::audio::InputSpec;
use crate::store::Store;
use crate::tui::{self, LookFiles, Options, TerminalKind};
use core::LiveCore;

/// Opens the screen. Without music of their own a newcomer gets the demo.
pub fn run(context: &Context, asked: Option<&str>) -> Result<Found, Report> {
    if !std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        return Err(eyre!(
            "the screen needs a terminal; for programs there is: echovibe listen --json"
        ));
    }
    let wanted = asked.unwrap_or(&context.settings.input.default);
    let newcomer = wanted == "auto" && Store::open(&context.data_dir)?.tracks()?.is_empty();
    let demo_context;
    let (context, spec) = if newcomer || wanted == "demo" {
        demo_context = demo::ready(context)?;
        (&demo_context, InputSpec::Demo)
    } else {
        (context, context.input(asked)?)
    };
    let notice = newcomer.then(|| {
        "This is the demo. Your own music: quit with q, then echovibe index DIR".to_owned()
    });
    let files = LookFiles {
        settings: context.settings_file.clone(),
        keys: Some(context.config_dir.join("keys.toml")),
        themes: Some(context.config_dir.join("themes")),
    };
    let options = options(context, &files, notice)?;
    let store = context.store()?;
    let engine = context.engine(&store)?;
    let core = LiveCore::new(context, store, engine, spec, files, &options)?;
    tui::run(Box::new(core), options)?;
    Ok(Found::Yes)
}

fn options(
    context: &Context,
    files: &LookFiles,
    notice: Option<String>,
) -> Result<Options, Report> {
    let mut terminal = TerminalKind::from_env();
    if context.settings.screen.theme == "auto" {
        terminal = terminal.ask_background();
    }
    Ok(Options {
        look: files.load(&terminal)?,
        terminal,
        themes: files.themes.clone(),
        silence_dbfs: context.settings.recognition.silence_dbfs,
        moods: context.settings.moods.clone(),
        notice,
        time_zone: TimeZone::system(),
        clock: Timestamp::now,
    })
}

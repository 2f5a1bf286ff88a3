//! The screen: what is behind it, put together.

mod core;
mod feed;
mod player;
mod watcher;

use color_eyre::eyre::{Report, eyre};

use super::context::Context;
use super::demo;
use super::output::Found;
use crate::audio::InputSpec;
use crate::store::Store;
use crate::tui::{self, KeyMap, Options, TerminalKind, Theme};
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
    let options = options(context, notice)?;
    let store = context.store()?;
    let engine = context.engine(&store)?;
    let core = LiveCore::new(context, store, engine, spec)?;
    tui::run(Box::new(core), options)?;
    Ok(Found::Yes)
}

fn options(context: &Context, notice: Option<String>) -> Result<Options, Report> {
    let settings = &context.settings;
    let terminal = TerminalKind::from_env();
    let theme = Theme::choose(&settings.screen.theme, &terminal)?;
    let keys = KeyMap::load(context.user_file("keys.toml")?.as_deref())?;
    let frames_per_second = terminal.frames_per_second(settings.screen.frames_per_second);
    Ok(Options { frames_per_second, notice, ..Options::new(settings, theme, keys) })
}

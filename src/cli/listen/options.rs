//! What the options of `listen` mean, with those of the configuration behind them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Report, eyre};

use super::command::CommandLine;
use super::now_playing::Wording;
use super::template::{Syntax, Template};
use crate::cli::args::ListenArgs;
use crate::cli::context::Context;

/// Most seconds that a command may be given.
const LONGEST_COMMAND_S: f64 = 86_400.0;

/// Everything but the input.
pub struct Options {
    pub once: bool,
    pub deadline: Option<Instant>,
    pub now_playing: Vec<PathBuf>,
    pub wording: Wording,
    pub linger: Duration,
    pub on_track: Option<CommandLine>,
    pub on_stop: Option<CommandLine>,
    pub command_timeout: Duration,
}

impl Options {
    pub fn new(context: &Context, args: &ListenArgs) -> Result<Self, Report> {
        let listen = &context.settings.listen;
        let deadline = args.timeout.map(deadline).transpose()?.flatten();
        let now_playing = match args.now_playing.as_slice() {
            [] => listen.now_playing.iter().map(|path| at_home(path)).collect::<Result<_, _>>()?,
            given => given.iter().map(PathBuf::from).collect::<Vec<_>>(),
        };
        let command_timeout = args.command_timeout.unwrap_or(listen.command_timeout_s);
        if !(command_timeout > 0.0 && command_timeout <= LONGEST_COMMAND_S) {
            return Err(eyre!(
                "--command-timeout must be a number of seconds above 0, at most {LONGEST_COMMAND_S}"
            ));
        }
        Ok(Self {
            once: args.once,
            deadline,
            now_playing: now_playing
                .into_iter()
                .filter(|p| p.as_os_str() != OsStr::new(""))
                .collect(),
            wording: wording(context, args)?,
            linger: Duration::from_secs_f64(listen.linger_s),
            on_track: command(context, "on_track", args.on_track.as_deref(), &listen.on_track)?,
            on_stop: command(context, "on_stop", args.on_stop.as_deref(), &listen.on_stop)?,
            command_timeout: Duration::from_secs_f64(command_timeout),
        })
    }
}

fn wording(context: &Context, args: &ListenArgs) -> Result<Wording, Report> {
    let listen = &context.settings.listen;
    let parse = |key: &str, typed: &Option<String>, set: &str| {
        let (text, origin) = chosen(context, key, typed.as_deref(), set);
        let parsed = Template::parse(text, Syntax::Text).map_err(|e| eyre!("{origin}: {e}"))?;
        Ok::<_, Report>((parsed, origin))
    };
    let format = &listen.now_playing_format;
    let (track, _) = parse("now_playing_format", &args.now_playing_format, format)?;
    let (idle, origin) =
        parse("now_playing_idle", &args.now_playing_idle, &listen.now_playing_idle)?;
    let idle = idle.constant().ok_or_else(|| {
        eyre!("{origin}: no track plays then, so it can have neither fields nor [...]")
    })?;
    Ok(Wording { track, idle: idle.to_owned() })
}

fn command(
    context: &Context,
    key: &str,
    typed: Option<&str>,
    set: &str,
) -> Result<Option<CommandLine>, Report> {
    let (text, origin) = chosen(context, key, typed, set);
    let command = CommandLine::parse(&origin, text)?;
    if let Some(field) = command.as_ref().and_then(CommandLine::risky) {
        context.tell(&format!(
            "echovibe: {origin}: a {field} may begin with a dash: where the command understands \
             it, put -- before {{{field}}}"
        ));
    }
    Ok(command)
}

/// What was typed, else what is set; and how the user calls it.
fn chosen<'a>(
    context: &Context,
    key: &str,
    typed: Option<&'a str>,
    set: &'a str,
) -> (&'a str, String) {
    match (typed, &context.settings_file) {
        (Some(typed), _) => (typed, format!("--{}", key.replace('_', "-"))),
        (None, Some(file)) => (set, format!("listen.{key} in {}", file.display())),
        (None, None) => (set, format!("listen.{key}")),
    }
}

/// A path of the configuration, where `~/` is the home folder.
fn at_home(path: &Path) -> Result<PathBuf, Report> {
    let Ok(inner) = path.strip_prefix("~") else { return Ok(path.to_owned()) };
    let home = etcetera::home_dir().map_err(|e| {
        eyre!("listen.now_playing: {}: no home folder is known: {e}", path.display())
    })?;
    Ok(home.join(inner))
}

/// When to stop; none where that is further away than clocks go.
fn deadline(seconds: f64) -> Result<Option<Instant>, Report> {
    if seconds.is_nan() || seconds <= 0.0 {
        return Err(eyre!("--timeout must be a number of seconds above 0"));
    }
    let wait = Duration::try_from_secs_f64(seconds).ok();
    Ok(wait.and_then(|wait| Instant::now().checked_add(wait)))
}

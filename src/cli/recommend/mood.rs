//! The mood asked for: on the command line, in a file, or by a command.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use color_eyre::eyre::{Report, WrapErr, eyre};

use crate::cli::args::RecommendArgs;
use crate::settings::Settings;
use crate::store::records::Mood;
use crate::taste::mood::place;

/// Bytes read of a file or of what a command prints: a mood is a word.
const LONGEST: u64 = 4096;
/// A command that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Where the mood comes from.
pub struct MoodSource {
    from: From,
    settings: Settings,
}

enum From {
    Nowhere,
    Given(Mood),
    File { path: PathBuf, read: Option<(SystemTime, u64, Mood)> },
    Command { words: Vec<String> },
}

impl MoodSource {
    /// What the options say; a mood given as such is looked up at once.
    pub fn new(args: &RecommendArgs, settings: &Settings) -> Result<Self, Report> {
        let settings = settings.clone();
        let from = match (&args.mood, &args.mood_file, &args.mood_command) {
            (Some(label), ..) => From::Given(look_up(label, &settings)?),
            (_, Some(path), _) => From::File { path: path.clone(), read: None },
            (.., Some(command)) => From::Command { words: words(command)? },
            _ => From::Nowhere,
        };
        Ok(Self { from, settings })
    }

    /// The mood as it is now: the file is read again where it has changed, the command is run.
    pub fn now(&mut self) -> Result<Option<Mood>, Report> {
        let settings = &self.settings;
        match &mut self.from {
            From::Nowhere => Ok(None),
            From::Given(mood) => Ok(Some(*mood)),
            From::Command { words } => {
                let label = run(words)?;
                look_up(&label, settings)
                    .wrap_err_with(|| format!("{} printed no mood", words[0]))
                    .map(Some)
            }
            From::File { path, read } => {
                let about = std::fs::metadata(&*path)
                    .map_err(|e| eyre!("cannot read the mood from {}: {e}", path.display()))?;
                let changed = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                if let Some((at, length, mood)) = read
                    && (*at, *length) == (changed, about.len())
                {
                    return Ok(Some(*mood));
                }
                let mood = look_up(&first_line_of(path)?, settings)
                    .wrap_err_with(|| format!("{} holds no mood", path.display()))?;
                *read = Some((changed, about.len(), mood));
                Ok(Some(mood))
            }
        }
    }
}

fn look_up(label: &str, settings: &Settings) -> Result<Mood, Report> {
    Ok(place(label, &settings.moods, &settings.mood_words)?)
}

fn first_line_of(path: &Path) -> Result<String, Report> {
    let failed = |e| eyre!("cannot read the mood from {}: {e}", path.display());
    let mut text = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LONGEST).read_to_end(&mut text).map_err(failed)?;
    Ok(first_line(&text))
}

fn first_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or_default().to_owned()
}

/// A command line taken apart as a shell would, but for everything that a shell does besides.
fn words(command: &str) -> Result<Vec<String>, Report> {
    let words = shlex::split(command)
        .ok_or_else(|| eyre!("--mood-command has a quote that is not closed: {command}"))?;
    if words.is_empty() {
        return Err(eyre!("--mood-command is empty"));
    }
    Ok(words)
}

/// The first line that the command prints.
fn run(words: &[String]) -> Result<String, Report> {
    let name = &words[0];
    let mut child = Command::new(name)
        .args(&words[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|e| eyre!("the mood command {name} cannot be run: {e}"))?;
    let stdout = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(stdout) = stdout {
            // What follows the first bytes is not wanted; a pipe that breaks ends the command.
            let _ = stdout.take(LONGEST).read_to_end(&mut text);
        }
        text
    });
    let status = wait(&mut child).map_err(|e| eyre!("the mood command {name} {e}"))?;
    // One that left children behind may keep the pipe open: they are not waited for.
    let deadline = Instant::now() + PATIENCE;
    while !reader.is_finished() && Instant::now() < deadline {
        std::thread::sleep(LOOK);
    }
    if !status.success() {
        return Err(eyre!("the mood command {name} failed: {status}"));
    }
    if !reader.is_finished() {
        return Err(eyre!("the mood command {name} has ended, but its output has not"));
    }
    Ok(first_line(&reader.join().unwrap_or_default()))
}

fn wait(child: &mut Child) -> Result<std::process::ExitStatus, String> {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if started.elapsed() < PATIENCE => std::thread::sleep(LOOK),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("did not end within {} s", PATIENCE.as_secs()));
            }
            Err(e) => return Err(format!("cannot be waited for: {e}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_taken_apart_without_a_shell() {
        assert_eq!(words("say 'two words' \"$HOME\"").unwrap(), ["say", "two words", "$HOME"]);
        assert!(words("say 'open").unwrap_err().to_string().contains("not closed"));
        assert!(words("  ").is_err());
    }

    #[test]
    fn the_first_line_that_says_something() {
        assert_eq!(first_line(b"\n  calm \nhappy"), "calm");
        assert_eq!(first_line(b""), "");
    }

    #[test]
    fn commands_answer_or_fail() {
        let words = |command| words(command).unwrap();
        assert_eq!(run(&words("echo happy; rm -r x")).unwrap(), "happy; rm -r x");
        assert!(run(&words("false")).unwrap_err().to_string().contains("false failed"));
        let missing = run(&words("no-such-command-here")).unwrap_err().to_string();
        assert!(missing.contains("no-such-command-here cannot be run"), "{missing}");
    }
}

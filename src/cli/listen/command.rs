//! A command that is run at each new track. No shell sees it: it is split into words once, before any
//! field is filled in, so that a title can become neither another word nor another command.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use color_eyre::eyre::{Report, eyre};

use super::heard::Heard;
use super::template::{Field, Syntax, Template};

/// What happened, as `ECHOVIBE_EVENT` tells the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A track began.
    Track,
    /// The music stopped.
    Stop,
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Stop => "stop",
        }
    }
}

/// A command line that was understood.
#[derive(Debug, Clone)]
pub struct CommandLine {
    /// Where it was given, for messages.
    origin: String,
    program: PathBuf,
    words: Vec<Template>,
}

/// A command ready to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Where it was given and what it is for, for messages.
    pub about: String,
    pub program: PathBuf,
    pub words: Vec<OsString>,
    pub variables: Vec<(String, OsString)>,
}

impl CommandLine {
    /// Understands a command; none where it is empty. `origin` is the option or key that gives it.
    ///
    /// # Errors
    /// A quote or a field is not closed, there is no such field, the program is not there, or is to be
    /// told by a track.
    pub fn parse(origin: &str, text: &str) -> Result<Option<Self>, Report> {
        let words = shlex::split(text)
            .ok_or_else(|| eyre!("{origin} has a quote that is not closed: {text}"))?;
        let Some((program, words)) = words.split_first() else { return Ok(None) };
        let parse = |word: &String| {
            Template::parse(word, Syntax::Argument).map_err(|e| eyre!("{origin}: {e}"))
        };
        let words = words.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        let program = parse(program)?;
        let Some(program) = program.constant() else {
            return Err(eyre!("{origin}: what is run cannot be told by a track"));
        };
        let program = find(program).ok_or_else(|| {
            eyre!("{origin}: {program} is not found, or is no program that may be run")
        })?;
        Ok(Some(Self { origin: origin.to_owned(), program, words }))
    }

    /// A word that a title with a dash in front would turn into an option of the command.
    pub fn risky(&self) -> Option<&'static str> {
        for (at, word) in self.words.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| self.words[at].constant());
            if before == Some("--") {
                return None;
            }
            let belongs_to_option = before.is_some_and(|word| word.starts_with('-'));
            let field = word.first_field().filter(|field| field.is_free_text());
            if let Some(field) = field.filter(|_| !belongs_to_option) {
                return Field::ALL.iter().find(|(f, _)| *f == field).map(|(_, name)| *name);
            }
        }
        None
    }

    /// The command for what happened to a track.
    pub fn job(&self, event: Event, heard: &Heard) -> Job {
        // The system ends words and variables at a zero byte.
        let text = |mut value: Vec<u8>| {
            value.retain(|byte| *byte != 0);
            OsString::from_vec(value)
        };
        let word = |word: &Template| text(word.fill(&|field| heard.value(field)));
        let variable = |(field, name): (Field, &str)| {
            (format!("ECHOVIBE_{}", name.to_ascii_uppercase()), text(heard.value(field)))
        };
        let happened = ("ECHOVIBE_EVENT".to_owned(), OsString::from(event.name()));
        Job {
            about: format!("{}: {} for {}", self.origin, self.program.display(), heard.label()),
            program: self.program.clone(),
            words: self.words.iter().map(word).collect(),
            variables: Field::ALL.into_iter().map(variable).chain([happened]).collect(),
        }
    }
}

/// The program as a shell would find it.
fn find(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| may_run(path));
    }
    let path = env::var_os("PATH").unwrap_or_else(|| OsStr::new("/usr/bin:/bin").to_owned());
    env::split_paths(&path).map(|dir| dir.join(name)).find(|path| may_run(path))
}

fn may_run(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::super::heard::tests::heard;
    use super::*;

    const HOSTILE: &str = "--help; rm -rf \"$HOME\" `x` $(y)\n'{artist}' \0z";

    fn command(text: &str) -> CommandLine {
        CommandLine::parse("--on-track", text).unwrap().unwrap()
    }

    #[test]
    fn a_title_stays_one_word_whatever_is_in_it() {
        let job = command("env -i 'a {title} b' {artist}{track_id} '{}' \\{title}")
            .job(Event::Track, &heard("Ada {title}", HOSTILE));
        let title = HOSTILE.replace('\0', "");
        assert!(job.program.ends_with("env") && job.program.is_absolute());
        let words = ["-i", &format!("a {title} b"), "Ada {title}7", "{}", &title];
        assert_eq!(job.words, words.map(OsString::from));
        let variable = |name: &str| &job.variables.iter().find(|(n, _)| n == name).unwrap().1;
        assert_eq!(variable("ECHOVIBE_TITLE"), OsStr::new(&title));
        assert_eq!(variable("ECHOVIBE_EVENT"), "track");
        assert_eq!(variable("ECHOVIBE_PATH"), "/music/a b.ogg");
        assert_eq!(job.variables.len(), Field::ALL.len() + 1);
    }

    #[test]
    fn mistakes_are_told_with_the_option() {
        for (text, told) in [
            ("say 'it", "a quote that is not closed"),
            ("env {titel}", "the nearest is {title}"),
            ("no-such-program-here x", "no-such-program-here is not found"),
            ("/dev/null {title}", "no program that may be run"),
            ("{title} x", "cannot be told by a track"),
        ] {
            let error = CommandLine::parse("--on-track", text).unwrap_err().to_string();
            assert!(error.starts_with("--on-track") && error.contains(told), "{text}: {error}");
        }
        assert!(CommandLine::parse("--on-track", "  ").unwrap().is_none());
    }

    #[test]
    fn a_word_that_may_become_an_option_is_noticed() {
        for (text, risky) in [
            ("env {title}", Some("title")),
            ("env x '{artist} y'", Some("artist")),
            ("env -- {title}", None),
            ("env -m {title}", None),
            ("env 'now: {title}' {path} {track_id}", None),
        ] {
            assert_eq!(command(text).risky(), risky, "{text}");
        }
    }
}

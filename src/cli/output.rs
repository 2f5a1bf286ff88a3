//! Results on standard output: text for people, one JSON object a line for programs.

use std::io::{self, StdoutLock, Write};

use serde::Serialize;

/// What a command answers; errors apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Done, or found: exit status 0.
    Yes,
    /// Nothing found: exit status 1.
    No,
}

impl From<bool> for Found {
    fn from(found: bool) -> Self {
        if found { Self::Yes } else { Self::No }
    }
}

/// Standard output, as JSON lines or as text.
pub struct Output {
    out: StdoutLock<'static>,
    json: bool,
}

impl Output {
    pub fn new(json: bool) -> Self {
        Self { out: io::stdout().lock(), json }
    }

    /// One result: the object where JSON is wanted, else the text.
    pub fn row<T: Serialize>(
        &mut self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> io::Result<()> {
        if self.json {
            serde_json::to_writer(&mut self.out, value)?;
            self.out.write_all(b"\n")?;
        } else {
            for line in text(value).lines() {
                writeln!(self.out, "{}", printable(line))?;
            }
        }
        self.out.flush()
    }

    /// A line for people only.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        if self.json { Ok(()) } else { writeln!(self.out, "{text}") }
    }
}

/// Tells of a trouble that ends nothing: on standard error and in the log.
pub fn complain(text: &str) {
    let text = printable(text);
    // Whoever closed standard error does not want to know.
    let _ = writeln!(io::stderr(), "echovibe: {text}");
    tracing::warn!("{text}");
}

/// A line with control characters shown as `?`: a file may be called anything.
pub fn printable(line: &str) -> String {
    line.replace(|c: char| c.is_control(), "?")
}

/// `m:ss`, to the nearest second.
pub fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

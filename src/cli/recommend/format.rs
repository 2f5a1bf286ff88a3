//! Offers as they are printed or written: text, JSON, M3U, JSPF.

use std::io::Write;
use std::path::{Path, PathBuf};

use color_eyre::eyre::{Report, eyre};
use jiff::Timestamp;
use serde::Serialize;

use super::library::Library;
use crate::cli::args::RecommendArgs;
use crate::cli::output::{Output, printable};
use crate::cli::rows::thousandths;
use crate::recommend::playlist::{Entry, M3U_HEADER, jspf, m3u, relative};
use crate::recommend::{Offer, Reason, told};
use crate::store::records::{Mood, TrackId, label, shown};

/// What a list is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
    M3u,
    Jspf,
}

/// One offer, as JSON has it.
#[derive(Debug, Serialize)]
pub struct Row {
    rank: usize,
    track_id: TrackId,
    path: String,
    title: String,
    artist: String,
    score: f64,
    /// The score is the sum of their weights and of `other`.
    reasons: Vec<Reason>,
    other: f64,
    mood: Option<Mood>,
    highlight_s: Option<f32>,
    #[serde(skip)]
    entry: Entry,
}

/// Writes offers in the format and with the paths that were asked for.
pub struct Writer {
    pub format: Format,
    relative_to: Option<PathBuf>,
}

impl Writer {
    /// What the options say.
    pub fn new(args: &RecommendArgs) -> Result<Self, Report> {
        let folder = |dir: &PathBuf| -> Result<PathBuf, Report> {
            let found =
                dir.canonicalize().map_err(|e| eyre!("--relative-to {}: {e}", dir.display()))?;
            if found.is_dir() {
                return Ok(found);
            }
            Err(eyre!("--relative-to {} is not a folder", dir.display()))
        };
        let relative_to = args.relative_to.as_ref().map(folder).transpose()?;
        let format = match (args.json, args.m3u, args.jspf) {
            (true, ..) => Format::Json,
            (_, true, _) => Format::M3u,
            (.., true) => Format::Jspf,
            _ => args.out.as_deref().map_or(Format::Text, by_ending),
        };
        Ok(Self { format, relative_to })
    }

    /// An offer as a row; [`None`] where the track has just gone.
    pub fn row(&self, library: &Library, offer: Offer) -> Option<Row> {
        let track = library.collection.get(offer.track_id)?;
        let path = match &self.relative_to {
            None => track.path.clone(),
            Some(folder) => {
                // A link on the way would lead up to another folder than it seems.
                let path = track.path.canonicalize().unwrap_or_else(|_| track.path.clone());
                relative(&path, folder)
            }
        };
        let mut reasons = offer.reasons;
        for reason in &mut reasons {
            reason.weight = thousandths(reason.weight);
        }
        let note = told(&reasons);
        Some(Row {
            rank: offer.rank,
            track_id: track.id,
            path: shown(&path),
            title: track.title.clone(),
            artist: track.artist.clone(),
            score: thousandths(offer.score),
            reasons,
            other: thousandths(offer.other),
            mood: library.collection.mood_of(track.id),
            highlight_s: track.highlight_s,
            entry: Entry {
                path,
                title: track.title.clone(),
                artist: track.artist.clone(),
                album: track.album.clone(),
                duration_s: track.duration_s,
                note,
            },
        })
    }

    /// The whole list on standard output.
    pub fn print(&self, rows: &[Row]) -> Result<(), Report> {
        match self.format {
            // As one piece: a list with a path that M3U cannot hold is not printed by half.
            Format::M3u | Format::Jspf => Ok(raw(&self.text(rows)?)?),
            Format::Text | Format::Json => rows.iter().try_for_each(|row| self.next(row)),
        }
    }

    /// What comes before an endless list.
    pub fn begin(&self) -> Result<(), Report> {
        if self.format == Format::M3u { Ok(raw(&format!("{M3U_HEADER}\n"))?) } else { Ok(()) }
    }

    /// The next row of an endless list.
    pub fn next(&self, row: &Row) -> Result<(), Report> {
        match self.format {
            Format::M3u => Ok(raw(&format!("{}\n", m3u(&row.entry)?))?),
            _ => Ok(Output::new(self.format == Format::Json).row(row, text)?),
        }
    }

    /// Puts the list in the place of the file, at once.
    pub fn write_file(&self, file: &Path, rows: &[Row]) -> Result<(), Report> {
        let failed = |e: std::io::Error| eyre!("cannot write {}: {e}", file.display());
        if file.exists() && !file.is_file() {
            return Err(eyre!("cannot write {}: it is not a file", file.display()));
        }
        let text = self.text(rows)?;
        let name = file
            .file_name()
            .ok_or_else(|| eyre!("--out {} names no file", file.display()))?
            .to_string_lossy();
        // A link is followed, so that it stays one.
        let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        let beside = file.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let written = std::fs::File::create(&beside)
            .and_then(|mut out| out.write_all(text.as_bytes()).and_then(|()| out.sync_all()))
            .and_then(|()| std::fs::rename(&beside, &file));
        if written.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        written.map_err(failed)
    }

    fn text(&self, rows: &[Row]) -> Result<String, Report> {
        let entries = rows.iter().map(|row| &row.entry);
        let lines: Vec<String> = match self.format {
            Format::Jspf => {
                let entries: Vec<Entry> = entries.cloned().collect();
                vec![jspf("EchoVibe: what to play next", Timestamp::now(), &entries)]
            }
            Format::M3u => {
                let lines = entries.map(m3u).collect::<Result<Vec<_>, _>>()?;
                [M3U_HEADER.to_owned()].into_iter().chain(lines).collect()
            }
            Format::Json => rows.iter().map(serde_json::to_string).collect::<Result<_, _>>()?,
            Format::Text => {
                let lines = rows.iter().map(text);
                lines.flat_map(|t| t.lines().map(printable).collect::<Vec<_>>()).collect()
            }
        };
        Ok(lines.join("\n") + "\n")
    }
}

fn by_ending(file: &Path) -> Format {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("m3u" | "m3u8") => Format::M3u,
        Some("jspf") => Format::Jspf,
        Some("json") => Format::Json,
        _ => Format::Text,
    }
}

fn raw(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn text(row: &Row) -> String {
    format!("{:>3}  {}\n     {}", row.rank, label(&row.artist, &row.title), row.entry.note)
}

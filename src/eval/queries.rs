//! Clips that lie in a folder, with the truth beside them in `queries.csv`.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::draw::{Drawn, TRACK_S};
use super::error::EvalError;
use super::folder::read_sound;
use super::hear::{CellName, ClipId, Heard, Hearing, Truth};
use super::references::References;
use super::watch::Progress;
use crate::index::TrackKey;

/// The list of clips in their folder.
const LIST: &str = "queries.csv";
/// Its columns: the clip's file, the track's path below the folder enrolled (empty for a clip of a
/// track that is not enrolled), where in the track the clip starts, its length, what was done to it.
const COLUMNS: [&str; 5] = ["file", "ref", "start_s", "length_s", "condition"];

/// A clip of the list.
#[derive(Debug)]
struct Query {
    clip: ClipId,
    file: PathBuf,
    truth: Option<Truth>,
}

/// A list of clips, of which the columns are known to be there.
#[derive(Debug)]
pub struct QueryList {
    path: PathBuf,
    folder: PathBuf,
    columns: [usize; 5],
    text: String,
}

impl QueryList {
    /// Reads the `queries.csv` of a folder.
    ///
    /// # Errors
    /// It is not there, or a column is missing.
    pub fn read(folder: &Path) -> Result<Self, EvalError> {
        let path = folder.join(LIST);
        let text = std::fs::read_to_string(&path)
            .map_err(|source| EvalError::List { path: path.clone(), source })?;
        let header = fields(text.lines().next().unwrap_or("").trim_start_matches('\u{feff}'));
        let mut columns = [0; 5];
        for (place, wanted) in columns.iter_mut().zip(COLUMNS) {
            *place = header.iter().position(|name| name == wanted).ok_or_else(|| {
                let message =
                    format!("there is no column {wanted}; needed are {}", COLUMNS.join(", "));
                EvalError::Queries { path: path.clone(), line: 1, message }
            })?;
        }
        Ok(Self { path, folder: folder.to_owned(), columns, text })
    }

    /// The cells, and the clips whose tracks are enrolled or unknown.
    fn queries(&self, references: &References) -> Result<(Vec<CellName>, Vec<Query>), EvalError> {
        let wrong = |line, message| EvalError::Queries { path: self.path.clone(), line, message };
        let mut reading = Reading::new(self, references);
        let mut queries = Vec::new();
        for (line, text) in self.text.lines().enumerate().skip(1) {
            if !text.trim().is_empty() {
                let query = reading.query(&fields(text), queries.len());
                queries.extend(query.map_err(|message| wrong(line + 1, message))?);
            }
        }
        if queries.is_empty() {
            return Err(wrong(1, "no clip is listed that could be measured".to_owned()));
        }
        Ok((reading.cells, queries))
    }
}

/// Names the clips of a list. Clips of tracks that could not be enrolled are left out.
///
/// # Errors
/// A value is wrong, a clip is not there or cannot be read, a track is not among the references, or
/// it was stopped.
pub fn hear_queries(hearing: &Hearing, list: &QueryList) -> Result<Drawn, EvalError> {
    let (cells, queries) = list.queries(hearing.references)?;
    (hearing.watch.progress)(Progress::Stage("clips named", queries.len()));
    let mut by_track: BTreeMap<Option<TrackKey>, Vec<Query>> = BTreeMap::new();
    for query in queries {
        by_track.entry(query.truth.map(|truth| truth.key)).or_default().push(query);
    }
    let groups: Vec<Vec<Heard>> = by_track
        .into_par_iter()
        .map(|(key, queries)| {
            let track = match key.and_then(|key| hearing.references.track(key)) {
                Some(track) => read_sound(&track.path, TRACK_S)?,
                None => Vec::new(),
            };
            queries.into_par_iter().map(|query| hear_one(hearing, &query, &track)).collect()
        })
        .collect::<Result<_, EvalError>>()?;
    let mut heard: Vec<Heard> = groups.into_iter().flatten().collect();
    heard.sort_by_key(|heard| (heard.truth.is_none(), heard.cell, heard.number));
    Ok((cells, heard, Vec::new()))
}

fn hear_one(hearing: &Hearing, query: &Query, track: &[f32]) -> Result<Heard, EvalError> {
    hearing.watch.go_on()?;
    let samples = read_sound(&query.file, TRACK_S)?;
    let heard = hearing.hear(query.clip, &samples, query.truth, track)?;
    (hearing.watch.progress)(Progress::Step);
    Ok(heard)
}

/// A list while its lines are read.
struct Reading<'a> {
    list: &'a QueryList,
    keys: HashMap<&'a str, TrackKey>,
    failed: &'a [(PathBuf, String)],
    cells: Vec<CellName>,
}

impl<'a> Reading<'a> {
    fn new(list: &'a QueryList, references: &'a References) -> Self {
        let tracks = references.tracks.iter().enumerate();
        Self {
            list,
            keys: tracks.map(|(key, track)| (track.name.as_str(), key as TrackKey)).collect(),
            failed: &references.failed,
            cells: Vec::new(),
        }
    }

    /// One line; `None` where its track could not be enrolled.
    fn query(&mut self, fields: &[String], number: usize) -> Result<Option<Query>, String> {
        let [file, name, start_s, length_s, condition] =
            self.list.columns.map(|column| fields.get(column).map_or("", String::as_str));
        let seconds = |column: &str, text: &str| {
            let value = text.parse().ok().filter(|s: &f64| s.is_finite() && *s >= 0.0);
            value.ok_or_else(|| format!("{column} is '{text}', but must be seconds"))
        };
        let length_s = seconds("length_s", length_s)?;
        if length_s == 0.0 {
            return Err("length_s is 0, but must be above".to_owned());
        }
        let path = self.list.folder.join(file);
        if file.is_empty() || !path.is_file() {
            return Err(format!("the clip {} is not there", path.display()));
        }
        let truth = match (name, self.keys.get(name)) {
            ("", _) => None,
            (_, Some(key)) => Some(Truth { key: *key, start_s: seconds("start_s", start_s)? }),
            _ if self.failed.iter().any(|(failed, _)| failed.ends_with(name)) => return Ok(None),
            _ => return Err(format!("the track {name} is not in a folder given with --refs")),
        };
        let cell = CellName { length_s, condition: condition.to_owned() };
        let cell = self.cells.iter().position(|known| *known == cell).unwrap_or_else(|| {
            self.cells.push(cell);
            self.cells.len() - 1
        });
        Ok(Some(Query { clip: ClipId { cell, number, length_s }, file: path, truth }))
    }
}

/// The values of a line of comma-separated values; a quoted value may hold commas and, doubled,
/// quotes.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                push(&mut fields, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => push(&mut fields, letter),
        }
    }
    fields
}

fn push(fields: &mut [String], letter: char) {
    if let Some(last) = fields.last_mut() {
        last.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_hold_commas_and_quotes() {
        assert_eq!(
            fields("0.wav,a/b.ogg,1.5,2,room+5"),
            ["0.wav", "a/b.ogg", "1.5", "2", "room+5"]
        );
        assert_eq!(fields("\"a, \"\"b\"\".ogg\",,x"), ["a, \"b\".ogg", "", "x"]);
        assert_eq!(fields(""), [""]);
    }
}

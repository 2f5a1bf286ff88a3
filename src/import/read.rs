//! A file of plays of any known kind, told by what is in it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;

use super::json;
use super::played::Played;
use super::rows::{player_log, table};

/// Longest file that is read: an export of a million plays as JSON has some 500 MB.
const LONGEST: u64 = 1 << 30;

/// Why a file gives no plays.
#[derive(Debug, Error)]
pub enum ImportError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is too big.
    #[error("{0} is larger than 1 GB: give it in parts")]
    TooLong(PathBuf),
    /// It holds something else.
    #[error(
        "there are no plays in {path} ({why}): give an export of Last.fm (CSV, JSON), ListenBrainz \
         (JSON, JSONL) or Spotify (extended history), a .scrobbler.log, or a table \
         ARTIST,TITLE[,COUNT][,TIME]; unpack a zip archive first"
    )]
    NoPlays {
        /// Which file.
        path: PathBuf,
        /// What is wrong with the first line.
        why: String,
    },
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaysRead {
    /// Plays, in the order of the file.
    pub plays: Vec<Played>,
    /// Entries that could not be understood.
    pub odd: usize,
    /// What is wrong with the first of them.
    pub first_odd: Option<String>,
}

/// Reads a file of plays.
///
/// # Errors
/// It cannot be read, or there is no play in it.
pub fn read(path: &Path) -> Result<PlaysRead, ImportError> {
    let failed = |source| ImportError::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(failed)?.len() > LONGEST {
        return Err(ImportError::TooLong(path.to_owned()));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let nothing = |why: String| ImportError::NoPlays { path: path.to_owned(), why };
    let text = String::from_utf8(bytes).map_err(|_| nothing("it is no text".to_owned()))?;
    let read = parse(text.trim_start_matches('\u{feff}'));
    if read.plays.is_empty() {
        return Err(nothing(read.first_odd.unwrap_or_else(|| "it is empty".to_owned())));
    }
    Ok(read)
}

fn parse(text: &str) -> PlaysRead {
    match text.trim_start().chars().next() {
        Some('[' | '{') => of_json(text),
        Some('#') => of_rows(player_log(text)),
        _ => of_rows(table(text)),
    }
}

fn of_rows((plays, odd): (Vec<Played>, Vec<(usize, String)>)) -> PlaysRead {
    let first_odd = odd.first().map(|(line, why)| format!("line {line}: {why}"));
    PlaysRead { plays, odd: odd.len(), first_odd }
}

/// One value, or one a line.
fn of_json(text: &str) -> PlaysRead {
    let mut read = PlaysRead { plays: Vec::new(), odd: 0, first_odd: None };
    let mut take = |line: usize, value: serde_json::Result<Value>| {
        let (plays, odd, why) = match value {
            Ok(value) => {
                let (plays, odd) = json::plays(&value);
                (plays, odd, format!("line {line}: an entry without artist or title"))
            }
            Err(error) => (Vec::new(), 1, format!("line {line}: no JSON: {error}")),
        };
        read.plays.extend(plays);
        read.odd += odd;
        if odd > 0 {
            read.first_odd.get_or_insert(why);
        }
    };
    match serde_json::from_str(text) {
        Ok(value) => take(1, Ok(value)),
        Err(error) => {
            let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
            let mut values = lines.map(|(number, line)| (number, serde_json::from_str(line)));
            match values.next() {
                Some((number, Ok(value))) => {
                    take(number, Ok(value));
                    values.for_each(|(number, value)| take(number, value));
                }
                _ => take(error.line(), Err(error)),
            }
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_told_by_what_is_in_it() {
        let line = r#"{"listened_at": 1704564240, "track_metadata": {"artist_name": "A", "track_name": "B"}}"#;
        assert_eq!(parse(line).plays.len(), 1);
        let several = parse(&format!("{line}\n\n{line}\nnonsense\n"));
        assert_eq!((several.plays.len(), several.odd), (2, 1));
        assert!(several.first_odd.unwrap().starts_with("line 4: no JSON"));
        assert_eq!(parse(&format!("[{line}, 3]")).odd, 1);
        assert_eq!(parse("#AUDIOSCROBBLER/1.1\nA\tC\tB\t1\t184\tL\t1704564240\n").plays.len(), 1);
        assert_eq!(parse("artist,title\nA,B\n").plays.len(), 1);
        let cut = parse("[{\"a\": 1,\n");
        assert!(cut.plays.is_empty() && cut.first_odd.unwrap().contains("no JSON"));
    }

    #[test]
    fn what_holds_no_plays_is_said_to() {
        let folder = tempfile::tempdir().unwrap();
        let said = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            read(&path).unwrap_err().to_string()
        };
        assert!(said("a.zip", b"PK\x03\x04\xff\xfe").contains("it is no text"));
        assert!(said("b.csv", b"").contains("it is empty"));
        assert!(said("c.csv", b"only\n").contains("line 1: the artist or the title is missing"));
        let missing = read(Path::new("/nowhere/plays.json")).unwrap_err().to_string();
        assert!(missing.contains("/nowhere/plays.json"), "{missing}");
    }
}

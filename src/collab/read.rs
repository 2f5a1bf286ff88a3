//! Plays of many people from a file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::plays::Plays;

/// What is wrong with a file of plays.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("cannot read the plays in {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is no play.
    #[error(
        "{path}, line {line}: {message}; a line is USER,TRACK or USER,TRACK,PLAYS (or with tabs)"
    )]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// There is no play in it.
    #[error("there are no plays in {0}: a line is USER,TRACK or USER,TRACK,PLAYS (or with tabs)")]
    Empty(PathBuf),
}

/// Plays read from a file, and what its people and items are called there.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaysFile {
    /// Numbered as they are in the file where all names there are numbers, else in the order in which
    /// they first appear.
    pub plays: Plays,
    /// Names of the items by number, where they are no numbers.
    pub names: HashMap<u32, String>,
}

/// Reads lines `USER,TRACK[,PLAYS]`, separated by tabs where the first line has one, else by commas (with
/// quotes as in RFC 4180). A line without a count is one play; counts of one user and track are added
/// up. A first line whose third field is no number, or whose fields are words among numbers, is a header.
///
/// # Errors
/// The file cannot be read, a line is no play, or there is none.
pub fn read_plays(path: &Path) -> Result<PlaysFile, ReadError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ReadError::Read { path: path.to_owned(), source })?;
    parse(&text).map_err(|wrong| match wrong {
        Some((line, message)) => ReadError::Line { path: path.to_owned(), line, message },
        None => ReadError::Empty(path.to_owned()),
    })
}

/// Plays, or the line that is wrong and how; [`None`] where there is no play.
fn parse(text: &str) -> Result<PlaysFile, Option<(usize, String)>> {
    let text = text.trim_start_matches('\u{feff}');
    let tabs = text.lines().next().is_some_and(|line| line.contains('\t'));
    let mut lines: Vec<(String, String, f32)> = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match play(&fields(line, tabs)) {
            Ok(play) => lines.push(play),
            Err(_) if number == 0 => {}
            Err(message) => return Err(Some((number + 1, message))),
        }
    }
    let is_number = |name: &String| name.parse::<u32>().is_ok();
    if let [(user, _, _), rest @ ..] = &lines[..]
        && !rest.is_empty()
        && !is_number(user)
        && rest.iter().all(|(user, item, _)| is_number(user) && is_number(item))
    {
        lines.remove(0);
    }
    if lines.is_empty() {
        return Err(None);
    }
    let mut users = Numbers::over(lines.iter().map(|(user, _, _)| user));
    let mut items = Numbers::over(lines.iter().map(|(_, item, _)| item));
    let plays = lines.iter().map(|(user, item, weight)| (users.of(user), items.of(item), *weight));
    let plays = plays.collect();
    let names = items.given.into_iter().map(|(name, number)| (number, name.to_owned())).collect();
    Ok(PlaysFile { plays, names })
}

fn play(fields: &[String]) -> Result<(String, String, f32), String> {
    let (user, item, plays) = match fields {
        [user, item] => (user, item, None),
        [user, item, plays] => (user, item, Some(plays)),
        _ => return Err(format!("{} fields", fields.len())),
    };
    if user.is_empty() || item.is_empty() {
        return Err("the user or the track is empty".to_owned());
    }
    let weight = plays.map_or(Some(1.0), |plays| plays.parse().ok());
    match weight.filter(|weight: &f32| weight.is_finite() && *weight >= 0.0) {
        Some(weight) => Ok((user.to_owned(), item.to_owned(), weight)),
        None => Err(format!("\"{}\" is no number of plays", plays.map_or("", |plays| plays))),
    }
}

/// Numbers for names.
struct Numbers<'a> {
    /// All names are numbers, and stay as they are.
    kept: bool,
    given: HashMap<&'a str, u32>,
}

impl<'a> Numbers<'a> {
    fn over(mut names: impl Iterator<Item = &'a String>) -> Self {
        Self { kept: names.all(|name| name.parse::<u32>().is_ok()), given: HashMap::new() }
    }

    fn of(&mut self, name: &'a str) -> u32 {
        match name.parse() {
            Ok(number) if self.kept => number,
            _ => {
                let next = self.given.len() as u32;
                *self.given.entry(name).or_insert(next)
            }
        }
    }
}

/// The fields of a line, between tabs or between commas (with quotes as in RFC 4180), without the spaces around
/// them.
#[must_use]
pub fn fields(line: &str, tabs: bool) -> Vec<String> {
    if tabs { by_tabs(line) } else { by_commas(line) }
}

fn by_tabs(line: &str) -> Vec<String> {
    line.split('\t').map(|field| field.trim().to_owned()).collect()
}

fn by_commas(line: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let (mut field, mut quoted) = (String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field).trim().to_owned()),
            letter => field.push(letter),
        }
    }
    fields.push(field.trim().to_owned());
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(u32, u32, f32)> {
        let plays = parse(text).unwrap().plays;
        let rows = plays.users.iter().enumerate();
        rows.flat_map(|(row, user)| plays.of_row(row).map(move |(i, w)| (*user, i, w))).collect()
    }

    #[test]
    fn tabs_and_commas_counts_and_headers() {
        let expected = [(2, 51, 13883.0), (2, 52, 1.0), (9, 51, 2.0)];
        assert_eq!(pairs("userID\tartistID\tweight\n2\t51\t13883\n2\t52\t1\n9\t51\t2\n"), expected);
        assert_eq!(pairs("2,51,13883\r\n\r\n2, 52\r\n9,51\r\n9,51,1\r\n"), expected);
        assert_eq!(pairs("user,track\n2,51\n"), [(2, 51, 1.0)]);
    }

    #[test]
    fn names_are_numbered_as_they_appear() {
        let file = parse("eva,\"Song, a \"\"long\"\" one\",2\nkim,Other,1\neva,Other,5\n").unwrap();
        assert_eq!(file.names[&0], "Song, a \"long\" one");
        assert_eq!(file.names[&1], "Other");
        assert_eq!(file.plays.rows, [vec![(0, 2.0), (1, 5.0)], vec![(1, 1.0)]]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let wrong = |text: &str| parse(text).unwrap_err();
        assert_eq!(wrong(""), None);
        assert_eq!(wrong("user,track,plays\n"), None);
        let (line, message) = wrong("1,2,3\n1,2,many\n").unwrap();
        assert_eq!((line, message.as_str()), (2, "\"many\" is no number of plays"));
        let (line, message) = wrong("1,2,3\n\n1,2,3,4\n").unwrap();
        assert_eq!((line, message.as_str()), (3, "4 fields"));
        assert!(wrong("1,2,3\n1,2,-3\n").is_some() && wrong("1,2,3\n1,,3\n").is_some());
        assert!(wrong("1,2,3\n1,2,inf\n").is_some());
        let missing = read_plays(Path::new("/nowhere/plays.csv")).unwrap_err().to_string();
        assert!(missing.contains("/nowhere/plays.csv"), "{missing}");
    }
}

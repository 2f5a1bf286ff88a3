//! Does what was typed in the palette.

use std::path::PathBuf;
use std::time::Instant;

use super::app::App;
use super::commands::{self, Command};
use super::core::Request;
use super::export;
use super::nearest::nearest;
use super::page::Page;
use super::palette::{VERBS, Verb};
use super::search::Order;
use super::theme::Theme;
use crate::store::records::EventKind;
use crate::taste::mood::place;

impl App {
    /// Does what was typed: the name of a command, or a verb and a word.
    pub fn run_line(&mut self, line: &str, now: Instant) {
        let (first, word) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let word = word.trim();
        if let Some((verb, ..)) = VERBS.iter().find(|(_, name, ..)| *name == first) {
            if let Err(why) = self.verb(*verb, word, now) {
                self.complain(why, now);
            }
        } else if let Some(declared) = commands::named(first) {
            self.command(declared.command, now);
        } else if !first.is_empty() {
            let names = commands::DECLARATIONS.iter().map(|d| d.name);
            let near = nearest(first, names.chain(VERBS.map(|(_, name, ..)| name)));
            self.complain(format!("there is no command \"{first}\"; the nearest is {near}"), now);
        }
    }

    fn verb(&mut self, verb: Verb, word: &str, now: Instant) -> Result<(), String> {
        match verb {
            Verb::Theme | Verb::Spectrum => {
                let mut screen = self.screen.clone();
                let changed =
                    if verb == Verb::Theme { &mut screen.theme } else { &mut screen.spectrum };
                word.clone_into(changed);
                let theme = Theme::load(&screen, &self.terminal, self.themes.as_deref());
                self.theme = theme.map_err(|e| e.to_string())?;
                self.screen = screen;
            }
            Verb::Scale => match word {
                "log" | "mel" => word.clone_into(&mut self.screen.spectrogram_scale),
                _ => return Err("the rows of the spectrogram are log or mel".to_owned()),
            },
            Verb::Sort => {
                let order = Order::ALL.into_iter().find(|order| order.name() == word);
                self.library.order = order.ok_or_else(|| {
                    format!("the library is sorted by {}", Order::ALL.map(Order::name).join(", "))
                })?;
                self.library.reversed = false;
                self.show(Page::Library);
                self.ask_tracks();
            }
            Verb::Find => {
                self.show(Page::Library);
                self.library.search.set(word);
                self.searched();
            }
            Verb::Goto => {
                let to = seconds(word).ok_or("write a place as 90 or 1:30")?;
                if self.playing.is_none() {
                    return Err("nothing plays".to_owned());
                }
                self.seek(Request::SeekTo(to));
            }
            Verb::Mood => {
                let place = match word {
                    "any" | "off" | "none" => None,
                    _ => Some(
                        place(word, &self.moods, &self.mood_words).map_err(|e| e.to_string())?,
                    ),
                };
                self.set_mood(place);
                self.show(Page::Feed);
            }
            Verb::Index if word.is_empty() => {
                return Err("name a folder: index ~/Music".to_owned());
            }
            Verb::Index => self.core.ask(Request::Index(vec![PathBuf::from(word)])),
            Verb::Rate => {
                let stars = word.parse().ok().filter(|stars| (1..=5).contains(stars));
                let stars = stars.ok_or("stars are 1 to 5")?;
                self.say_of(EventKind::Rate { stars }, &format!("{stars} of 5 stars:"), now);
            }
            Verb::Export => self.export(Some(word), now),
            Verb::Mouse => match word {
                "on" | "off" => self.screen.mouse = word == "on",
                _ => return Err("the mouse is on or off".to_owned()),
            },
        }
        Ok(())
    }

    /// Writes what the page shows to a file: on the map the path, elsewhere the history.
    pub fn export(&mut self, file: Option<&str>, now: Instant) {
        let day = (self.clock)().to_zoned(self.time_zone.clone()).strftime("%Y-%m-%d");
        let named = file.filter(|file| !file.is_empty()).map(PathBuf::from);
        match self.page {
            Page::Map => {
                let path = named.unwrap_or_else(|| format!("echovibe-path-{day}.m3u").into());
                self.export_path(path, now);
            }
            _ => {
                let path = named.unwrap_or_else(|| format!("echovibe-history-{day}.csv").into());
                self.export_history(path, now);
            }
        }
    }

    /// As a playlist.
    fn export_path(&mut self, path: PathBuf, now: Instant) {
        if self.map.path.is_empty() {
            let key = self.keys.shown_at(Command::Path, self.place(), self.theme.symbols);
            return self.complain(format!("there is no path yet: {key} where it is to start"), now);
        }
        let tracks = self.map.path.iter().filter_map(|id| self.shelf.get(*id));
        match export::m3u(tracks) {
            Ok(text) => {
                let said = format!("{} tracks written to {}", self.map.path.len(), path.display());
                self.core.ask(Request::Write { path, text, said });
            }
            Err(why) => self.complain(why, now),
        }
    }

    /// By the file's ending as JSON or CSV.
    fn export_history(&mut self, path: PathBuf, now: Instant) {
        let page = &self.history;
        // Where the page was never shown, nothing is left out.
        let (log, rows) = if page.log.events.is_empty() {
            (&self.log, (0..self.log.events.len() as u32).rev().collect())
        } else {
            (&page.log, page.rows.clone())
        };
        let events = rows.iter().filter_map(|row| log.events.get(*row as usize));
        let text = match path.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => Ok(export::csv(events)),
            Some("json" | "jsonl") => export::json_lines(events),
            _ => Err("name the file .csv or .json".to_owned()),
        };
        match text {
            Ok(text) => {
                let said = format!("{} rows written to {}", rows.len(), path.display());
                self.core.ask(Request::Write { path, text, said });
            }
            Err(why) => self.complain(why, now),
        }
    }
}

/// "90", "1:30", "1:02:03".
fn seconds(text: &str) -> Option<f64> {
    let parts = text.split(':').map(|part| part.parse::<u32>().ok());
    let parts = parts.collect::<Option<Vec<u32>>>().filter(|parts| parts.len() <= 3)?;
    Some(parts.into_iter().fold(0.0, |sum, part| sum * 60.0 + f64::from(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_a_track_are_read_as_people_write_them() {
        assert_eq!(seconds("90"), Some(90.0));
        assert_eq!(seconds("1:30"), Some(90.0));
        assert_eq!(seconds("1:02:03"), Some(3723.0));
        assert_eq!(seconds("x"), None);
        assert_eq!(seconds("1:2:3:4"), None);
        assert_eq!(seconds(""), None);
    }
}

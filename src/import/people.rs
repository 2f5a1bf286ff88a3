//! Other people's plays, kept beside the store, and the model of what like-minded people play.
//!
//! `people.plays` holds who plays what, by the names of the songs: also songs that are not in the library tell
//! who is like-minded. `people.model` is fitted to it, and fitted again where it does not belong to it. Both are
//! `MessagePack` behind a BLAKE3 of 32 bytes, and are replaced by a rename.

use std::collections::{BTreeMap, HashMap};
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::played::{Played, Reaction};
use super::songs::key;
use crate::collab::{ItemId, LikeMinded, Plays};
use crate::store::records::{Track, TrackId};
use crate::taste::Taste;

const PLAYS: &str = "people.plays";
const MODEL: &str = "people.model";
/// Held while the plays are changed, so that of two who do so at once none is lost.
const LOCK: &str = "people.lock";
const CHECKSUM: usize = 32;

/// Why the plays of other people cannot be kept or used.
#[derive(Debug, Error)]
pub enum PeopleError {
    /// A file cannot be read or written.
    #[error("cannot {doing} {path}: {source}")]
    File {
        /// "read", "write" or "lock".
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not whole.
    #[error("{0} is damaged: remove it and import the plays of other people again")]
    Damaged(PathBuf),
}

/// Who plays what, and how often: of each person the songs by their keys.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    people: BTreeMap<String, BTreeMap<String, f32>>,
}

impl Table {
    /// What is kept in a data folder; empty where nothing is.
    ///
    /// # Errors
    /// It cannot be read, or is damaged.
    pub fn open(dir: &Path) -> Result<Self, PeopleError> {
        Ok(read(&dir.join(PLAYS))?.map_or_else(Self::default, |(table, _)| table))
    }

    /// Takes the plays of a person, in the place of what was known of that one: an import can be repeated.
    pub fn put<'p>(&mut self, person: &str, plays: impl Iterator<Item = &'p Played>) {
        let mut songs: BTreeMap<String, f32> = BTreeMap::new();
        for play in plays.filter(|play| play.what != Reaction::Skip) {
            *songs.entry(key(&play.artist, &play.title)).or_default() += play.times as f32;
        }
        self.people.insert(person.to_owned(), songs);
    }

    /// Forgets a person; false where there was none.
    pub fn remove(&mut self, person: &str) -> bool {
        self.people.remove(person).is_some()
    }

    /// Who is known, and how many songs each one plays.
    pub fn people(&self) -> impl Iterator<Item = (&str, usize)> {
        self.people.iter().map(|(person, songs)| (person.as_str(), songs.len()))
    }

    /// Changes what is kept in a data folder, while nobody else does, and keeps it unless `change` says not to.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or cannot be written.
    pub fn change(dir: &Path, change: impl FnOnce(&mut Self) -> bool) -> Result<Self, PeopleError> {
        let path = dir.join(LOCK);
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        // Ends with the file, however that ends.
        let _held = lock
            .and_then(|lock| lock.lock().map(|()| lock))
            .map_err(|source| PeopleError::File { doing: "lock", path, source })?;
        let mut table = Self::open(dir)?;
        if change(&mut table) {
            table.keep(dir)?;
        }
        Ok(table)
    }

    /// Keeps it in a data folder, and the model fitted to it.
    fn keep(&self, dir: &Path) -> Result<(), PeopleError> {
        let checksum = write(&dir.join(PLAYS), self)?;
        People::fit(self, checksum).keep(dir)
    }
}

/// What like-minded people play: a model of all people but the user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct People {
    /// The checksum of the plays that it was fitted to.
    fitted_to: [u8; CHECKSUM],
    /// Keys of the songs, by their numbers in the model.
    songs: Vec<String>,
    model: Option<LikeMinded>,
}

impl People {
    /// The model of a data folder; [`None`] where no plays of other people are kept.
    ///
    /// # Errors
    /// The plays cannot be read, or are damaged.
    pub fn open(dir: &Path) -> Result<Option<Self>, PeopleError> {
        let Some((table, checksum)) = read::<Table>(&dir.join(PLAYS))? else { return Ok(None) };
        if let Ok(Some((kept, _))) = read::<Self>(&dir.join(MODEL))
            && kept.fitted_to == checksum
        {
            return Ok(Some(kept));
        }
        let fitted = Self::fit(&table, checksum);
        // Whoever can only read the folder fits it each time.
        if let Err(error) = fitted.keep(dir) {
            tracing::warn!("{error}");
        }
        Ok(Some(fitted))
    }

    fn fit(table: &Table, fitted_to: [u8; CHECKSUM]) -> Self {
        let songs: Vec<String> = {
            let mut songs: Vec<&String> = table.people.values().flat_map(BTreeMap::keys).collect();
            songs.sort_unstable();
            songs.dedup();
            songs.into_iter().cloned().collect()
        };
        let numbers: HashMap<&str, ItemId> = songs.iter().map(String::as_str).zip(0..).collect();
        let rows = (0..).zip(table.people.values());
        let plays: Plays = rows
            .flat_map(|(user, row)| row.iter().map(move |(song, plays)| (user, song, *plays)))
            .map(|(user, song, plays)| (user, numbers[song.as_str()], plays))
            .collect();
        Self { fitted_to, model: LikeMinded::fit(&plays), songs }
    }

    fn keep(&self, dir: &Path) -> Result<(), PeopleError> {
        write(&dir.join(MODEL), self).map(|_| ())
    }

    /// What the tracks of a library are worth, 0 to 1, by what those play who play what this taste is of; only
    /// what they play, and what the user does not play yet.
    #[must_use]
    pub fn worths(&self, tracks: &[Track], taste: &Taste) -> BTreeMap<TrackId, f64> {
        let Some(model) = &self.model else { return BTreeMap::new() };
        let number = |track: &Track| {
            let place = self.songs.binary_search(&key(&track.artist, &track.title)).ok()?;
            Some(place as ItemId)
        };
        let numbered: Vec<(TrackId, ItemId)> =
            tracks.iter().filter_map(|track| Some((track.id, number(track)?))).collect();
        let played: Vec<(ItemId, f32)> = numbered
            .iter()
            .map(|(id, item)| (*item, played(taste, *id)))
            .filter(|(_, plays)| *plays > 0.0)
            .collect();
        let worths = model.worths(&played);
        let worth = |(id, item): (TrackId, ItemId)| Some((id, *worths.get(&item)?));
        numbered.into_iter().filter_map(worth).filter(|(_, worth)| *worth > 0.0).collect()
    }
}

/// Plays, and one more for what is liked or saved; nothing where more speaks against it.
fn played(taste: &Taste, id: TrackId) -> f32 {
    let said = u32::from(taste.liked(id) || taste.saved(id));
    if taste.feedback(id) > 0.0 { (taste.plays(id) + said) as f32 } else { 0.0 }
}

/// What a file holds and its checksum; [`None`] where there is none.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<(T, [u8; CHECKSUM])>, PeopleError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(PeopleError::File { doing: "read", path: path.to_owned(), source });
        }
    };
    let damaged = || PeopleError::Damaged(path.to_owned());
    let (checksum, packed) = bytes.split_first_chunk::<CHECKSUM>().ok_or_else(damaged)?;
    if blake3::hash(packed) != *checksum {
        return Err(damaged());
    }
    let value = rmp_serde::from_slice(packed).map_err(|_| damaged())?;
    Ok(Some((value, *checksum)))
}

/// Puts a value in the place of a file, at once; gives its checksum.
fn write<T: Serialize>(path: &Path, value: &T) -> Result<[u8; CHECKSUM], PeopleError> {
    let failed = |source| PeopleError::File { doing: "write", path: path.to_owned(), source };
    let packed = rmp_serde::to_vec_named(value).map_err(|e| failed(io::Error::other(e)))?;
    let checksum = *blake3::hash(&packed).as_bytes();
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    let written = std::fs::write(&beside, [&checksum[..], packed.as_slice()].concat())
        .and_then(|()| std::fs::File::open(&beside)?.sync_all())
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written.map(|()| checksum).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::tests::{taste, track};
    use crate::store::records::EventKind;

    /// Two circles of ten people; each plays most of its ten songs.
    fn table() -> Table {
        let mut table = Table::default();
        for person in 0..20 {
            let songs = (0..10).filter(|song| (song + person) % 10 != 0);
            let plays: Vec<Played> = songs
                .map(|song| Played::of(&format!("Circle {}", person % 2), &format!("Song {song}")))
                .collect();
            table.put(&format!("p{person}"), plays.iter());
        }
        table
    }

    fn tracks() -> Vec<Track> {
        let song = |id: u32| (format!("Circle {}", id % 2), format!("Song {}", id / 2 % 10));
        let mut tracks: Vec<Track> = (0..20)
            .map(|id| {
                let (artist, title) = song(id);
                track(id + 1, &artist, &title, vec![1.0, f32::from(id as u8)])
            })
            .collect();
        tracks.push(track(99, "Nobody", "Unknown", vec![1.0, 0.0]));
        tracks
    }

    #[test]
    fn what_like_minded_people_play_is_worth_more() {
        let people = People::fit(&table(), [0; 32]);
        let tracks = tracks();
        let taste =
            taste(&tracks, &[(1, 5, EventKind::Like), (3, 5, EventKind::Play { share: 1.0 })]);
        let worths = people.worths(&tracks, &taste);
        let worth = |id: u32| worths.get(&TrackId(id)).copied().unwrap_or(0.0);
        // Odd numbers are of the first circle.
        let least = (5..=19).step_by(2).map(worth).fold(1.0, f64::min);
        let most = (2..=20).step_by(2).map(worth).fold(0.0, f64::max);
        assert!(least > most + 0.1, "{worths:?}");
        assert_eq!((worth(1), worth(99)), (0.0, 0.0), "what is played already; what nobody knows");
        assert!(people.worths(&tracks, &Taste::default()).is_empty());
        assert!(People::fit(&Table::default(), [0; 32]).worths(&tracks, &taste).is_empty());
    }

    #[test]
    fn kept_and_opened_again_it_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        assert_eq!(People::open(dir).unwrap(), None);
        let mut table = table();
        table.keep(dir).unwrap();
        assert_eq!(Table::open(dir).unwrap(), table);
        let people = People::open(dir).unwrap().unwrap();
        std::fs::remove_file(dir.join(MODEL)).unwrap();
        assert_eq!(People::open(dir).unwrap().unwrap(), people, "fitted again");
        assert!(dir.join(MODEL).exists());
        assert!(table.remove("p3") && !table.remove("p3"));
        write(&dir.join(PLAYS), &table).unwrap();
        assert_ne!(People::open(dir).unwrap().unwrap(), people, "of other plays");
        std::fs::write(dir.join(PLAYS), b"x").unwrap();
        assert!(People::open(dir).unwrap_err().to_string().contains("is damaged"));
    }

    #[test]
    fn of_two_who_import_at_once_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let names: Vec<String> = (0..24).map(|number| format!("p{number:02}")).collect();
        std::thread::scope(|scope| {
            for names in names.chunks(6) {
                scope.spawn(move || {
                    for name in names {
                        let play = Played::of("A", "B");
                        let put = |table: &mut Table| table.put(name, [&play].into_iter());
                        Table::change(dir, |table| (put(table), true).1).unwrap();
                    }
                });
            }
        });
        let table = Table::open(dir).unwrap();
        assert_eq!(table.people().map(|(name, _)| name).collect::<Vec<_>>(), names);
        Table::change(dir, |table| table.remove("nobody")).unwrap();
        assert_eq!(Table::change(dir, |table| table.remove("p03")).unwrap().people().count(), 23);
        assert_eq!(Table::open(dir).unwrap().people().count(), 23);
    }

    #[test]
    fn a_persons_second_import_replaces_the_first() {
        let mut table = Table::default();
        let play = Played { times: 3, ..Played::of("A", "B") };
        let skip = Played { what: Reaction::Skip, ..Played::of("A", "C") };
        table.put("eva", [&play, &play, &skip].into_iter());
        assert_eq!(table.people["eva"], BTreeMap::from([("a\nb".to_owned(), 6.0)]));
        table.put("eva", [&play].into_iter());
        assert_eq!(table.people["eva"]["a\nb"], 3.0);
        assert_eq!(table.people().collect::<Vec<_>>(), [("eva", 1)]);
    }
}

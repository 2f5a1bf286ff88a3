//! A track that was named, as all outputs tell it.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use super::template::Field;
use crate::cli::output::clock;
use crate::cli::rows::{IndexName, MatchRow, thousandths};
use crate::listen::event::Named;
use crate::store::records::{Track, TrackId};

/// What `listen --json` prints of it.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    at: Timestamp,
    #[serde(rename = "match")]
    found: MatchRow,
    position_s: f64,
    heard_s: f64,
}

impl Row {
    /// One line for people.
    pub fn line(&self) -> String {
        format!(
            "{}  {} at {} ({:.0} %, heard in {:.1} s{})",
            self.at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S"),
            self.found.label(),
            clock(self.position_s),
            self.found.confidence * 100.0,
            self.heard_s,
            self.found.whose(),
        )
    }
}

/// A track that was named just now.
#[derive(Debug, Clone)]
pub struct Heard {
    pub row: Row,
    /// As the file is really called, which need not be UTF-8.
    path: PathBuf,
    input: String,
}

impl Heard {
    pub fn new(track: &Track, named: &Named, at: Timestamp, input: &str, index: IndexName) -> Self {
        let row = Row {
            at,
            found: MatchRow::new(track, named.position_s, named.confidence, index),
            position_s: thousandths(named.position_s),
            heard_s: thousandths(named.heard_s),
        };
        Self { row, path: track.path.clone(), input: input.to_owned() }
    }

    pub fn track_id(&self) -> TrackId {
        self.row.found.track_id
    }

    /// Artist and title.
    pub fn label(&self) -> String {
        self.row.found.label()
    }

    /// What a template has in the place of a field.
    pub fn value(&self, field: Field) -> Vec<u8> {
        let found = &self.row.found;
        match field {
            Field::Title => found.title.clone().into_bytes(),
            Field::Artist => found.artist.clone().into_bytes(),
            Field::Album => found.album.clone().into_bytes(),
            Field::Path => self.path.as_os_str().as_bytes().to_vec(),
            Field::TrackId => found.track_id.to_string().into_bytes(),
            Field::OffsetS => found.offset_s.to_string().into_bytes(),
            Field::Confidence => found.confidence.to_string().into_bytes(),
            Field::HeardS => self.row.heard_s.to_string().into_bytes(),
            Field::At => self.row.at.to_string().into_bytes(),
            Field::Input => self.input.clone().into_bytes(),
            Field::Json => serde_json::to_vec(&self.row).unwrap_or_default(),
        }
    }

    /// The same on one line: control characters would break what shows it.
    pub fn plain(&self, field: Field) -> Vec<u8> {
        let mut value = self.value(field);
        for byte in &mut value {
            if byte.is_ascii_control() {
                *byte = b' ';
            }
        }
        value
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A track with this title and artist, heard from the microphone.
    pub fn heard(artist: &str, title: &str) -> Heard {
        let found = MatchRow {
            track_id: TrackId(7),
            path: "/music/a b.ogg".to_owned(),
            title: title.to_owned(),
            artist: artist.to_owned(),
            album: String::new(),
            offset_s: 12.5,
            confidence: 0.99,
            index: IndexName::Local,
        };
        let row = Row { at: Timestamp::UNIX_EPOCH, found, position_s: 12.5, heard_s: 2.5 };
        Heard { row, path: PathBuf::from("/music/a b.ogg"), input: "mic".to_owned() }
    }

    #[test]
    fn every_field_has_a_value() {
        let heard = heard("Ada", "Tide\nBell");
        let value = |field| String::from_utf8(heard.value(field)).unwrap();
        for (field, name) in Field::ALL {
            assert_eq!(value(field).is_empty(), name == "album", "{name}");
        }
        assert_eq!((value(Field::TrackId), value(Field::OffsetS)), ("7".into(), "12.5".into()));
        assert_eq!(value(Field::At), "1970-01-01T00:00:00Z");
        assert!(value(Field::Json).contains(r#""title":"Tide\nBell""#));
        assert_eq!(heard.plain(Field::Title), b"Tide Bell");
    }
}

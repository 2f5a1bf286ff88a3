//! The history and paths as text for other programs.

use serde::Serialize;

use crate::recommend::playlist::{Entry, M3U_HEADER, m3u as entry_of};
use crate::store::records::{Event, EventKind, Track, TrackId};

/// An event as `echovibe history --json` prints it.
#[derive(Debug, Serialize)]
struct Row<'a> {
    seq: u64,
    at: jiff::Timestamp,
    track_id: TrackId,
    title: &'a str,
    artist: &'a str,
    #[serde(flatten)]
    what: &'a EventKind,
}

/// One JSON object a line.
///
/// # Errors
/// A value cannot be written as JSON; the text is shown as it is.
pub fn json_lines<'a>(events: impl Iterator<Item = &'a Event>) -> Result<String, String> {
    let mut out = String::new();
    for Event { seq, at, track_id, title, artist, what, .. } in events {
        let row = Row { seq: *seq, at: *at, track_id: *track_id, title, artist, what };
        out += &serde_json::to_string(&row).map_err(|e| e.to_string())?;
        out.push('\n');
    }
    Ok(out)
}

/// An extended M3U playlist.
///
/// # Errors
/// A path cannot be written in one; the text is shown as it is.
pub fn m3u<'a>(tracks: impl Iterator<Item = &'a Track>) -> Result<String, String> {
    let mut out = format!("{M3U_HEADER}\n");
    for track in tracks {
        let entry = Entry {
            path: track.path.clone(),
            title: track.title.clone(),
            artist: track.artist.clone(),
            album: track.album.clone(),
            duration_s: track.duration_s,
            note: String::new(),
        };
        out += &entry_of(&entry).map_err(|e| e.to_string())?;
        out.push('\n');
    }
    Ok(out)
}

/// A line of headings, then one for each event (RFC 4180).
#[must_use]
pub fn csv<'a>(events: impl Iterator<Item = &'a Event>) -> String {
    let mut out = "at,kind,artist,title,track_id,value,input\r\n".to_owned();
    for event in events {
        let (kind, value, input) = match &event.what {
            EventKind::Heard { confidence, input, .. } => {
                ("heard", format!("{confidence:.3}"), input.as_str())
            }
            EventKind::Like => ("like", String::new(), ""),
            EventKind::Unlike => ("unlike", String::new(), ""),
            EventKind::Skip { share } => {
                ("skip", share.map(|s| format!("{s:.3}")).unwrap_or_default(), "")
            }
            EventKind::Play { share } => ("play", format!("{share:.3}"), ""),
            EventKind::Rate { stars } => ("rate", stars.to_string(), ""),
            EventKind::Save => ("save", String::new(), ""),
            EventKind::Unsave => ("unsave", String::new(), ""),
            EventKind::Ban => ("ban", String::new(), ""),
            EventKind::Unban => ("unban", String::new(), ""),
        };
        let (at, id) = (event.at.to_string(), event.track_id.to_string());
        let cells = [&at, kind, &event.artist, &event.title, &id, &value, input];
        out += &cells.map(cell).join(",");
        out += "\r\n";
    }
    out
}

/// Quoted where it must be. A title that a spreadsheet would take for a formula is kept as text.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(title: &str, what: EventKind) -> Event {
        Event {
            seq: 3,
            nonce: 1,
            at: jiff::Timestamp::from_second(1_790_000_000).unwrap(),
            track_id: TrackId(7),
            title: title.into(),
            artist: "Eno, Brian".into(),
            what,
        }
    }

    #[test]
    fn commas_quotes_and_formulas_survive_a_spreadsheet() {
        let events = [event("=1+1 \"x\"", EventKind::Play { share: 0.5 })];
        let text = csv(events.iter());
        assert_eq!(
            text.lines().nth(1).unwrap(),
            "2026-09-21T14:13:20Z,play,\"Eno, Brian\",\"'=1+1 \"\"x\"\"\",7,0.500,"
        );
    }

    #[test]
    fn json_has_the_names_that_the_command_line_prints() {
        let events = [event("1/1", EventKind::Rate { stars: 4 })];
        let row: serde_json::Value =
            serde_json::from_str(json_lines(events.iter()).unwrap().trim()).unwrap();
        assert_eq!((&row["kind"], &row["stars"]), (&"rate".into(), &4.into()));
        assert_eq!(row["track_id"], 7);
    }
}

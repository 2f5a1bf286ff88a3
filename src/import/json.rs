//! Exports as JSON: ListenBrainz (`track_metadata`), Last.fm (`recenttracks`, or lists of tracks), Spotify's
//! extended history (`master_metadata_...`).

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::played::{Played, Reaction};
use super::time::{of_number, time};

/// Lists within lists deeper than this are no export.
const DEEPEST: usize = 8;

/// All plays in a value, in its order, and how many entries could not be understood.
pub fn plays(value: &Value) -> (Vec<Played>, usize) {
    let mut found = (Vec::new(), 0);
    walk(value, DEEPEST, &mut found);
    found
}

fn walk(value: &Value, depth: usize, found: &mut (Vec<Played>, usize)) {
    match value {
        Value::Array(values) if depth > 0 => {
            values.iter().for_each(|value| walk(value, depth - 1, found));
        }
        Value::Object(entry) => {
            let lists = ["recenttracks", "lovedtracks", "track", "listens", "payload"];
            let list = lists.iter().find_map(|name| entry.get(*name).filter(|v| is_list(v)));
            match list {
                Some(list) if depth > 0 => walk(list, depth - 1, found),
                _ if plays_now(entry) => {}
                _ => match play(entry) {
                    Some(play) => found.0.push(play),
                    None => found.1 += 1,
                },
            }
        }
        _ => found.1 += 1,
    }
}

fn is_list(value: &Value) -> bool {
    value.is_array() || value.as_object().is_some_and(|entry| !entry.contains_key("name"))
}

/// Last.fm puts what plays at the moment before what was played.
fn plays_now(entry: &Map<String, Value>) -> bool {
    entry.get("@attr").and_then(|attr| attr.get("nowplaying")).is_some()
}

fn play(entry: &Map<String, Value>) -> Option<Played> {
    let play = listenbrainz(entry).or_else(|| lastfm(entry)).or_else(|| spotify(entry))?;
    (!play.artist.is_empty() && !play.title.is_empty()).then_some(play)
}

fn listenbrainz(entry: &Map<String, Value>) -> Option<Played> {
    let about = entry.get("track_metadata")?;
    Some(Played {
        album: text(about.get("release_name")),
        at: entry.get("listened_at").and_then(moment),
        ..Played::of(about.get("artist_name")?.as_str()?, about.get("track_name")?.as_str()?)
    })
}

fn lastfm(entry: &Map<String, Value>) -> Option<Played> {
    let named = |value: &Value| {
        let inside = value.get("#text").or_else(|| value.get("name")).unwrap_or(value);
        inside.as_str().map(str::to_owned)
    };
    let title = entry.get("name").or_else(|| entry.get("track"))?;
    let date = entry.get("date");
    let uts = date.and_then(|date| date.get("uts")).or_else(|| entry.get("uts")).or(date);
    Some(Played {
        album: entry.get("album").and_then(named).unwrap_or_default(),
        at: uts.and_then(moment),
        ..Played::of(&entry.get("artist").and_then(named)?, title.as_str()?)
    })
}

fn spotify(entry: &Map<String, Value>) -> Option<Played> {
    let part = |name: &str| entry.get(&format!("master_metadata_{name}"))?.as_str();
    let skipped = entry.get("skipped").and_then(Value::as_bool).unwrap_or(false)
        || entry.get("reason_end").and_then(Value::as_str) == Some("fwdbtn");
    Some(Played {
        album: part("album_album_name").unwrap_or_default().to_owned(),
        at: entry.get("ts").and_then(moment),
        heard_s: entry.get("ms_played").and_then(Value::as_f64).map(|ms| ms / 1000.0),
        what: if skipped { Reaction::Skip } else { Reaction::Play },
        ..Played::of(part("album_artist_name")?, part("track_name")?)
    })
}

fn moment(value: &Value) -> Option<Timestamp> {
    let number = value.as_i64().filter(|number| *number > 0);
    number.and_then(of_number).or_else(|| value.as_str().and_then(time))
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Vec<Played>, usize) {
        plays(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn listenbrainz_and_lastfm_say_the_same() {
        let at = Timestamp::from_second(1_704_564_240).ok();
        let expected = Played { album: "C".into(), at, ..Played::of("A", "B") };
        for text in [
            r#"[{"listened_at": 1704564240, "track_metadata":
                {"artist_name": "A", "track_name": "B", "release_name": "C", "additional_info": {}}}]"#,
            r##"{"recenttracks": {"@attr": {"page": "1"}, "track": [
                {"artist": {"#text": "Now"}, "name": "Playing", "@attr": {"nowplaying": "true"}},
                {"artist": {"mbid": "", "#text": "A"}, "name": "B", "album": {"#text": "C"},
                 "date": {"uts": "1704564240", "#text": "06 Jan 2024, 18:04"}}]}}"##,
            r##"[[{"artist": {"name": "A"}, "name": "B", "album": {"#text": "C"},
                 "date": {"uts": "1704564240"}}], []]"##,
        ] {
            assert_eq!(of(text), (vec![expected.clone()], 0), "{text}");
        }
    }

    #[test]
    fn spotify_tells_how_long_and_whether_it_was_skipped() {
        let (plays, odd) = of(r#"[
            {"ts": "2024-01-06T18:04:00Z", "ms_played": 184000, "skipped": false,
             "master_metadata_track_name": "B", "master_metadata_album_artist_name": "A"},
            {"ts": "2024-01-06T18:09:00Z", "ms_played": 4000, "reason_end": "fwdbtn",
             "master_metadata_track_name": "D", "master_metadata_album_artist_name": "A"},
            {"ts": "2024-01-06T19:00:00Z", "ms_played": 9000, "episode_name": "a podcast",
             "master_metadata_track_name": null, "master_metadata_album_artist_name": null}]"#);
        assert_eq!((plays.len(), odd), (2, 1));
        assert_eq!((plays[0].heard_s, plays[0].what), (Some(184.0), Reaction::Play));
        assert_eq!((plays[1].heard_s, plays[1].what), (Some(4.0), Reaction::Skip));
    }

    #[test]
    fn what_is_no_play_is_counted() {
        assert_eq!(of(r#"[1, "x", {}, {"name": "B"}, {"artist": "", "name": "B"}]"#).1, 5);
        assert_eq!(of("null").1, 1);
    }
}

//! Tables of plays, and the log of a portable player.

use super::played::{Played, Reaction};
use super::time::time;
use crate::collab::fields;

/// What the columns of a table may be called.
const NAMES: [(Column, &[&str]); 6] = [
    (Column::By, &["user", "user_name", "username", "user_id"]),
    (Column::Artist, &["artist", "artist_name", "artist name", "artists"]),
    (Column::Title, &["title", "track", "track_name", "track name", "name", "song"]),
    (Column::Album, &["album", "album_name", "album name", "release", "release_name"]),
    (Column::Times, &["count", "plays", "playcount", "play_count", "play count", "times"]),
    // The first of these that is there: seconds before words.
    (Column::At, &["uts", "time", "date", "timestamp", "listened_at", "played_at", "utc_time"]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    By,
    Artist,
    Title,
    Album,
    Times,
    At,
}

/// Plays of a table, and the lines (from 1) that could not be understood, each with what is wrong.
pub type Rows = (Vec<Played>, Vec<(usize, String)>);

/// Reads a table, with tabs where its first line has one, else with commas. A first line of names tells the
/// columns; without one they are artist, title; artist, title and count or time; artist, title, count, time; or
/// artist, album, title, time.
pub fn table(text: &str) -> Rows {
    let tabs = text.lines().next().is_some_and(|line| line.contains('\t'));
    let mut columns: Option<Vec<Option<Column>>> = None;
    let (mut plays, mut odd) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let fields = fields(line, tabs);
        if columns.is_none() {
            columns = header(&fields);
            if columns.is_some() {
                continue;
            }
        }
        let columns = columns.get_or_insert_with(|| guessed(&fields));
        match play(&fields, columns) {
            Ok(play) => plays.push(play),
            Err(message) => odd.push((number, message)),
        }
    }
    (plays, odd)
}

/// The columns that a line of names tells: it must name artist and title.
fn header(fields: &[String]) -> Option<Vec<Option<Column>>> {
    let mut columns = vec![None; fields.len()];
    for (column, names) in NAMES {
        let place = |name: &&str| fields.iter().position(|field| field.eq_ignore_ascii_case(name));
        if let Some(place) = names.iter().find_map(place) {
            columns[place] = Some(column);
        }
    }
    let has = |column| columns.contains(&Some(column));
    (has(Column::Artist) && has(Column::Title)).then_some(columns)
}

fn guessed(fields: &[String]) -> Vec<Option<Column>> {
    use Column::{Album, Artist, At, Times, Title};
    let is_count = |place: usize| fields[place].parse::<u32>().is_ok_and(|n| n < 1_000_000);
    let columns: &[Column] = match fields.len() {
        ..=2 => &[Artist, Title],
        3 if is_count(2) => &[Artist, Title, Times],
        3 => &[Artist, Title, At],
        _ if is_count(2) => &[Artist, Title, Times, At],
        _ => &[Artist, Album, Title, At],
    };
    columns.iter().copied().map(Some).collect()
}

fn play(fields: &[String], columns: &[Option<Column>]) -> Result<Played, String> {
    let of = |column: Column| {
        let place = columns.iter().position(|of| *of == Some(column))?;
        fields.get(place).map(String::as_str).filter(|field| !field.is_empty())
    };
    let (Some(artist), Some(title)) = (of(Column::Artist), of(Column::Title)) else {
        return Err("the artist or the title is missing".to_owned());
    };
    let at = match of(Column::At) {
        None => None,
        Some(text) => Some(time(text).ok_or_else(|| format!("\"{text}\" is no time"))?),
    };
    let times = match of(Column::Times) {
        None => 1,
        Some(text) => {
            let times = text.parse::<u32>().ok().filter(|times| *times > 0);
            times.ok_or_else(|| format!("\"{text}\" is no number of plays"))?
        }
    };
    Ok(Played {
        by: of(Column::By).map(str::to_owned),
        album: of(Column::Album).unwrap_or_default().to_owned(),
        at,
        times,
        ..Played::of(artist, title)
    })
}

/// Reads the log of a portable player (`.scrobbler.log`, Audioscrobbler 1.1): artist, album, title, number,
/// length, L for listened or S for skipped, time.
pub fn player_log(text: &str) -> Rows {
    let (mut plays, mut odd) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let fields = fields(line, true);
        let [artist, album, title, _, length, rating, at, ..] = fields.as_slice() else {
            odd.push((number, format!("{} fields instead of 7", fields.len())));
            continue;
        };
        let (Some(at), false) = (time(at), artist.is_empty() || title.is_empty()) else {
            odd.push((number, "the artist, the title or the time is missing".to_owned()));
            continue;
        };
        let listened = rating != "S";
        plays.push(Played {
            album: album.clone(),
            at: Some(at),
            heard_s: length.parse().ok().filter(|_| listened),
            what: if listened { Reaction::Play } else { Reaction::Skip },
            ..Played::of(artist, title)
        });
    }
    (plays, odd)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn one(text: &str) -> Played {
        let (plays, odd) = table(text);
        assert!(odd.is_empty() && plays.len() == 1, "{plays:?} {odd:?}");
        plays[0].clone()
    }

    #[test]
    fn columns_are_told_or_guessed() {
        let at = Timestamp::from_second(1_704_564_240).ok();
        let plain = Played::of("A, the", "B");
        assert_eq!(one("\"A, the\",B"), plain);
        assert_eq!(one("\"A, the\",B,7"), Played { times: 7, ..plain.clone() });
        assert_eq!(one("\"A, the\",B,1704564240"), Played { at, ..plain.clone() });
        let counted = Played { times: 7, at, ..plain.clone() };
        assert_eq!(one("\"A, the\",B,7,06 Jan 2024 18:04"), counted);
        let of_album = Played { album: "C".into(), at, ..plain.clone() };
        assert_eq!(one("\"A, the\",C,B,06 Jan 2024 18:04"), of_album);
        let named = "uts,utc_time,artist,artist_mbid,album,track\n\
                     1704564240,\"06 Jan 2024, 18:04\",\"A, the\",,C,B\n";
        assert_eq!(one(named), of_album);
        let of_someone = Played { by: Some("eva".into()), times: 3, ..plain };
        assert_eq!(one("User\tArtist\tTitle\tPlays\neva\tA, the\tB\t3"), of_someone);
    }

    #[test]
    fn a_bad_line_is_told_and_the_others_are_read() {
        let (plays, odd) =
            table("artist,title,count,time\nA,B,2,\nA,,1,\nA,B,none,\nA,B,1,then\n\nA,C,1,\n");
        assert_eq!(plays.len(), 2);
        let told: Vec<(usize, &str)> = odd.iter().map(|(n, why)| (*n, why.as_str())).collect();
        assert_eq!(
            told,
            [
                (3, "the artist or the title is missing"),
                (4, "\"none\" is no number of plays"),
                (5, "\"then\" is no time"),
            ]
        );
        assert_eq!(table(""), (vec![], vec![]));
    }

    #[test]
    fn a_players_log_tells_skips() {
        let log = "#AUDIOSCROBBLER/1.1\n#TZ/UTC\nA\tC\tB\t1\t184\tL\t1704564240\t\n\
                   A\t\tD\t\t200\tS\t1704564500\nA\tB\n";
        let (plays, odd) = player_log(log);
        assert_eq!((plays.len(), odd.len()), (2, 1));
        assert_eq!((plays[0].what, plays[0].heard_s), (Reaction::Play, Some(184.0)));
        assert_eq!((plays[1].what, plays[1].heard_s), (Reaction::Skip, None));
    }
}

//! Times as other programs write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Seconds after 1970 from which on a number counts milliseconds (in the year 5138 of seconds).
const MILLISECONDS_FROM: i64 = 100_000_000_000;
/// Without a zone it is UTC, as the exports say of themselves.
const FORMS: [&str; 6] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d %b %Y %H:%M",
    "%d %b %Y, %H:%M",
    "%d %b %Y, %H:%M:%S",
    "%d %b %Y %H:%M:%S",
];

/// A time: seconds or milliseconds since 1970, RFC 3339, or a date with a time of day; [`None`] for anything
/// else, and for what lies before 1970.
pub fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let time = match text.parse::<i64>() {
        Ok(number) => of_number(number),
        Err(_) => text.parse().ok().or_else(|| of_words(text)),
    };
    time.filter(|time| *time > Timestamp::UNIX_EPOCH)
}

/// Seconds or milliseconds since 1970.
pub fn of_number(number: i64) -> Option<Timestamp> {
    if number >= MILLISECONDS_FROM {
        Timestamp::from_millisecond(number).ok()
    } else {
        Timestamp::from_second(number).ok()
    }
}

fn of_words(text: &str) -> Option<Timestamp> {
    let civil = FORMS.iter().find_map(|form| DateTime::strptime(form, text).ok());
    let civil = civil.or_else(|| text.parse().ok())?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_in_many_ways() {
        let moment = Timestamp::from_second(1_704_564_240).unwrap();
        for text in [
            "1704564240",
            "1704564240000",
            "2024-01-06T18:04:00Z",
            "2024-01-06T19:04:00+01:00",
            "2024-01-06 18:04:00",
            "2024-01-06 18:04",
            "06 Jan 2024 18:04",
            " 06 Jan 2024, 18:04 ",
        ] {
            assert_eq!(time(text), Some(moment), "{text}");
        }
        for text in ["", "0", "-5", "yesterday", "2024-13-06 18:04", "99999999999999999999"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}

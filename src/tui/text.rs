//! Text measured in terminal columns: wide letters take two, marks take none.

use ratatui::style::Style;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

/// Columns that `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` in at most `columns` columns, ending in `mark` where it was cut. Control characters (a tag
/// may hold any) are left out.
#[must_use]
pub fn truncate(text: &str, columns: usize, mark: &str) -> String {
    let clean = clean(text);
    if width(&clean) <= columns {
        return clean;
    }
    let room = columns.saturating_sub(width(mark));
    let mut out = take(&clean, room);
    out.truncate(out.trim_end().len());
    if width(mark) <= columns {
        out.push_str(mark);
    }
    out
}

/// `text` cut or padded to exactly `columns` columns.
#[must_use]
pub fn fit(text: &str, columns: usize, mark: &str) -> String {
    let mut out = truncate(text, columns, mark);
    out.push_str(&" ".repeat(columns.saturating_sub(width(&out))));
    out
}

/// `text` broken between words into lines of at most `columns` columns, at most `lines` of them.
#[must_use]
pub fn wrap(text: &str, columns: usize, lines: usize, mark: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut rest: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let line = rest.join(" ");
        if !rest.is_empty() && width(&line) + 1 + width(word) > columns && out.len() + 1 < lines {
            out.push(truncate(&line, columns, mark));
            rest.clear();
        }
        rest.push(word);
    }
    if !rest.is_empty() && lines > 0 {
        out.push(truncate(&rest.join(" "), columns, mark));
    }
    out
}

/// `text` in at most `columns` columns, beginning with `mark` where it was cut: of a path the end says
/// most.
#[must_use]
pub fn truncate_start(text: &str, columns: usize, mark: &str) -> String {
    let clean = clean(text);
    if width(&clean) <= columns {
        return clean;
    }
    let mut rest = clean.as_str();
    while width(rest) + width(mark) > columns && !rest.is_empty() {
        rest = rest.split_at(rest.chars().next().map_or(0, char::len_utf8)).1;
    }
    if width(mark) <= columns { format!("{mark}{rest}") } else { String::new() }
}

/// `text` broken into lines of at most `columns` columns, in the middle of words, at most `lines` of them.
#[must_use]
pub fn wrap_anywhere(text: &str, columns: usize, lines: usize, mark: &str) -> Vec<String> {
    let clean = clean(text);
    let mut rest = clean.as_str();
    let mut out = Vec::new();
    while !rest.is_empty() && out.len() + 1 < lines {
        let line = take(rest, columns);
        if line.is_empty() {
            return out;
        }
        rest = &rest[line.len()..];
        out.push(line);
    }
    if !rest.is_empty() {
        out.push(truncate(rest, columns, mark));
    }
    out
}

/// A place in a track: `m:ss`, or `h:mm:ss` from an hour on.
#[must_use]
pub fn clock(seconds: f64) -> String {
    let whole = if seconds.is_finite() { seconds.max(0.0) as u64 } else { 0 };
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A number with thin groups of thousands: "12 345".
#[must_use]
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// How sure a confidence is, in words.
#[must_use]
pub fn confidence(share: f64) -> &'static str {
    match share {
        s if s >= 0.98 => "certain",
        s if s >= 0.9 => "almost certain",
        s if s >= 0.7 => "likely",
        s if s >= 0.4 => "perhaps",
        _ => "a guess",
    }
}

/// A share in whole per cent; only a true 1 reads 100.
#[must_use]
pub fn percent(share: f64) -> String {
    let whole = (share.clamp(0.0, 1.0) * 100.0).round();
    let shown = if share < 1.0 { whole.min(99.0) } else { whole };
    format!("{shown:.0} %")
}

fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !is_format(*c)).collect()
}

/// Characters that turn the direction of text, and would garble the line after them.
fn is_format(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn take(text: &str, columns: usize) -> String {
    let span = Span::raw(text);
    let mut out = String::new();
    let mut used = 0;
    for grapheme in span.styled_graphemes(Style::default()) {
        used += width(grapheme.symbol);
        if used > columns {
            break;
        }
        out.push_str(grapheme.symbol);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_are_cut_by_columns() {
        assert_eq!(truncate("東京の夜", 8, "…"), "東京の夜");
        assert_eq!(truncate("東京の夜", 7, "…"), "東京の…");
        assert_eq!(truncate("東京の夜", 6, "…"), "東京…");
        assert_eq!(fit("東京の夜", 6, "…"), "東京… ");
        for columns in 0..9 {
            assert_eq!(width(&fit("東京の夜", columns, "…")), columns);
        }
    }

    #[test]
    fn an_emoji_family_is_not_torn() {
        let family = "👨‍👩‍👧 song of the day";
        assert_eq!(truncate(family, 6, "…"), "👨‍👩‍👧 so…");
    }

    #[test]
    fn escape_sequences_in_tags_do_nothing() {
        assert_eq!(truncate("a\u{1b}[2Jb\nc\u{202e}d", 20, "…"), "a [2Jb cd");
    }

    #[test]
    fn words_wrap_and_the_last_line_is_cut() {
        assert_eq!(wrap("one two three four", 8, 9, "…"), ["one two", "three", "four"]);
        assert_eq!(wrap("one two three four", 8, 2, "…"), ["one two", "three f…"]);
        assert!(wrap("", 8, 2, "…").is_empty());
    }

    #[test]
    fn paths_keep_their_end_and_break_anywhere() {
        assert_eq!(truncate_start("/music/東京/x", 7, "…"), "…東京/x");
        assert_eq!(truncate_start("abc", 3, "…"), "abc");
        assert_eq!(wrap_anywhere("abcdefgh", 3, 9, "…"), ["abc", "def", "gh"]);
        assert_eq!(wrap_anywhere("abcdefgh", 3, 2, "…"), ["abc", "de…"]);
    }

    #[test]
    fn times_and_shares_read_well() {
        assert_eq!(clock(0.0), "0:00");
        assert_eq!(clock(83.9), "1:23");
        assert_eq!(clock(3723.0), "1:02:03");
        assert_eq!(clock(f64::NAN), "0:00");
        assert_eq!(count(7), "7");
        assert_eq!(count(1_234_567), "1 234 567");
        assert_eq!(percent(0.999), "99 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(confidence(0.95), "almost certain");
    }
}

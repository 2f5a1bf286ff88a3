//! Playlists of radio stations: M3U and PLS files that say where the stream is.

use reqwest::Url;

/// A playlist is no longer than this, bytes; a station's is a few lines.
pub(super) const LONGEST: usize = 64 * 1024;

/// What a text says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Playlist {
    /// It names these streams, the same one at several places as a rule.
    Streams(Vec<Url>),
    /// It lists pieces of a few seconds each (HLS, RFC 8216).
    Pieces,
    /// It is no playlist.
    Other,
}

/// Whether a body that begins so, or that its server calls so, is to be read as a playlist.
pub(super) fn may_be(content_type: &str, head: &[u8]) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_list = kind.ends_with("mpegurl") || kind.ends_with("scpls") || kind.ends_with("pls+xml");
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let begins =
        |with: &[u8]| head.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    is_list
        || begins(b"#EXTM3U")
        || begins(b"[playlist]")
        || begins(b"http://")
        || begins(b"https://")
}

/// Reads a playlist; its places are relative to `base`.
pub(super) fn read(text: &str, base: &Url) -> Playlist {
    let text = text.trim_start_matches('\u{FEFF}');
    if text.lines().any(|line| line.starts_with("#EXT-X-")) {
        return Playlist::Pieces;
    }
    let is_pls = text.trim_start().to_ascii_lowercase().starts_with("[playlist]");
    let place = |line: &str| {
        let line = line.trim();
        let place = match line.split_once('=') {
            Some((key, value)) if is_pls => {
                key.trim().to_ascii_lowercase().starts_with("file").then_some(value.trim())?
            }
            _ if is_pls || line.starts_with('#') || line.is_empty() => return None,
            _ => line,
        };
        base.join(place).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
    };
    let streams: Vec<Url> = text.lines().filter_map(place).collect();
    if streams.is_empty() { Playlist::Other } else { Playlist::Streams(streams) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streams(text: &str) -> Vec<String> {
        let base = Url::parse("https://radio.example/a/list.m3u").unwrap();
        match read(text, &base) {
            Playlist::Streams(urls) => urls.into_iter().map(String::from).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn both_kinds_say_where_the_stream_is() {
        let m3u = "#EXTM3U\r\n#EXTINF:-1,Radio\r\nhttp://s.example:8000/live\r\n\r\nmirror.mp3\n";
        assert_eq!(
            streams(m3u),
            ["http://s.example:8000/live", "https://radio.example/a/mirror.mp3"]
        );
        let pls = "\u{FEFF}[playlist]\nNumberOfEntries=2\nFile1=http://s.example/1\nTitle1=a=b\nFile2 = /2\n";
        assert_eq!(streams(pls), ["http://s.example/1", "https://radio.example/2"]);
        assert_eq!(streams("https://s.example/x"), ["https://s.example/x"]);
    }

    #[test]
    fn what_names_no_stream_is_told_apart() {
        let base = Url::parse("http://radio.example/").unwrap();
        let hls = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nseg1.ts\n";
        assert_eq!(read(hls, &base), Playlist::Pieces);
        assert_eq!(read("#EXTM3U\nfile:///etc/passwd\n", &base), Playlist::Other);
        assert_eq!(read("[playlist]\nNumberOfEntries=0\n", &base), Playlist::Other);
        assert!(may_be("audio/x-mpegurl; charset=utf-8", b"") && may_be("", b"[Playlist]\nFile1="));
        assert!(may_be("application/vnd.apple.mpegurl", b"") && may_be("text/plain", b"#EXTM3U\n"));
        assert!(!may_be("audio/mpeg", b"\xFF\xFB\x90\x64") && !may_be("text/html", b"<html>"));
    }
}

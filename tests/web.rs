//! Sound from web addresses: files, stations, playlists, over a real socket.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use echovibe::audio::demo::noisy_clip;
use support::{Home, kind, piece, text, write_wav};

const RATE: u32 = 16_000;

/// A web server: `answer` gets each request's path, the request itself and the connection.
fn web(answer: impl Fn(&str, &str, &mut TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let (mut connection, answer) = (connection.unwrap(), Arc::clone(&answer));
            std::thread::spawn(move || {
                let mut reader = BufReader::new(connection.try_clone().unwrap());
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
                let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
                answer(&path, &head, &mut connection);
            });
        }
    });
    format!("http://{address}")
}

/// A whole answer.
fn send(connection: &mut TcpStream, status: &str, kind: &str, body: &[u8]) {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Location: /clip.wav\r\nConnection: close\r\n\r\n"
    );
    let _ = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(body));
}

/// A library of two pieces, and a clip of the second as a WAV file.
fn home() -> (Home, Vec<u8>) {
    let home = Home::new();
    home.write_pieces([piece("Copper Kettle"), piece("Tide Bell")]);
    home.index();
    let clip = home.path("clip.wav");
    write_wav(&clip, &noisy_clip(piece("Tide Bell"), 6.0, 6.0, 10.0, 3, RATE), RATE);
    let bytes = std::fs::read(clip).unwrap();
    (home, bytes)
}

#[test]
fn a_file_a_redirect_and_a_playlist_lead_to_the_sound() {
    let (home, clip) = home();
    let url = web(move |path, head, connection| {
        assert!(!head.to_ascii_lowercase().contains("icy-metadata"), "{head}");
        match path {
            "/clip.wav" => send(connection, "200 OK", "audio/wav", &clip),
            "/moved" => send(connection, "302 Found", "text/html", b"<html>moved</html>"),
            "/list.m3u" => send(connection, "200 OK", "audio/x-mpegurl", b"#EXTM3U\nclip.wav\n"),
            "/list" => send(connection, "200 OK", "text/plain", b"[playlist]\nFile1=/clip.wav\n"),
            _ => send(connection, "404 Not Found", "text/html", b"<html>none</html>"),
        }
    });
    for path in ["clip.wav", "moved", "list.m3u", "list"] {
        let ran = home.run(["identify", &format!("{url}/{path}"), "--json"]).ok();
        assert_eq!(text(&ran.json()[0]["match"], "title"), "Tide Bell", "{path}: {ran:?}");
    }
    // Listening to a file ends with it, at the speed of real sound.
    let started = std::time::Instant::now();
    let input = format!("{url}/list.m3u");
    let ran = home.run(["listen", "--json", "--input", &input]).ok();
    assert_eq!(text(&ran.json()[0]["match"], "title"), "Tide Bell");
    assert!((5.0..30.0).contains(&started.elapsed().as_secs_f64()), "{:?}", started.elapsed());
    let history = home.history();
    assert_eq!((kind(&history[0]), text(&history[0], "input")), ("heard", input.as_str()));
}

#[test]
fn what_is_no_sound_is_told_and_not_waited_for() {
    let home = Home::new();
    let url = web(|path, _, connection| match path {
        "/page" => send(connection, "200 OK", "text/html; charset=utf-8", b"<!doctype html><p>Hi"),
        "/hls" => send(
            connection,
            "200 OK",
            "application/vnd.apple.mpegurl",
            b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n",
        ),
        "/nothing.pls" => send(connection, "200 OK", "audio/x-scpls", b"[playlist]\n"),
        "/loop.m3u" => send(connection, "200 OK", "audio/mpegurl", b"/loop.m3u"),
        "/noise" => send(connection, "200 OK", "audio/mpeg", &[7; 40_000]),
        _ => send(connection, "404 Not Found", "text/plain", b"none"),
    });
    for (path, reason) in [
        ("none", "404 Not Found"),
        ("page", "web page"),
        ("hls", "HLS"),
        ("nothing.pls", "names no http"),
        ("loop.m3u", "names no http"),
        ("noise", "not an audio file"),
    ] {
        let address = format!("{url}/{path}");
        for args in [vec!["listen", "--input", &address], vec!["identify", &address]] {
            let ran = home.run(&args);
            assert_eq!(ran.status, 2, "{path}: {ran:?}");
            assert!(ran.stderr.contains(reason) && ran.stderr.contains(&address), "{ran:?}");
        }
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran = home.run(["identify", &format!("http://{nobody}/x")]);
    assert!(ran.status == 2 && ran.stderr.contains("cannot be reached"), "{ran:?}");
    // A station that is not on the air yet is waited for.
    let address = format!("http://{nobody}/x");
    let ran = home.run(["listen", "--timeout", "3", "--input", &address]);
    assert!(ran.status == 1 && ran.stderr.contains("trying again"), "{ran:?}");
}

#[test]
fn a_station_that_goes_off_the_air_is_heard_again_when_it_is_back() {
    let (home, _) = home();
    let calls = AtomicUsize::new(0);
    let url = web(move |_, _, connection| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        let title = match call {
            0 => "Copper Kettle",
            1 => return send(connection, "503 Service Unavailable", "text/plain", b"soon"),
            _ => "Tide Bell",
        };
        // A WAV without a length, as those send it who do not know it.
        let mut bytes = b"RIFF\xFF\xFF\xFF\xFFWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        bytes.extend(RATE.to_le_bytes());
        bytes.extend((RATE * 2).to_le_bytes());
        bytes.extend(b"\x02\0\x10\0data\xFF\xFF\xFF\xFF");
        let _ = connection.write_all(b"HTTP/1.0 200 OK\r\nContent-Type: audio/wav\r\n\r\n");
        let _ = connection.write_all(&bytes);
        let sound = noisy_clip(piece(title), 3.0, 12.0, 30.0, 3, RATE);
        for piece in sound.chunks(RATE as usize / 4) {
            let bytes: Vec<u8> =
                piece.iter().flat_map(|s| ((s * 20_000.0) as i16).to_le_bytes()).collect();
            if connection.write_all(&bytes).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(250));
        }
    });
    let ran = home.run(["listen", "--json", "--timeout", "32", "--input", &url]).ok();
    let titles: Vec<String> =
        ran.json().iter().map(|row| text(&row["match"], "title").to_owned()).collect();
    assert_eq!(&titles[..2], ["Copper Kettle", "Tide Bell"], "{ran:?}");
    assert!(ran.stderr.contains("the stream has ended; trying again"), "{}", ran.stderr);
    assert!(ran.stderr.contains("back after"), "{}", ran.stderr);
}

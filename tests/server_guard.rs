//! What the server does about those who may not, cannot or mean ill.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use echovibe::audio::demo;
use reqwest::Method;
use serde_json::{Value, json};
use support::{Home, Server, text, user};

/// Limits that do not get in the way of a test that is not about them.
const GENEROUS: &str =
    "[server]\nuser_requests_per_second = 100000\naddress_requests_per_second = 100000\n";

struct Place {
    home: Home,
    server: Server,
    admin: String,
    ann: String,
    bob: String,
}

impl Place {
    /// A server with one track, Ann's, and the accounts of an admin, a contributor and a reader.
    fn new() -> Self {
        let home = Home::of_server();
        let [admin, ann, bob] = [("root", "admin"), ("ann", "contributor"), ("bob", "reader")]
            .map(|(name, role)| user(&home, name, role));
        let config = home.path("server.toml");
        std::fs::write(&config, GENEROUS).unwrap();
        let server = Server::start_with(&home, &["--config", config.to_str().unwrap()]);
        let place = Self { home, server, admin, ann, bob };
        let theirs = Home::new();
        theirs.write_pieces(demo::pieces().iter().take(1));
        let music = theirs.music();
        place.server.run(&theirs, &place.ann, &["index", music.to_str().unwrap(), "--json"]).ok();
        place.server.wait_for_tracks(&place.bob, 1);
        place
    }

    /// Every method and path of the interface, with numbers and names where there are parameters.
    fn routes(&self) -> Vec<(Method, String, bool)> {
        let (_, document) = self.server.get("/v1/openapi.json", "");
        let paths = document["paths"].as_object().unwrap().clone();
        let mut routes = Vec::new();
        for (path, methods) in paths {
            for (method, operation) in methods.as_object().unwrap() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let path = path.replace("{id}", "1").replace("{name}", "bob");
                routes.push((method, path, operation.get("security").is_some()));
            }
        }
        assert!(routes.len() >= 20, "{routes:?}");
        routes
    }

    /// The server still answers, and soon.
    fn works(&self) {
        let started = Instant::now();
        assert_eq!(self.server.get("/v1/stats", &self.bob).0, 200);
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn nothing_is_told_without_a_token_of_an_open_account() {
    let place = Place::new();
    let closed = user(&place.home, "gone", "admin");
    place.home.run(["user", "revoke", "gone"]).ok();
    let (id, _) = place.bob.split_once('_').map(|(_, rest)| rest.split_once('_').unwrap()).unwrap();
    let guessed = format!("evt_{id}_{}", "0".repeat(64));
    let mut tried = 0;
    for (method, path, open) in place.routes() {
        for token in [None, Some(closed.as_str()), Some(guessed.as_str()), Some("Bearer x")] {
            let response = place.server.request(method.clone(), &path, token).send().unwrap();
            let status = response.status().as_u16();
            match open {
                true => assert_eq!(status, 200, "{method} {path}"),
                // Wrong tokens may be counted too many in the end.
                false => assert!([401, 429].contains(&status), "{method} {path}: {status}"),
            }
            tried += 1;
        }
    }
    assert!(tried > 60);
}

#[test]
fn each_role_does_what_it_may_and_no_more() {
    let place = Place::new();
    let status = |method: Method, path: &str, token: &str| {
        let request = place.server.request(method, path, Some(token)).body("{}");
        request.send().unwrap().status().as_u16()
    };
    for (method, path) in [
        (Method::GET, "/v1/users"),
        (Method::DELETE, "/v1/users/root"),
        (Method::POST, "/v1/users/root/token"),
        (Method::GET, "/metrics"),
    ] {
        for token in [&place.ann, &place.bob] {
            assert_eq!(status(method.clone(), path, token), 403, "{method} {path}");
        }
    }
    for (method, path) in
        [(Method::DELETE, "/v1/tracks/1"), (Method::DELETE, "/v1/files?path=%2Fx")]
    {
        assert_eq!(status(method.clone(), path, &place.bob), 403, "{method} {path}");
    }
    let carol = user(&place.home, "carol", "contributor");
    assert_eq!(status(Method::DELETE, "/v1/tracks/1", &carol), 403, "it is Ann's file");
    assert_eq!(status(Method::GET, "/metrics", &place.admin), 200);
    assert_eq!(status(Method::DELETE, "/v1/tracks/1", &place.ann), 204);
    assert_eq!(status(Method::GET, "/v1/tracks/1", &place.ann), 404);
}

/// What Bob sees of himself on every route that tells of a user is the same, whatever Ann does.
#[test]
fn nobody_reads_guesses_or_changes_anything_of_anybody_else() {
    let place = Place::new();
    let of_bob = || {
        let own = ["/v1/history", "/v1/profile", "/v1/tracks/1?style=true", "/v1/tracks"];
        let mut seen: Vec<Value> =
            own.iter().map(|path| place.server.get(path, &place.bob).1).collect();
        let offers = json!({"seeds": [1]});
        seen.push(place.server.post("/v1/recommend", &place.bob, &offers).1);
        seen
    };
    let nonce = "0123456789abcdef0123456789abcdef";
    let like = json!({"track_id": 1, "kind": "like", "nonce": nonce});
    let (_, kept) = place.server.post("/v1/feedback", &place.bob, &like);
    assert_eq!(kept["seq"], 1);
    let before = of_bob();
    assert_eq!(before[2]["path"], "", "Ann's path is not told");
    assert_eq!(before[2]["stamp"], Value::Null);

    // Ann says everything there is to say, with Bob's own nonce, and whatever could name Bob.
    for body in [
        json!({"track_id": 1, "kind": "ban", "nonce": nonce}),
        json!({"track_id": 1, "kind": "skip", "share": 0.1, "user": 3, "user_id": 3}),
        json!({"track_id": 1, "kind": "rate", "stars": 1, "name": "bob"}),
    ] {
        let (status, event) = place.server.post("/v1/feedback", &place.ann, &body);
        assert_eq!(status, 200, "{event}");
        assert_ne!(event["kind"], "like", "Bob's event was told");
    }
    for path in ["/v1/history?user=3", "/v1/history?name=bob", "/v1/profile?user=3"] {
        let (_, told) = place.server.get(path, &place.ann);
        let told = told.to_string();
        assert!(!told.contains("bob") && !told.contains("\"like\""), "{told}");
    }
    for path in ["/v1/history/bob", "/v1/profile/bob", "/v1/users/bob"] {
        assert!(place.server.get(path, &place.ann).0 >= 400);
    }
    let seen = place.server.get("/v1/tracks", &place.ann).1;
    let own_path = seen["tracks"][0]["path"].as_str().unwrap().to_owned();
    assert!(own_path.ends_with(".wav"));
    let theft = json!({"path": "/mine", "track_id": 1, "content": "0".repeat(64),
        "stamp": {"size": 1, "modified_ns": 1}});
    let request = place.server.request(Method::PUT, "/v1/files", Some(&place.ann));
    let response = request.body(theft.to_string()).send().unwrap();
    assert_eq!(response.status().as_u16(), 409, "who has not the file cannot say so");
    assert_eq!(of_bob(), before);
    assert_eq!(place.home.run(["history", "--json"]).status, 1, "nor is it the server's own");
}

#[test]
fn nonsense_in_any_body_gets_its_error_and_nothing_else_notices() {
    let place = Place::new();
    let mut random = fastrand::Rng::with_seed(4);
    let bodies: Vec<Vec<u8>> = (0..40)
        .map(|n| {
            (0..random.usize(0..600))
                .map(|_| if n % 2 == 0 { random.u8(..) } else { random.u8(32..127) })
                .collect()
        })
        .chain([
            b"{".to_vec(),
            b"[]".to_vec(),
            b"null".to_vec(),
            vec![b'['; 100_000],
            vec![0x91; 60_000],
            vec![0xdd, 0xff, 0xff, 0xff, 0xff],
            vec![0xc6, 0xff, 0xff, 0xff, 0xff],
        ])
        .collect();
    let routes = place.routes();
    let sent = routes.iter().filter(|(method, ..)| [Method::POST, Method::PUT].contains(method));
    for (method, path, _) in sent.filter(|(_, path, _)| !path.ends_with("/token")) {
        for kind in ["application/json", "application/msgpack"] {
            for body in &bodies {
                let request = place.server.request(method.clone(), path, Some(&place.admin));
                // Of what is too large the server may hang up before all is sent.
                let sent = request.header("content-type", kind).body(body.clone()).send();
                let Ok(response) = sent else {
                    assert!(body.len() >= 60_000);
                    continue;
                };
                let status = response.status().as_u16();
                assert!((400..500).contains(&status), "{method} {path}: {status}");
                let told: Value = serde_json::from_str(&response.text().unwrap()).unwrap();
                assert!(told["error"].is_string(), "{told}");
            }
        }
    }
    place.works();
}

#[test]
fn what_is_enrolled_must_be_able_to_be_a_track() {
    let place = Place::new();
    let (_, mut good) = place.server.get("/v1/tracks/1", &place.ann);
    good["path"] = json!("/music/other.flac");
    good["content"] = json!("ab".repeat(32));
    let with = |field: &str, value: Value| {
        let mut track = good.clone();
        track[field] = value;
        json!({"track": track, "fingerprints": ""})
    };
    let cases = [
        with("path", json!("")),
        with("path", json!("../../etc/passwd")),
        with("path", json!("relative.flac")),
        with("path", json!(format!("/{}", "x".repeat(5000)))),
        with("path", json!("bytes:2e2e2f")),
        with("content", json!("../../x")),
        with("title", json!("")),
        with("title", json!("x".repeat(5000))),
        with("style", json!([1.0])),
        with("style", json!(vec![9.0; 128])),
        with("duration_s", json!(-1)),
        with("highlight_s", json!(1e39)),
        with("features", json!({"tempo_bpm": 1.0})),
        with("windows", json!(4_000_000_000_u32)),
        with("path", json!("/music/other.flac")),
    ];
    for case in &cases {
        let (status, told) = place.server.post("/v1/tracks", &place.ann, case);
        assert_eq!(status, 400, "{told} of {}", case["track"]["path"]);
    }
    let features = |field: &str, value: Value| {
        let mut features = good["features"].clone();
        features[field] = value;
        with("features", features)
    };
    let cases = [
        (with("content", json!("AB".repeat(32))), "content"),
        (with("mood", json!({"valence": 1.5, "energy": 0.0})), "mood"),
        (with("sounds_like", json!([{"genre": "x", "probability": -0.1}])), "sounds_like"),
        (features("mfcc", json!([vec![0.0; 13], vec![0.0; 12]])), "features"),
        (features("mfcc", json!([vec![0.0; 13]])), "array of length 2"),
        (with("album", json!("x")), "fingerprints"),
    ];
    for (case, why) in &cases {
        let (status, told) = place.server.post("/v1/tracks", &place.ann, case);
        assert!(status == 400 && text(&told, "error").contains(why), "{told}, not of {why}");
    }
    for asked in ["content=x", "content=x&path=/music/other.flac"] {
        assert_eq!(place.server.get(&format!("/v1/tracks?{asked}"), &place.ann).0, 400, "{asked}");
    }
    let mut another = with("title", json!("x"));
    another["track"]["model"] = json!("0000000000000000");
    let (status, told) = place.server.post("/v1/tracks", &place.ann, &another);
    assert_eq!(status, 409, "{told}");
    assert_eq!(place.server.get("/v1/stats", &place.bob).1["tracks"], 1);
    let outside = place.home.path("data/../etc");
    assert!(!outside.exists());
}

#[test]
fn a_body_without_end_is_refused() {
    let place = Place::new();
    let huge = vec![b'x'; 200 << 20];
    for path in ["/v1/feedback", "/v1/identify", "/v1/tracks"] {
        let request = place.server.request(Method::POST, path, Some(&place.ann));
        // The server may hang up before all is sent.
        if let Ok(response) = request.body(huge.clone()).send() {
            assert_eq!(response.status().as_u16(), 413, "{path}");
        }
    }
    // Nor does one help that does not say how long it is.
    let endless = reqwest::blocking::Body::new(std::io::repeat(b'x').take(200 << 20));
    let request = place.server.request(Method::POST, "/v1/feedback", Some(&place.ann));
    if let Ok(response) = request.body(endless).send() {
        assert_eq!(response.status().as_u16(), 413);
    }
    place.works();
    let status = std::fs::read_to_string(format!("/proc/{}/status", place.server.pid())).unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    let kilobytes: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kilobytes < 600_000, "{peak}");
}

#[test]
fn wrong_tokens_are_slowed_down_and_right_ones_are_not() {
    let place = Place::new();
    // The server does not tell refusals as fast as they can be asked for: from several connections it is quicker.
    let try_tokens = |from: u32| -> (usize, usize) {
        let (mut wrong, mut slowed) = (0, 0);
        for n in from..from + 500 {
            let token = format!("evt_3_{n:064x}");
            let response = place.server.request(Method::GET, "/v1/profile", Some(&token)).send();
            match response.unwrap().status().as_u16() {
                401 => wrong += 1,
                429 => slowed += 1,
                other => panic!("{other}"),
            }
        }
        (wrong, slowed)
    };
    let (wrong, slowed) = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..20)
            .map(|part| {
                let try_tokens = &try_tokens;
                scope.spawn(move || try_tokens(part * 500))
            })
            .collect();
        tries
            .into_iter()
            .map(|part| part.join().unwrap())
            .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    });
    assert!(slowed > 9_000 && wrong >= 20, "{wrong} tried, {slowed} slowed");
    place.works();
}

#[test]
fn who_holds_a_connection_and_says_nothing_loses_it() {
    let place = Place::new();
    let address = place.server.url.trim_start_matches("http://").to_owned();
    let mut slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(&address).unwrap();
            stream.write_all(b"GET /v1/health HTTP/1.1\r\nHost: x\r\nX-").unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            stream
        })
        .collect();
    place.works();
    for stream in &mut slow {
        let mut rest = Vec::new();
        // Closed, with or without a word: never left open.
        let ended = stream.read_to_end(&mut rest);
        assert!(
            ended.is_ok() || !matches!(ended.unwrap_err().kind(), std::io::ErrorKind::WouldBlock)
        );
    }
}

#[test]
fn who_asks_too_often_is_told_when_to_come_back() {
    let home = Home::of_server();
    let bob = user(&home, "bob", "reader");
    let config = home.path("server.toml");
    std::fs::write(&config, "[server]\nuser_requests_per_second = 1\n").unwrap();
    let server = Server::start_with(&home, &["--config", config.to_str().unwrap()]);
    let mut refused = None;
    for _ in 0..12 {
        let response = server.request(Method::GET, "/v1/profile", Some(&bob)).send().unwrap();
        if response.status().as_u16() == 429 {
            let after = response.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap();
            refused = Some(after);
        }
    }
    assert!((1..=5).contains(&refused.expect("twelve at once are too many")));
}

/// Statuses of so many requests that say they are asked for this address.
fn asked_for(server: &Server, token: &str, header: &str, address: &str, times: usize) -> Vec<u16> {
    let ask = || {
        let request = server.request(Method::GET, "/v1/profile", Some(token));
        request.header(header, address).send().unwrap().status().as_u16()
    };
    (0..times).map(|_| ask()).collect()
}

#[test]
fn a_trusted_proxy_is_believed_and_nobody_else() {
    let home = Home::new();
    let bob = user(&home, "bob", "reader");
    let config = home.path("server.toml");
    let start = |proxies: &str| {
        let limits = "[server]\naddress_requests_per_second = 1\nuser_requests_per_second = 1000\n";
        std::fs::write(&config, format!("{limits}trusted_proxies = [{proxies}]\n")).unwrap();
        Server::start_with(&home, &["--config", config.to_str().unwrap()])
    };
    let x = "X-Forwarded-For";
    // Behind a proxy each client has its own limit, however it writes its own header.
    let server = start("\"127.0.0.0/8\"");
    assert_eq!(asked_for(&server, &bob, x, "198.51.100.1", 7).last(), Some(&429));
    assert_eq!(asked_for(&server, &bob, x, "198.51.100.2", 1), [200]);
    assert_eq!(asked_for(&server, &bob, x, "203.0.113.5, 198.51.100.1", 1), [429], "spoofed");
    assert_eq!(asked_for(&server, &bob, "Forwarded", "for=203.0.113.5", 5), [200; 5]);
    assert_eq!(asked_for(&server, &bob, "Forwarded", "for=203.0.113.6", 3).last(), Some(&429));
    assert_eq!(server.stop(), 0);
    // Without one all are whom they connect from.
    let server = start("");
    let statuses: Vec<u16> =
        (0..7).flat_map(|n| asked_for(&server, &bob, x, &format!("198.51.100.{n}"), 1)).collect();
    assert_eq!((statuses[0], statuses[6]), (200, 429));
    drop(server);
    std::fs::write(&config, "[server]\ntrusted_proxies = [\"nginx\"]\n").unwrap();
    let ran = home.run(["serve", "--config", config.to_str().unwrap()]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("\"nginx\"") && ran.stderr.contains("10.0.0.0/8"),
        "{}",
        ran.stderr
    );
}

#[test]
fn one_address_does_not_take_all_connections() {
    let home = Home::new();
    let config = home.path("server.toml");
    std::fs::write(&config, "[server]\nconnections_per_address = 3\n").unwrap();
    let server = Server::start_with(&home, &["--config", config.to_str().unwrap()]);
    let address = server.url.trim_start_matches("http://").to_owned();
    let held: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(&address).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(200));
    let ask = || {
        let mut one = TcpStream::connect(&address).unwrap();
        one.write_all(b"GET /v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        one.read_to_string(&mut answer).unwrap();
        answer
    };
    let refused = ask();
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("Retry-After"), "{refused}");
    drop(held);
    std::thread::sleep(Duration::from_millis(300));
    assert!(ask().starts_with("HTTP/1.1 200"));
}

#[test]
fn a_live_listener_that_talks_nonsense_is_told_and_let_go() {
    let place = Place::new();
    let (_, stats) = place.server.get("/v1/stats", &place.bob);
    let hello = json!({"model": stats["model"]}).to_string();
    let talk = |first: &str, frames: &[Vec<u8>]| -> String {
        let stream = TcpStream::connect(place.server.url.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let url = format!("{}/v1/listen", place.server.url.replace("http", "ws"));
        let mut request = tungstenite::client::IntoClientRequest::into_client_request(url).unwrap();
        let bearer = format!("Bearer {}", place.bob).parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        let (mut socket, _) = tungstenite::client(request, stream).unwrap();
        socket.send(tungstenite::Message::Text(first.into())).unwrap();
        for frame in frames {
            let _ = socket.send(tungstenite::Message::Binary(frame.clone().into()));
        }
        let mut told = String::new();
        while let Ok(message) = socket.read() {
            match message {
                tungstenite::Message::Text(text) => told.push_str(&text),
                tungstenite::Message::Close(_) => break,
                _ => {}
            }
        }
        told
    };
    let window = |column: i32| -> Vec<u8> {
        let head = [&[0][..], &column.to_le_bytes(), &1_u16.to_le_bytes(), &[0]].concat();
        [head, vec![0x88; 32]].concat()
    };
    assert!(talk("hello", &[]).contains("not a hello"));
    assert!(talk(r#"{"model": "0"}"#, &[]).contains("network"));
    assert!(talk(&hello, &[vec![9, 9, 9]]).contains("unknown kind"));
    assert!(talk(&hello, &[vec![0, 1, 2]]).contains("cut short"));
    let back = talk(&hello, &[window(10), window(10)]);
    assert!(back.contains("ready") && back.contains("in order of their times"), "{back}");
    place.works();
}

over_databases!(
    nothing_is_told_without_a_token_of_an_open_account,
    each_role_does_what_it_may_and_no_more,
    nobody_reads_guesses_or_changes_anything_of_anybody_else,
    nonsense_in_any_body_gets_its_error_and_nothing_else_notices,
    what_is_enrolled_must_be_able_to_be_a_track,
    a_body_without_end_is_refused,
    wrong_tokens_are_slowed_down_and_right_ones_are_not,
    who_holds_a_connection_and_says_nothing_loses_it,
    who_asks_too_often_is_told_when_to_come_back,
    a_live_listener_that_talks_nonsense_is_told_and_let_go,
);

//! `map` and `spectrogram`: pictures of the library and of recordings, as files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod support;

use std::f32::consts::FRAC_PI_8;
use std::path::Path;

use echovibe::audio::demo;
use support::{Home, number, piece, text, write_wav};

/// Width, height and pixels.
fn pixels(file: &Path) -> (u32, u32, Vec<[u8; 3]>) {
    let file = std::io::BufReader::new(std::fs::File::open(file).unwrap());
    let mut decoder = png::Decoder::new(file);
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    (info.width, info.height, bytes.as_chunks::<3>().0.to_vec())
}

#[test]
fn the_map_is_a_picture_and_points() {
    let home = Home::new();
    let none = home.run(["map"]);
    assert_eq!(none.status, 1, "{none:?}");
    assert!(none.stderr.contains("the library is empty: echovibe index DIR"), "{none:?}");
    assert!(!home.path("echovibe-map.png").exists());

    home.write_pieces(demo::pieces());
    home.index();
    let drawn = home.run(["map"]).ok();
    assert!(drawn.stderr.contains("echovibe-map.png written: 24 tracks"), "{drawn:?}");
    let (width, height, dark) = pixels(&home.path("echovibe-map.png"));
    assert_eq!((width, height), (1600, 1200));
    home.run(["map", "--light", "--size", "800x600", "--out", "small.png"]).ok();
    let (width, height, light) = pixels(&home.path("small.png"));
    assert_eq!((width, height), (800, 600));
    assert!(dark[0][0] < 40 && light[0][0] > 230);

    let points = home.run(["map", "--json"]).ok().json();
    assert_eq!(points.len(), 24);
    for point in &points {
        assert!(number(point, "x").abs() <= 1.0 && number(point, "y").abs() <= 1.0, "{point}");
        assert!(!text(point, "style").is_empty() && text(point, "layout") == "pca", "{point}");
    }
    // An SVG names each track, and those asked for both get both.
    let ran = home.run(["map", "--json", "--out", "library.svg", "-q"]).ok();
    assert_eq!(ran.json(), points);
    let file = std::fs::read_to_string(home.path("library.svg")).unwrap();
    for point in &points {
        let title = text(point, "title").replace('&', "&amp;");
        assert!(file.contains(&title), "{title} is not in the picture");
    }
    // Few tracks are not laid out by nearness: it says so and draws.
    let few = home.run(["map", "--layout", "umap"]).ok();
    assert!(few.stderr.contains("by nearness are 60 to 20000"), "{few:?}");
    // On standard output.
    let mut command = home.command(["map", "--out", "-"]);
    let out = command.output().unwrap();
    assert!(out.stdout.starts_with(b"\x89PNG"), "{:?}", out.stderr);
}

#[test]
fn a_spectrogram_shows_the_tone_that_is_in_the_file() {
    let home = Home::new();
    // A second of silence, then one of 1 kHz.
    let sound: Vec<f32> = (0..32_000)
        .map(|i| if i < 16_000 { 0.0 } else { 0.5 * (i as f32 * FRAC_PI_8).sin() })
        .collect();
    write_wav(&home.path("tone.wav"), &sound, 16_000);
    let ran = home.run(["spectrogram", "tone.wav", "--json"]).ok();
    let row = &ran.json()[0];
    assert_eq!(text(row, "out"), "tone.spectrogram.png");
    assert!((number(row, "duration_s") - 1.9).abs() < 0.1, "{row}");
    let (width, height, pixels) = pixels(&home.path("tone.spectrogram.png"));
    assert_eq!((width, height), (1600, 800));
    // Bright pixels of the picture's right half, most of them in one row of it.
    let bright = |x: u32, y: u32| pixels[(y * width + x) as usize][0] > 240;
    let rows: Vec<u32> = (56..750).filter(|y| bright(1200, *y)).collect();
    let spread = rows.last().unwrap() - rows[0];
    assert!(!rows.is_empty() && spread < 40, "{rows:?}");
    assert!((56..750).all(|y| !bright(300, y)), "the silence is dark");
    // 1 kHz lies at 58 % of the way from 60 to 7 800 Hz, and the picture between 56 and 752.
    let middle = f64::from(rows[rows.len() / 2]);
    assert!((middle - (752.0 - 696.0 * 0.578)).abs() < 12.0, "{middle}");

    // Only the silence.
    home.run(["spectrogram", "tone.wav", "--to", "0.8", "--out", "silence.svg"]).ok();
    let file = std::fs::read_to_string(home.path("silence.svg")).unwrap();
    assert!(file.contains("tone.wav") && file.contains("data:image/png;base64,"));
    // From a pipe to a pipe.
    let sound = std::fs::read(home.path("tone.wav")).unwrap();
    home.run_with_input(&["spectrogram", "-", "--colours", "paper", "--mel"], sound).ok();
    assert!(home.path("stdin.spectrogram.png").exists());
}

#[test]
fn what_cannot_be_drawn_is_told_and_leaves_no_file() {
    let home = Home::new();
    home.write_pieces([piece("Tide Bell")]);
    home.index();
    let name = piece("Tide Bell").file_name();
    let song = format!("music/{name}");
    std::fs::write(home.path("text.wav"), "no sound").unwrap();
    std::fs::create_dir(home.path("folder.png")).unwrap();
    write_wav(&home.path("short.wav"), &[0.1; 900], 16_000);
    for (args, told) in [
        (vec!["spectrogram", "nowhere.wav"], "echovibe: nowhere.wav: cannot be opened"),
        (vec!["spectrogram", "text.wav"], "text.wav"),
        (vec!["spectrogram", "music"], "music"),
        (vec!["spectrogram", "short.wav"], "less than 0.13 s of sound"),
        (vec!["spectrogram", &song, "--from", "9:00"], "is 0:30 long"),
        (vec!["spectrogram", &song, "--from", "9", "--to", "4"], "--to must lie behind --from"),
        (vec!["spectrogram", &song, "--from", "1:75"], "write seconds, or 1:23"),
        (vec!["spectrogram", &song, "--colours", "virids"], "viridis"),
        (vec!["spectrogram", &song, "--range", "0"], "from 10 to 150"),
        (vec!["spectrogram", &song, "--size", "10x10"], "at least 400x240"),
        (vec!["spectrogram", &song, "--size", "99999x99999"], "at most"),
        (vec!["spectrogram", &song, "--out", "song.jpg"], "must end in .png or .svg"),
        (vec!["spectrogram", &song, "--out", "no/such.png"], "there is no folder no"),
        (vec!["spectrogram", &song, "--out", "folder.png"], "is a folder"),
        (vec!["spectrogram", &song, "--out", "-", "--json"], "cannot both"),
        (vec!["map", "--size", "big"], "WIDTHxHEIGHT"),
        (vec!["map", "--layout", "tsne"], "umap"),
        (vec!["map", "--out", "map.gif"], "must end in .png or .svg"),
        (vec!["map", "--out", "-", "--json"], "cannot both"),
    ] {
        let ran = home.run(&args);
        assert_eq!(ran.status, 2, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(told), "{args:?} does not tell {told:?}:\n{}", ran.stderr);
    }
    let left: Vec<String> = std::fs::read_dir(home.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| [".png", ".svg", ".part"].iter().any(|end| name.ends_with(end)))
        .filter(|name| name != "folder.png")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

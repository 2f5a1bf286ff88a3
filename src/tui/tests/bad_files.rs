//! A folder of bad files, with the exact message that each gives.

use std::fmt::Write;
use std::path::Path;

use insta::assert_snapshot;

use super::*;
use crate::tui::capability::TerminalKind;
use crate::tui::look::LookFiles;
use crate::tui::theme::Theme;

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// What each file of a folder of bad ones gives, by name.
fn messages(kind: &str, load: impl Fn(&Path) -> Result<(), String>) -> String {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder(kind)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let mut out = String::new();
    for path in paths {
        let why = load(&path).expect_err(&format!("{} is not bad", path.display()));
        // Wherever the repository lies.
        let why = why.replace(&*folder(kind).to_string_lossy(), kind);
        let name = path.file_name().unwrap().to_string_lossy();
        writeln!(out, "{name}\n  {}\n", why.trim_end().replace('\n', "\n  ")).unwrap();
    }
    out
}

fn kind() -> TerminalKind {
    TerminalKind::plain(ColourDepth::True, true)
}

#[test]
fn bad_configurations() {
    assert_snapshot!(messages("bad_config", |path| {
        let files = LookFiles { settings: Some(path.to_owned()), ..LookFiles::default() };
        files.load(&kind()).map(drop).map_err(|e| e.to_string())
    }));
}

#[test]
fn bad_key_maps() {
    assert_snapshot!(messages("bad_keys", |path| {
        let files = LookFiles { keys: Some(path.to_owned()), ..LookFiles::default() };
        files.load(&kind()).map(drop).map_err(|e| e.to_string())
    }));
}

#[test]
fn bad_themes() {
    assert_snapshot!(messages("bad_themes", |path| {
        let theme = Theme::choose(path.to_str().unwrap(), &kind(), None);
        theme.map(drop).map_err(|e| e.to_string())
    }));
}

#[test]
fn files_of_the_version_before_still_start() {
    let files = LookFiles {
        settings: Some(folder("previous/echovibe.toml")),
        keys: Some(folder("previous/keys.toml")),
        themes: Some(folder("previous/themes")),
    };
    let look = files.load(&kind()).unwrap();
    assert_eq!(look.screen.theme, "mine");
    assert_eq!(look.screen.remote_frames_per_second, 10, "what is new has its default");
    assert_eq!(look.theme.series.len(), 8, "also in a theme");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let home = tempfile::tempdir().unwrap();
    let told = |files: LookFiles| {
        let why = files.load(&kind()).map(drop).expect_err("it cannot be read").to_string();
        why.replace(&*home.path().to_string_lossy(), "HOME")
    };
    // One that is not there, and a folder of that name. Nobody needs a key map.
    std::fs::create_dir(home.path().join("folder.toml")).unwrap();
    let path = |name: &str| Some(home.path().join(name));
    let theme = |name: &str| {
        let theme = Theme::choose(path(name).unwrap().to_str().unwrap(), &kind(), None);
        let why = theme.map(drop).expect_err("it cannot be read").to_string();
        why.replace(&*home.path().to_string_lossy(), "HOME")
    };
    let all = [
        told(LookFiles { settings: path("nowhere.toml"), ..LookFiles::default() }),
        told(LookFiles { settings: path("folder.toml"), ..LookFiles::default() }),
        told(LookFiles { keys: path("folder.toml"), ..LookFiles::default() }),
        theme("nowhere.toml"),
        theme("folder.toml"),
    ];
    assert_snapshot!(all.join("\n"));
}

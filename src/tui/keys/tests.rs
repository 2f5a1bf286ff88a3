use crossterm::event::{KeyCode, KeyModifiers};

use super::super::page::Page;
use super::super::symbols::{ASCII, UNICODE};
use super::*;

fn press(map: &KeyMap, code: KeyCode, modifiers: KeyModifiers) -> Option<Command> {
    map.command(&KeyEvent::new(code, modifiers), Place::On(Page::Feed))
}

fn error(text: &str) -> String {
    KeyMap::load(Some(text)).unwrap_err().to_string()
}

#[test]
fn the_commented_file_binds_every_command() {
    let map = KeyMap::load(None).unwrap();
    for declared in DECLARATIONS {
        assert!(map.keys(declared.command).next().is_some(), "{}", declared.name);
    }
}

#[test]
fn letters_arrows_and_held_keys_are_told_apart() {
    let map = KeyMap::load(None).unwrap();
    let none = KeyModifiers::NONE;
    assert_eq!(press(&map, KeyCode::Char('g'), none), Some(Command::First));
    assert_eq!(press(&map, KeyCode::Char('G'), none), Some(Command::Last));
    assert_eq!(press(&map, KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Command::Last));
    assert_eq!(press(&map, KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Command::Quit));
    assert_eq!(press(&map, KeyCode::Char('c'), none), None);
    assert_eq!(press(&map, KeyCode::Left, none), Some(Command::Back));
    assert_eq!(press(&map, KeyCode::Left, KeyModifiers::SHIFT), Some(Command::FarBack));
    assert_eq!(press(&map, KeyCode::Char('?'), KeyModifiers::SHIFT), Some(Command::Help));
}

#[test]
fn a_users_map_overrides_single_commands() {
    let map = KeyMap::load(Some("like = [\"+\", \"alt-l\"]\nfreeze = []")).unwrap();
    let none = KeyModifiers::NONE;
    assert_eq!(press(&map, KeyCode::Char('+'), none), Some(Command::Like));
    assert_eq!(press(&map, KeyCode::Char('l'), KeyModifiers::ALT), Some(Command::Like));
    assert_eq!(press(&map, KeyCode::Char('l'), none), None);
    assert_eq!(press(&map, KeyCode::Char('f'), none), None);
    assert_eq!(press(&map, KeyCode::Char('j'), none), Some(Command::Down));
}

#[test]
fn mistakes_are_named() {
    assert_eq!(
        error("like = [\"s\"]\nskip = [\"s\"]"),
        "the key s asks for both like and skip: give one of them another key"
    );
    let unknown = error("lik = [\"l\"]");
    assert!(unknown.contains("\"lik\"; the nearest is \"like\""), "{unknown}");
    let key = error("like = [\"hyper-l\"]");
    assert!(key.contains("gives like the key \"hyper-l\""), "{key}");
    assert!(error("like = \"l\"").contains("like must be a list of keys"));
    let place = error("[libary]\nlike = [\"x\"]");
    assert!(place.contains("\"libary\"; the nearest is \"library\""), "{place}");
    assert_eq!(
        error("[feed]\nsort = [\"x\"]"),
        "the key map gives sort a key in feed, but it does nothing there"
    );
    assert_eq!(
        error("like = [\"o\"]\nsort = [\"o\"]"),
        "the key o asks for both like and sort in library: give one of them another key"
    );
    assert_eq!(error("quit = []"), "the key map leaves no key for quit");
}

#[test]
fn the_users_keys_are_taken_from_those_who_had_them_by_default() {
    let map = KeyMap::load(Some("like = [\"+\", \"s\"]")).unwrap();
    let event = KeyEvent::new(KeyCode::Char('+'), KeyModifiers::NONE);
    assert_eq!(map.command(&event, Place::On(Page::Map)), Some(Command::Like));
    assert_eq!(map.shown(Command::ZoomIn, &UNICODE), "=", "it had two");
    assert_eq!(map.displaced(), ["the key s is like now: skip has none left"]);
    assert!(KeyMap::load(Some("freeze = []")).unwrap().displaced().is_empty());
    assert!(KeyMap::load(Some("like = [\"q\", \"ctrl-c\"]")).is_err(), "no way out");
}

#[test]
fn a_view_may_have_keys_of_its_own() {
    let map = KeyMap::load(Some("[map]\nlike = [\"L\"]\nright = [\"l\"]")).unwrap();
    let press = |letter, page| {
        let event = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
        map.command(&event, Place::On(page))
    };
    assert_eq!(press('l', Page::Map), Some(Command::Right));
    assert_eq!(press('L', Page::Map), Some(Command::Like));
    assert_eq!(press('l', Page::Feed), Some(Command::Like));
    assert_eq!(press('L', Page::Feed), None);
    assert_eq!(map.shown_at(Command::Like, Place::On(Page::Map), &UNICODE), "L");
}

#[test]
fn no_default_key_is_what_tmux_or_screen_listens_for() {
    let map = KeyMap::load(None).unwrap();
    for letter in ['a', 'b'] {
        let event = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        assert!(Place::NAMES.iter().all(|(_, p)| map.command(&event, *p).is_none()));
    }
    let back = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
    assert_eq!(map.command(&back, Place::Held), Some(Command::PreviousPage));
}

#[test]
fn keys_are_shown_as_people_call_them() {
    let shown = |spelling, symbols| Key::parse(spelling).unwrap().shown(symbols);
    assert_eq!(shown("shift-left", &UNICODE), "Shift-←");
    assert_eq!(shown("shift-left", &ASCII), "Shift-Left");
    assert_eq!(shown("ctrl-c", &UNICODE), "Ctrl-c");
    assert_eq!(shown("space", &UNICODE), "Space");
    assert_eq!(shown("PageDown", &UNICODE), "PgDn");
    assert_eq!(shown("f5", &UNICODE), "F5");
    assert!(Key::parse("f13").is_none() && Key::parse("").is_none());
}

//! The pages: what they look like, and what their keys do.

use insta::assert_snapshot;

use super::*;
use crate::tui::page::Page;

/// A screen on which every page has something to show.
pub fn full(width: u16, height: u16, depth: ColourDepth, unicode: bool) -> Screen {
    let mut screen = Screen::with(width, height, depth, unicode, described());
    *screen.behind.failures.borrow_mut() = ["broken.mp3", "notes.flac"]
        .map(|name| Failure {
            path: format!("/music/old/{name}").into(),
            stamp: FileStamp { size: 1, modified_ns: 1 },
            error: "it is no sound: the header is damaged".into(),
            at: now(),
            duplicate_of: None,
        })
        .to_vec();
    screen.like(1);
    screen.like(9);
    screen.sound();
    screen.name(1);
    screen.pass(1.5);
    screen
}

#[test]
fn every_page_at_every_depth() {
    let depths = [
        ("truecolour", ColourDepth::True, true),
        ("sixteen", ColourDepth::Sixteen, true),
        ("colourless", ColourDepth::None, true),
        ("ascii", ColourDepth::None, false),
    ];
    for (name, depth, unicode) in depths {
        for (width, height) in [(80, 24), (200, 50)] {
            let mut screen = full(width, height, depth, unicode);
            for (key, page) in ('1'..).zip(Page::ALL) {
                screen.type_keys(&key.to_string());
                screen.type_keys("jj");
                let text = screen.text();
                assert!(unicode || text.is_ascii(), "{text}");
                let page = page.title().to_lowercase();
                assert_snapshot!(format!("{page}_{width}x{height}_{name}"), text);
            }
        }
    }
}

#[test]
fn parts_searches_and_overlays() {
    let mut screen = full(80, 24, ColourDepth::True, true);
    screen.type_keys("4/rei");
    assert_snapshot!("library_search", screen.text());
    screen.press(KeyCode::Esc);
    screen.type_keys("v");
    assert_snapshot!("library_folders", screen.text());
    screen.type_keys("v");
    assert_snapshot!("library_failures", screen.text());
    screen.type_keys("5v");
    assert_snapshot!("history_heard", screen.text());
    screen.type_keys("1f");
    screen.type_keys(",");
    screen.pass(5.0);
    assert_snapshot!("held", screen.text());
    screen.type_keys("f:theme ");
    assert_snapshot!("palette_themes", screen.text());
}

#[test]
fn tab_and_digits_show_the_pages() {
    let mut screen = Screen::new(80, 24);
    for page in Page::ALL {
        assert_eq!(screen.app.page, page);
        screen.press(KeyCode::Tab);
    }
    assert_eq!(screen.app.page, Page::Listen);
    screen.press_with(KeyCode::BackTab, KeyModifiers::SHIFT);
    assert_eq!(screen.app.page, Page::Map);
    screen.type_keys("H");
    assert_eq!(screen.app.page, Page::History);
}

#[test]
fn a_search_narrows_the_library_and_escape_ends_it() {
    let mut screen = full(80, 24, ColourDepth::True, true);
    screen.type_keys("4/eno");
    assert_eq!(screen.app.library.rows[0], 6);
    screen.press(KeyCode::Enter);
    screen.press(KeyCode::Enter);
    assert_eq!(screen.behind.asked(), ["play 7"], "Brian Eno");
    screen.type_keys("s");
    assert!(screen.behind.asked()[0].ends_with(" 7"), "keys are keys again");
    screen.press(KeyCode::Esc);
    assert_eq!(screen.app.library.rows.len(), 14);
}

#[test]
fn sorting_keeps_the_selected_track() {
    let mut screen = full(80, 24, ColourDepth::True, true);
    screen.type_keys("4jjj");
    let selected = screen.app.target();
    for _ in 0..8 {
        screen.type_keys("oO");
        assert_eq!(screen.app.target(), selected);
    }
    screen.type_keys(":sort length");
    screen.press(KeyCode::Enter);
    screen.type_keys("g");
    assert_eq!(screen.app.target().unwrap().0, TrackId(5));
}

#[test]
fn the_palette_does_what_keys_do_and_more() {
    let mut screen = full(80, 24, ColourDepth::True, true);
    let enter = |screen: &mut Screen, line: &str| {
        screen.type_keys(line);
        screen.press(KeyCode::Enter);
    };
    enter(&mut screen, ":theme light");
    assert_eq!(screen.app.screen.theme, "light");
    enter(&mut screen, ":rate 4");
    assert_eq!(screen.behind.asked(), ["Rate { stars: 4 } 1"]);
    screen.press(KeyCode::Enter);
    enter(&mut screen, ":goto 1:30");
    assert_eq!(screen.behind.asked(), ["play 1", "seek to 90"]);
    enter(&mut screen, ":find takada");
    assert_eq!((screen.app.page, screen.app.library.rows.len()), (Page::Library, 1));
    enter(&mut screen, ":export x.csv");
    assert_eq!(screen.behind.asked(), ["write x.csv 12"]);
    enter(&mut screen, ":export x.txt");
    assert!(screen.text().contains("name the file .csv or .json"));
    screen.app.run_line("qiut", screen.now);
    assert!(screen.text().contains("the nearest is quit"));
}

#[test]
fn every_page_has_a_track_that_keys_act_on() {
    for (key, page) in ('1'..).zip(Page::ALL) {
        let mut screen = full(80, 24, ColourDepth::True, true);
        screen.type_keys(&key.to_string());
        let (id, _) = screen.app.target().unwrap_or_else(|| panic!("{page:?}"));
        screen.type_keys("w");
        screen.press(KeyCode::Enter);
        assert_eq!(screen.behind.asked(), [format!("Save {id}"), format!("play {id}")]);
    }
}

#[test]
fn the_map_finds_a_track_and_what_is_heard() {
    let mut screen = full(80, 24, ColourDepth::True, true);
    screen.type_keys("7");
    assert_eq!(screen.app.target().unwrap().0, TrackId(1), "what is heard");
    screen.type_keys("/clouds");
    screen.press(KeyCode::Enter);
    assert_eq!(screen.app.target().unwrap().0, TrackId(10));
    screen.type_keys("++");
    assert!(screen.app.map.zoom > 2.0);
    screen.type_keys("c");
    assert_eq!(screen.app.target().unwrap().0, TrackId(1));
    screen.type_keys("0");
    assert_eq!(screen.app.map.zoom, 1.0);
}

#[test]
fn the_history_takes_in_what_happens_without_moving_the_selection() {
    let mut screen = full(80, 24, ColourDepth::True, true);
    screen.type_keys("5jjj");
    let selected = screen.app.target();
    screen.like(2);
    assert_eq!(screen.app.target(), selected);
    screen.type_keys("x");
    assert!(screen.behind.asked()[0].contains(".csv 12"), "a heading and eleven rows");
}

#[test]
fn a_click_shows_a_tab_and_selects_a_row() {
    let mut screen = full(80, 24, ColourDepth::True, true);
    screen.draw();
    let click = |screen: &mut Screen, kind, column, row| {
        let mouse =
            crossterm::event::MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
        screen.app.input(&Input::Mouse(mouse), screen.now);
        screen.settle();
        screen.draw();
    };
    let down = crossterm::event::MouseEventKind::Down(crossterm::event::MouseButton::Left);
    let (tab, _) = screen.app.hits.tabs[3];
    click(&mut screen, down, tab.x + 2, 0);
    assert_eq!(screen.app.page, Page::Library);
    let rows = screen.app.hits.rows;
    click(&mut screen, down, 20, rows.y + 4);
    assert_eq!(screen.app.library.list.selected(), Some(4));
    click(&mut screen, crossterm::event::MouseEventKind::ScrollDown, 20, rows.y);
    assert_eq!(screen.app.library.list.selected(), Some(7));
}

#[test]
fn wide_titles_keep_the_columns() {
    let mut screen = full(120, 24, ColourDepth::True, true);
    screen.type_keys("4");
    let frame = screen.frame();
    let rows = screen.app.hits.rows;
    // The lengths of all tracks end in one column, whatever the letters before them.
    let column = |y: u16| {
        let digit = |x: &u16| frame[(*x, y)].symbol().starts_with(|c: char| c.is_ascii_digit());
        (0..120).rev().find(digit)
    };
    let ends: std::collections::HashSet<_> = (rows.y..rows.y + 10).map(column).collect();
    assert_eq!(ends.len(), 1, "{}", screen.text());
}

#[test]
fn a_look_that_is_wrong_changes_nothing_and_says_so() {
    let mut screen = Screen::new(80, 24);
    let before = screen.app.theme.clone();
    screen.news(News::Look(Err("there is no theme \"drak\"".into())));
    assert_eq!(screen.app.theme, before);
    assert!(screen.text().contains("drak"));
}

#[test]
fn a_path_is_asked_for_drawn_written_and_let_go() {
    let mut screen = full(80, 24, ColourDepth::True, true);
    screen.type_keys("7/clouds");
    screen.press(KeyCode::Enter);
    screen.type_keys("p");
    assert_eq!(screen.behind.asked(), ["path 1 10"], "from what is heard");
    assert_snapshot!("map_path", screen.text());
    screen.type_keys("x");
    let asked = screen.behind.asked();
    assert!(asked[0].contains(".m3u 9"), "{asked:?}");
    // The first ends the search.
    screen.press(KeyCode::Esc);
    screen.press(KeyCode::Esc);
    assert!(screen.app.map.path.is_empty());
    screen.type_keys("c");
    screen.type_keys("p");
    assert!(screen.text().contains("the path starts here: p again"));
    screen.type_keys("/1/1");
    screen.press(KeyCode::Enter);
    screen.type_keys("p");
    assert_eq!(screen.behind.asked(), ["path 1 7"]);
    assert_eq!(screen.app.map.start, None);
}

#[test]
fn indexing_can_be_ended_from_every_page() {
    let mut screen = full(80, 24, ColourDepth::True, true);
    screen.type_keys("U");
    assert!(screen.behind.asked().is_empty() && screen.text().contains("nothing is indexed now"));
    screen.pass(9.0);
    screen.news(News::Indexing(Some(Indexing { done: 3, files: 90 })));
    assert!(screen.text().contains("3 of 90 indexed  U ends it"));
    screen.type_keys("2U");
    assert_eq!(screen.behind.asked(), ["stop indexing"]);
}

#[test]
fn peaks_are_marked_until_the_key_is_pressed_again() {
    let mut screen = full(80, 24, ColourDepth::True, true);
    let marks = |screen: &mut Screen| screen.text().matches('•').count();
    let before = marks(&mut screen);
    screen.type_keys("p");
    assert!(marks(&mut screen) > before + 10, "{}", screen.text());
    screen.type_keys("fp");
    assert_eq!(marks(&mut screen), before);
}

#[test]
fn the_terminals_own_background_decides_until_a_theme_is_named() {
    let mut screen = Screen::new(80, 24);
    let dark = screen.app.theme.clone();
    screen.app.background(Background::Light);
    assert_ne!(screen.app.theme, dark);
    let light = screen.app.theme.clone();
    // Who reads the files again still takes it for a dark one.
    let kind = crate::tui::capability::TerminalKind::plain(ColourDepth::True, true);
    let files = crate::tui::look::LookFiles::default();
    screen.news(News::Look(Ok(Box::new(files.load(&kind).unwrap()))));
    assert_eq!(screen.app.theme, light);
}

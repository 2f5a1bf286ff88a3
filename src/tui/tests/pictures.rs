//! What the screen looks like.

use insta::assert_snapshot;
use ratatui::style::{Color, Modifier};

use super::*;

/// A track named and still heard, one liked, the third offer selected.
fn named(mut screen: Screen) -> Screen {
    screen.like(1);
    screen.like(3);
    screen.sound();
    screen.name(1);
    screen.pass(1.5);
    screen.type_keys("jjj");
    screen
}

#[test]
fn empty_start() {
    let mut screen = Screen::with(80, 24, ColourDepth::True, true, Vec::new());
    assert_snapshot!(screen.text());
}

fn found() -> Found {
    Found { folder: "/home/me/Music".into(), shown: "~/Music".into(), files: 1234, all: true }
}

#[test]
fn first_run() {
    let mut screen = Screen::with(80, 24, ColourDepth::True, true, Vec::new());
    screen.sound();
    screen.app.news(News::Welcome(Some(found())), screen.now);
    assert_snapshot!(screen.text());
    screen.type_keys("oDisk");
    assert_snapshot!("first_run_typing", screen.text());
}

#[test]
fn first_run_without_music_and_microphone() {
    let mut screen = Screen::with(60, 15, ColourDepth::None, false, Vec::new());
    let reason = "no microphone is plugged in: plug one in, or press i for another input";
    screen.tell(LiveEvent::Input(InputState::Waiting { reason: reason.into() }));
    screen.app.news(News::Welcome(None), screen.now);
    assert_snapshot!(screen.text());
}

#[test]
fn indexing_and_a_mood() {
    let mut screen = Screen::with(80, 24, ColourDepth::True, true, described());
    screen.app.news(News::Indexing(Some(Indexing { done: 120, files: 1234 })), screen.now);
    screen.type_keys("2m");
    (0..5).for_each(|_| screen.press(KeyCode::Right));
    assert_snapshot!(screen.text());
}

#[test]
fn waiting_for_the_input() {
    let mut screen = Screen::new(80, 24);
    let reason =
        "the microphone \"USB Audio\" went away: plug it in again, or press i for another input";
    screen.tell(LiveEvent::Input(InputState::Waiting { reason: reason.into() }));
    assert_snapshot!(screen.text());
}

#[test]
fn listening_with_a_guess() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut screen = Screen::new(width, height);
        screen.sound();
        screen.tell(LiveEvent::Guess { track_id: TrackId(8), confidence: 0.42 });
        assert_snapshot!(format!("listening_{width}x{height}"), screen.text());
    }
}

#[test]
fn no_music() {
    let mut screen = Screen::new(80, 24);
    screen.sound();
    screen.tell(LiveEvent::Music(false));
    assert_snapshot!(screen.text());
}

#[test]
fn named_with_a_feed() {
    for (width, height) in [(60, 15), (80, 24), (200, 50)] {
        let mut screen = named(Screen::new(width, height));
        assert_snapshot!(format!("named_{width}x{height}"), screen.text());
    }
}

#[test]
fn named_just_now() {
    let mut screen = Screen::new(80, 24);
    screen.sound();
    screen.name(3);
    assert_snapshot!(screen.text());
}

#[test]
fn last_heard_after_the_end() {
    let mut screen = Screen::new(80, 24);
    screen.sound();
    screen.name(1);
    screen.tell(LiveEvent::Lost);
    assert_snapshot!(screen.text());
}

#[test]
fn playing_an_offer() {
    let mut screen = named(Screen::new(80, 24));
    screen.press(KeyCode::Enter);
    screen.type_keys("j");
    assert_snapshot!(screen.text());
}

#[test]
fn help() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut screen = named(Screen::new(width, height));
        screen.type_keys("?");
        assert_snapshot!(format!("help_{width}x{height}"), screen.text());
    }
}

#[test]
fn a_wide_letter_does_not_hide_the_frame_of_the_help() {
    let mut screen = Screen::new(80, 24);
    screen.type_keys("?");
    let frame = screen.frame();
    let edge = (0..80).find(|x| frame[(*x, 1)].symbol() == "╭").unwrap();
    let wide = |y: &u16| {
        edge > 0 && unicode_width::UnicodeWidthStr::width(frame[(edge - 1, *y)].symbol()) > 1
    };
    assert_eq!((2..22).find(wide), None);
    assert!((2..22).all(|y| frame[(edge, y)].symbol() == "│"));
}

#[test]
fn too_small() {
    let mut screen = named(Screen::new(50, 9));
    assert_snapshot!(screen.text());
}

#[test]
fn ascii_without_colours() {
    let mut screen = named(Screen::with(80, 24, ColourDepth::None, false, library()));
    screen.press(KeyCode::Enter);
    let text = screen.text();
    assert!(text.is_ascii(), "{text}");
    assert_snapshot!(text);
}

#[test]
fn sixteen_colours() {
    let mut screen = named(Screen::with(80, 24, ColourDepth::Sixteen, true, library()));
    assert_snapshot!(screen.text());
}

/// Every colour on a screen.
fn colours(screen: &mut Screen) -> Vec<Color> {
    let buffer = screen.frame();
    buffer.content().iter().flat_map(|c| [c.fg, c.bg]).collect()
}

#[test]
fn each_terminal_gets_only_colours_it_knows() {
    let all = |depth| colours(&mut named(Screen::with(80, 24, depth, true, library())));
    assert!(all(ColourDepth::None).iter().all(|c| *c == Color::Reset));
    let extended = |c: &Color| matches!(c, Color::Rgb(..) | Color::Indexed(_));
    assert!(!all(ColourDepth::Sixteen).iter().any(extended));
    assert!(!all(ColourDepth::TwoFiftySix).iter().any(|c| matches!(c, Color::Rgb(..))));
    let distinct: std::collections::HashSet<_> = all(ColourDepth::True).into_iter().collect();
    assert!(distinct.len() > 30, "a spectrogram in {} colours", distinct.len());
}

#[test]
fn the_selected_row_shows_without_colours() {
    let mut screen = named(Screen::with(80, 24, ColourDepth::None, true, library()));
    let buffer = screen.frame();
    let reversed = |x: u16, y: u16| buffer[(x, y)].modifier.contains(Modifier::REVERSED);
    assert!(reversed(2, 0), "the tab of this page");
    let rows: Vec<u16> = (1..24).filter(|y| reversed(5, *y)).collect();
    assert_eq!(rows.len(), 1);
    for x in 1..79 {
        assert!(reversed(x, rows[0]) && !buffer[(x, rows[0])].modifier.contains(Modifier::DIM));
    }
}

#[test]
fn every_size_can_be_drawn() {
    for (width, height) in
        [(1, 1), (59, 15), (60, 14), (60, 15), (61, 16), (77, 20), (119, 33), (400, 120)]
    {
        for depth in [ColourDepth::None, ColourDepth::True] {
            let mut screen = named(Screen::with(width, height, depth, true, described()));
            for keys in ["", "lG", "f,", "f2jG", "3j", "4G/e", "5Gv", "6G", "7+++", "7/blink"] {
                screen.type_keys(keys);
                screen.draw();
                screen.press(KeyCode::Enter);
                screen.draw();
                for overlay in ["?", ":th"] {
                    screen.type_keys(overlay);
                    screen.draw();
                    screen.press(KeyCode::Esc);
                }
            }
        }
    }
}

#[test]
fn a_resize_there_and_back_gives_the_same_screen() {
    let mut screen = named(Screen::new(80, 24));
    screen.type_keys("g");
    let before = screen.frame();
    for (width, height) in [(200, 50), (43, 12), (20, 5)] {
        screen.resize(width, height);
        assert_ne!(screen.frame(), before);
    }
    screen.resize(80, 24);
    assert_eq!(screen.frame(), before);
}

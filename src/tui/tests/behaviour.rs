//! What keys and live events do.

use std::sync::Arc;

use super::music::melody;
use super::*;
use crate::listen::event::Level;
use crate::tui::feed::Selected;

fn selected(screen: &Screen) -> Option<u32> {
    screen.app.target().map(|(id, _)| id.0)
}

#[test]
fn like_right_after_a_naming_likes_the_named_track() {
    let mut screen = Screen::new(80, 24);
    screen.sound();
    screen.name(4);
    screen.type_keys("l");
    assert_eq!(screen.behind.asked(), ["Like 4"]);
    let text = screen.text();
    assert!(text.contains("liked Laraaji - The Dance No. 1") && text.contains("♥"), "{text}");
    screen.type_keys("l");
    assert_eq!(screen.behind.asked(), ["Unlike 4"]);
    assert!(!screen.text().contains('♥'));
}

#[test]
fn a_name_says_whose_index_gave_it_and_that_the_server_is_away() {
    for (width, height) in [(80, 24), (200, 50)] {
        let mut screen = Screen::new(width, height);
        screen.sound();
        screen.name(4);
        assert!(!screen.text().contains("this machine") && !screen.text().contains("server away"));
        screen.name(TrackId(4).beside().0);
        assert!(screen.text().contains("heard in 1.8 s · this machine"), "{}", screen.text());
        screen.tell(LiveEvent::Server(Some("the server https://a is away: why".into())));
        let text = screen.text();
        assert!(text.contains("this machine · server away"), "{text}");
        screen.tell(LiveEvent::Lost);
        let text = screen.text();
        assert!(text.contains("the server is away") && text.contains("away: why"), "{text}");
        screen.tell(LiveEvent::Server(None));
        assert!(!screen.text().contains("away"));
    }
}

#[test]
fn why_an_input_failed_outlasts_its_end() {
    let mut screen = Screen::new(80, 24);
    let reason = "http://radio.example/: the web server says 404 Not Found".to_owned();
    screen.tell(LiveEvent::Input(InputState::Waiting { reason }));
    screen.tell(LiveEvent::Ended);
    assert!(screen.text().contains("404 Not Found"), "{}", screen.text());
}

#[test]
fn feedback_that_is_not_kept_is_never_acknowledged() {
    let mut screen = Screen::new(80, 24);
    screen.name(4);
    screen.behind.fail.set(true);
    screen.type_keys("l");
    let text = screen.text();
    assert!(text.contains("the disk is full") && !text.contains("liked") && !text.contains('♥'));
}

#[test]
fn keys_reach_the_selected_offer() {
    let mut screen = Screen::new(80, 24);
    screen.name(4);
    screen.type_keys("jjl");
    screen.press(KeyCode::Enter);
    assert_eq!(screen.behind.asked(), ["Like 2", "play 2"]);
    screen.press(KeyCode::Left);
    screen.press(KeyCode::Right);
    screen.type_keys(",.");
    assert_eq!(screen.behind.asked(), ["seek -5", "seek 5", "seek -30", "seek 30"]);
    screen.type_keys("i");
    assert_eq!(screen.behind.asked(), ["switch_input"]);
    assert!(screen.text().contains("opening monitor"));
}

#[test]
fn skipping_what_plays_stops_it_and_records_the_share_heard() {
    let mut screen = Screen::new(80, 24);
    screen.type_keys("jj");
    assert_eq!(selected(&screen), Some(3));
    screen.press(KeyCode::Enter);
    let playing = NowPlaying { position_s: 127.0, ..screen.behind.playing.get().unwrap() };
    screen.behind.playing.set(Some(playing));
    assert_eq!(selected(&screen), Some(3), "the next key is meant for what was just played");
    screen.behind.asked();
    screen.type_keys("js");
    assert_eq!(screen.behind.asked(), ["Skip { share: None } 4"]);
    assert!(screen.behind.playing.get().is_some(), "another track plays on");
    screen.name(3);
    screen.type_keys("g");
    screen.type_keys("s");
    assert_eq!(screen.behind.asked(), ["Skip { share: Some(0.5) } 3"]);
    assert!(screen.behind.playing.get().is_none());
}

#[test]
fn a_naming_takes_the_selection_unless_the_user_is_busy() {
    let mut screen = Screen::new(80, 24);
    assert_eq!(selected(&screen), Some(1));
    screen.type_keys("jj");
    screen.pass(1.0);
    screen.name(9);
    assert_eq!(selected(&screen), Some(3), "a key was pressed a second ago");
    screen.pass(10.0);
    screen.name(8);
    assert_eq!(screen.app.feed.selected(true), Some(Selected::Named));
    assert_eq!(selected(&screen), Some(8));
}

#[test]
fn space_pauses_and_goes_on() {
    let mut screen = Screen::new(80, 24);
    screen.type_keys(" ");
    assert!(screen.text().contains("nothing plays; Enter plays the selected track"));
    screen.press(KeyCode::Enter);
    screen.type_keys(" ");
    assert!(screen.behind.playing.get().unwrap().paused);
    assert!(screen.text().contains('‖'));
    screen.type_keys(" ");
    assert!(!screen.behind.playing.get().unwrap().paused);
}

#[test]
fn a_held_spectrogram_stands_still_while_listening_goes_on() {
    let mut screen = Screen::new(80, 24);
    screen.sound();
    screen.type_keys("f");
    screen.pass(5.0);
    let held = screen.frame();
    (screen.app.dirty, screen.app.moved) = (false, false);
    (0..20).for_each(|i| screen.tell(LiveEvent::Column(Box::new(melody(i)))));
    assert!(!screen.app.dirty && !screen.app.moved, "nothing to draw");
    assert_eq!(screen.frame(), held);
    screen.type_keys("f");
    assert_ne!(screen.frame(), held);
}

#[test]
fn nothing_is_drawn_when_nothing_changed() {
    let mut screen = Screen::new(80, 24);
    screen.sound();
    screen.pass(0.1);
    screen.draw();
    (screen.app.dirty, screen.app.moved) = (false, false);
    screen.pass(3.0);
    assert!(!screen.app.dirty, "sound stopped coming, nothing plays");
    assert!(screen.app.wake_at(screen.now) > screen.now, "and nothing spins");
    assert!(!screen.app.moved);
    screen.type_keys("4");
    screen.draw();
    (screen.app.dirty, screen.app.moved) = (false, false);
    screen.tell(LiveEvent::Column(Box::new(melody(1))));
    screen.tell(LiveEvent::Level(Level { rms_db: -21.0, peak_db: -9.0 }));
    assert!(!screen.app.dirty && !screen.app.moved, "the spectrogram cannot be seen here");
    screen.news(News::Library(Arc::default()));
    assert!(screen.app.dirty, "the library changed");
}

#[test]
fn messages_go_after_a_while_and_errors_stay_longer() {
    let mut screen = Screen::new(80, 24);
    screen.type_keys("i");
    assert!(screen.text().contains("input: monitor"));
    screen.pass(5.0);
    assert!(!screen.text().contains("input: monitor"));
    screen.behind.fail.set(true);
    screen.type_keys("i");
    screen.pass(5.0);
    assert!(screen.text().contains("the disk is full"));
    screen.pass(5.0);
    assert!(screen.text().contains("help"));
}

#[test]
fn help_scrolls_searches_closes_and_keeps_feedback_from_what_it_hides() {
    let mut screen = Screen::new(80, 24);
    screen.type_keys("?");
    screen.draw();
    screen.press(KeyCode::End);
    assert!(screen.text().contains("leave"));
    screen.type_keys("pause");
    screen.press(KeyCode::Enter);
    assert_eq!(screen.behind.asked(), [""; 0]);
    assert!(screen.app.overlay.is_none());
    screen.type_keys("?fre");
    let text = screen.text();
    assert!(text.contains("hold the spectrogram") && !text.contains("one row down"), "{text}");
    screen.press(KeyCode::Esc);
    assert!(screen.app.overlay.is_none());
    screen.type_keys("??");
    assert!(screen.app.overlay.is_none() && !screen.app.quit);
    screen.type_keys("q");
    assert!(screen.app.quit);
}

#[test]
fn feedback_that_takes_long_is_shown_as_under_way_and_nothing_waits_for_it() {
    let mut screen = Screen::new(80, 24);
    screen.name(4);
    screen.behind.silent.set(true);
    screen.type_keys("l");
    assert!(!screen.text().contains("keeping"), "not for what is quick");
    screen.pass(0.5);
    let text = screen.text();
    assert!(text.contains("keeping") && !text.contains('♥'), "{text}");
    screen.type_keys("jl");
    assert_eq!(screen.behind.asked(), ["Like 4", "Like 1"]);
    screen.news(News::Kept(1, Ok(())));
    screen.news(News::Kept(2, Err("the owner does not answer".into())));
    let text = screen.text();
    assert!(text.contains("the owner does not answer") && text.contains('♥'), "{text}");
    assert!(!text.contains("keeping"));
}

#[test]
fn a_second_press_takes_back_what_is_not_kept_yet() {
    let mut screen = Screen::new(80, 24);
    screen.name(4);
    screen.behind.silent.set(true);
    screen.type_keys("lll");
    assert_eq!(screen.behind.asked(), ["Like 4", "Unlike 4", "Like 4"]);
}

#[test]
fn a_held_spectrogram_scrolls_back_and_measures() {
    let mut screen = Screen::new(80, 24);
    screen.sound();
    screen.type_keys("f");
    assert!(screen.text().contains("held"));
    let there = |screen: &Screen| screen.app.hold.as_ref().unwrap().column;
    let column = there(&screen);
    screen.press(KeyCode::Left);
    assert_eq!(there(&screen), column + 1);
    screen.type_keys(",,");
    assert_eq!(there(&screen), column + 65);
    let text = screen.text();
    assert!(text.contains("Hz") && text.contains("s ago"), "{text}");
    assert_eq!(screen.behind.asked(), [""; 0], "nothing plays elsewhere");
    screen.press(KeyCode::Esc);
    assert!(screen.app.hold.is_none());
}

#[test]
fn the_place_in_the_track_moves_with_the_clock() {
    let mut screen = Screen::new(80, 24);
    screen.sound();
    screen.name(1);
    assert!(screen.text().contains("1:23"));
    screen.pass(2.0);
    assert!(screen.text().contains("1:25"));
    screen.tell(LiveEvent::Position { track_id: TrackId(1), position_s: 200.0, confidence: 0.75 });
    let text = screen.text();
    assert!(text.contains("3:20") && text.contains("likely · 75 %"), "{text}");
}

#[test]
fn an_input_that_ends_or_vanishes_says_so() {
    let mut screen = Screen::new(80, 24);
    screen.sound();
    screen.name(1);
    screen.tell(LiveEvent::Ended);
    let text = screen.text();
    assert!(text.contains("the sound has ended") && text.contains("last heard"), "{text}");
    assert!(!text.contains("dBFS"), "no level without sound");
    screen.app.live_closed();
    assert!(!screen.app.live_open);
    screen.type_keys("i");
    assert!(screen.app.live_open, "another input may tell again");
}

#[test]
fn the_question_of_the_first_run_takes_its_own_keys_only() {
    let found = Found { folder: "/m".into(), shown: "/m".into(), files: 3, all: true };
    let welcome = |found: Option<Found>| {
        let mut screen = Screen::with(80, 24, ColourDepth::True, true, Vec::new());
        screen.app.news(News::Welcome(found), screen.now);
        screen
    };
    let mut screen = welcome(Some(found.clone()));
    screen.type_keys("4?");
    screen.press(KeyCode::Esc);
    assert_eq!(screen.app.page, crate::tui::page::Page::Library);
    screen.type_keys("y");
    assert_eq!(screen.behind.asked(), ["index [\"/m\"]"]);
    assert!(screen.app.welcome.is_none());

    let mut screen = welcome(None);
    screen.type_keys("y");
    assert!(screen.behind.asked().is_empty() && screen.app.welcome.is_some());
    screen.type_keys("oqy");
    screen.press(KeyCode::Enter);
    assert_eq!(screen.behind.asked(), ["index [\"~/qy\"]"]);

    let mut screen = welcome(Some(found.clone()));
    screen.type_keys("n");
    assert_eq!(screen.behind.asked(), ["declined"]);
    assert!(screen.text().contains(":index FOLDER"));

    let mut screen = welcome(Some(found));
    screen.type_keys("q");
    assert!(screen.app.quit);
}

#[test]
fn the_mood_moves_over_its_plane_and_is_cleared() {
    let mut screen = Screen::new(80, 24);
    screen.type_keys("2m");
    screen.behind.asked();
    (0..12).for_each(|_| screen.press(KeyCode::Right));
    screen.press(KeyCode::Down);
    let asked = screen.behind.asked();
    assert_eq!(asked.len(), 13);
    assert_eq!(asked[12], "mood Some(Mood { valence: 1.0, energy: -0.1 })");
    screen.type_keys("m");
    let before = selected(&screen);
    screen.press(KeyCode::Down);
    assert_ne!(selected(&screen), before, "keys move rows again");
    screen.press(KeyCode::Backspace);
    assert_eq!(screen.behind.asked(), ["mood None"]);
    screen.type_keys("1:mood calm");
    screen.press(KeyCode::Enter);
    assert_eq!(screen.behind.asked(), ["mood Some(Mood { valence: 0.4, energy: -0.6 })"]);
    assert!(screen.text().contains("next, calm"));
    screen.type_keys(":mood angrily");
    screen.press(KeyCode::Enter);
    assert!(screen.text().contains("no mood is called"));
}

#[test]
fn folders_are_indexed_from_the_palette_and_by_a_key() {
    let mut screen = Screen::new(80, 24);
    screen.type_keys(":index ~/My Music");
    screen.press(KeyCode::Enter);
    screen.type_keys("4u");
    assert_eq!(screen.behind.asked(), ["index [\"~/My Music\"]", "index []"]);
    screen.app.news(News::Over, screen.now);
    assert!(screen.app.quit);
}

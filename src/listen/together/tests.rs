use std::cell::RefCell;

use super::*;

fn named(id: TrackId, confidence: f64) -> LiveEvent {
    LiveEvent::Named(Named { track_id: id, position_s: 1.0, confidence, heard_s: 2.0 })
}

fn position(id: TrackId, confidence: f64) -> LiveEvent {
    LiveEvent::Position { track_id: id, position_s: 2.0, confidence }
}

/// What is told of events at these milliseconds. Tracks 1 there and 1 here are the same file.
fn told(events: &[(u64, Side, LiveEvent)]) -> Vec<LiveEvent> {
    let file_of = |id: TrackId| Some([id.own().0 as u8; 32]);
    let mut joint = Joint::new(&file_of);
    let said = RefCell::new(Vec::new());
    let start = Instant::now();
    for (ms, side, event) in events {
        let now = start + Duration::from_millis(*ms);
        joint.take(*side, event.clone(), now, &|event| said.borrow_mut().push(event));
    }
    said.into_inner()
}

const ONE: TrackId = TrackId(1);
const TWO: TrackId = TrackId(2);

#[test]
fn what_both_name_is_told_once_and_goes_on_under_one_number() {
    let events = [
        (0, Side::Here, named(ONE.beside(), 0.9)),
        (100, Side::There, named(ONE, 0.99)),
        (200, Side::There, position(ONE, 0.99)),
        (300, Side::Here, LiveEvent::Lost),
        (400, Side::There, position(ONE, 0.98)),
        (500, Side::There, LiveEvent::Lost),
    ];
    let goes_on = position(ONE.beside(), 0.98);
    assert_eq!(told(&events), [named(ONE.beside(), 0.9), goes_on, LiveEvent::Lost]);
}

#[test]
fn of_two_names_the_surer_stands_and_a_fading_one_gives_way() {
    let surer = [
        (0, Side::There, named(ONE, 0.9)),
        (100, Side::Here, named(TWO.beside(), 0.95)),
        (200, Side::There, position(ONE, 0.99)),
        (300, Side::Here, position(TWO.beside(), 0.95)),
    ];
    assert_eq!(
        told(&surer),
        [named(ONE, 0.9), named(TWO.beside(), 0.95), position(TWO.beside(), 0.95),]
    );
    let fading = [
        (0, Side::There, named(ONE, 0.99)),
        (100, Side::Here, named(TWO.beside(), 0.9)),
        (2000, Side::Here, position(TWO.beside(), 0.9)),
    ];
    let told = told(&fading);
    assert_eq!((told.len(), &told[0]), (2, &named(ONE, 0.99)));
    assert!(matches!(&told[1], LiveEvent::Named(named) if named.track_id == TWO.beside()));
}

#[test]
fn a_server_that_goes_leaves_the_name_to_this_machine() {
    let away = LiveEvent::Server(Some("away".to_owned()));
    let events = [
        (0, Side::There, named(ONE, 0.99)),
        (100, Side::Here, named(TWO.beside(), 0.9)),
        (200, Side::There, away.clone()),
        (300, Side::Here, LiveEvent::Ended),
        (300, Side::There, LiveEvent::Ended),
    ];
    let expected = [named(ONE, 0.99), named(TWO.beside(), 0.9), away, LiveEvent::Ended];
    assert_eq!(told(&events), expected);
}

#[test]
fn what_this_machine_named_meanwhile_is_not_told_again_when_the_server_is_back() {
    let late = |id| LiveEvent::NamedLate {
        named: Named { track_id: id, position_s: 9.0, confidence: 0.9, heard_s: 10.0 },
        at: Timestamp::now(),
    };
    let events = [
        (0, Side::Here, named(ONE.beside(), 0.99)),
        (100, Side::There, late(ONE)),
        (200, Side::There, late(TWO)),
    ];
    let told = told(&events);
    assert_eq!(told.len(), 2);
    assert!(matches!(&told[1], LiveEvent::NamedLate { named, .. } if named.track_id == TWO));
}

#[test]
fn there_is_music_as_long_as_one_hears_it() {
    let events = [
        (0, Side::Here, LiveEvent::Music(false)),
        (100, Side::There, LiveEvent::Music(false)),
        (200, Side::Here, LiveEvent::Music(true)),
    ];
    assert_eq!(told(&events), [LiveEvent::Music(false), LiveEvent::Music(true)]);
}

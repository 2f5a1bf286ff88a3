//! What the callback and the ring must do.

use std::sync::Arc;

use crossbeam_channel::bounded;
use rtrb::RingBuffer;

use super::stream::{Shared, push};
use super::*;

#[test]
fn a_full_ring_drops_whole_frames_and_counts_them() {
    let (mut writer, mut reader) = RingBuffer::new(5);
    let samples = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    assert_eq!(push(samples.into_iter(), 6, &mut writer, 2), 2);
    let held: Vec<f32> = reader.read_chunk(4).unwrap().into_iter().collect();
    assert_eq!(held, [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn a_failure_is_told_once_and_a_new_one_again() {
    let mut listening = Listening::new(Target::Monitor, 16_000);
    let waiting = |reason: &str| Some(InputUpdate::Waiting { reason: reason.into() });
    assert_eq!(listening.close("gone".into()), waiting("gone"));
    assert_eq!(listening.close("gone".into()), None);
    assert_eq!(listening.close("busy".into()), waiting("busy"));
}

#[test]
fn a_stream_that_fails_or_stalls_is_closed() {
    let stalled = |failure: Option<&str>| {
        let mut listening = Listening::new(Target::Microphone(None), 16_000);
        let shared = Arc::new(Shared::default());
        let (_sender, receiver) = bounded(1);
        let capture = Capture { opened: receiver, shared: Arc::clone(&shared) };
        listening.state = State::Opening { capture, since: Instant::now() };
        let (mut writer, ring) = RingBuffer::new(96_000);
        let opened = Opened { name: "desk".into(), rate: 48_000, channels: 2, ring };
        assert!(matches!(listening.begin(opened), Some(InputUpdate::Live { .. })));
        push(std::iter::repeat_n(0.5, 9_600), 9_600, &mut writer, 2);
        let mut out = Vec::new();
        let now = Instant::now();
        assert_eq!(listening.poll_live(&mut out, now), Some(InputUpdate::Samples));
        assert!(out.len() > 600 && (out[700] - 0.5).abs() < 0.01, "{}", out.len());
        match failure {
            Some(failure) => shared.fail(failure.to_owned()),
            None => {
                if let State::Live { stream, .. } = &mut listening.state {
                    stream.last_sound -= STALL + LOOK;
                }
            }
        }
        let update = listening.poll_live(&mut out, now);
        assert!(shared.stop.load(Ordering::Acquire));
        update
    };
    let reason = |update| match update {
        Some(InputUpdate::Waiting { reason }) => reason,
        other => panic!("{other:?}"),
    };
    assert!(reason(stalled(Some("unplugged"))).contains("desk went away (unplugged)"));
    assert!(reason(stalled(None)).contains("desk gives no sound any more"));
}

//! What is heard, named by an index elsewhere and by this machine's own at once, told as by one.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select, unbounded};
use jiff::{SignedDuration, Timestamp};

use super::event::{LiveEvent, Named};
use super::recogniser::{self, Heard};
use super::{Engine, RemoteIndex};
use crate::library::SharedCatalogue;
use crate::store::records::TrackId;

/// Windows that may wait for each side: a minute, as much as a file's reader may be ahead.
const WAITING: usize = 1024;
/// Which side a side is waited for at most, before it misses something.
const PATIENCE: Duration = Duration::from_secs(2);
/// A side that has not confirmed its track for so long gives way to what the other one names: looks come every
/// quarter of a second.
const FADING: Duration = Duration::from_millis(1500);
/// What was named here within so much of a clip's time is the same playing.
const SAME_PLAYING: SignedDuration = SignedDuration::from_secs(15);
/// Namings that are remembered: as long as clips may wait for a server, an hour of short tracks.
const REMEMBERED: usize = 100;

/// Which index says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    There,
    Here,
}

impl Side {
    fn other(self) -> Self {
        if self == Self::There { Self::Here } else { Self::There }
    }
}

/// Runs until the listener hangs up; `say` gets the events.
pub(super) fn run(
    engine: &Engine,
    remote: &Arc<dyn RemoteIndex>,
    own: &SharedCatalogue,
    heard: &Receiver<Heard>,
    say: &dyn Fn(LiveEvent),
) {
    let (tell, told) = unbounded();
    let (there, for_there) = bounded(WAITING);
    let (here, for_here) = bounded(WAITING);
    let alone = Engine { catalogue: Arc::clone(own), own: None, remote: None, ..engine.clone() };
    std::thread::scope(|scope| {
        let tell_there = tell.clone();
        scope.spawn(move || {
            let say = |event| drop(tell_there.send((Side::There, event)));
            remote.listen(&for_there, &say);
        });
        scope.spawn(move || {
            let say = |event| drop(tell.send((Side::Here, beside(event))));
            recogniser::run(&alone, &for_here, &say);
        });
        let file_of = |id: TrackId| {
            let catalogue = engine.catalogue.read().unwrap_or_else(PoisonError::into_inner);
            catalogue.track(id).map(|track| track.content)
        };
        let mut joint = Joint::new(&file_of);
        let mut sides = Some((there, here));
        loop {
            let ears = if sides.is_some() { heard.clone() } else { crossbeam_channel::never() };
            select! {
                recv(ears) -> heard => match (heard, &sides) {
                    (Ok(heard), Some((there, here))) => {
                        pass(there, heard.clone());
                        pass(here, heard);
                    }
                    // Both come to their end now, and say what they still have to say.
                    _ => sides = None,
                },
                recv(told) -> told => match told {
                    Ok((side, event)) => joint.take(side, event, Instant::now(), say),
                    Err(_) => return,
                },
            }
        }
    });
}

/// A side that does not come along misses windows rather than have the other one wait; the end it hears of.
fn pass(side: &Sender<Heard>, heard: Heard) {
    if matches!(heard, Heard::Window(_) | Heard::Silence(_)) {
        drop(side.send_timeout(heard, PATIENCE));
    } else {
        drop(side.send(heard));
    }
}

/// The same of a track of this machine, beside those of the library elsewhere.
fn beside(event: LiveEvent) -> LiveEvent {
    match event {
        LiveEvent::Named(named) => {
            LiveEvent::Named(Named { track_id: named.track_id.beside(), ..named })
        }
        LiveEvent::Position { track_id, position_s, confidence } => {
            LiveEvent::Position { track_id: track_id.beside(), position_s, confidence }
        }
        LiveEvent::Guess { track_id, confidence } => {
            LiveEvent::Guess { track_id: track_id.beside(), confidence }
        }
        other => other,
    }
}

/// What a side hears.
#[derive(Debug, Clone)]
struct Playing {
    named: Named,
    /// The hash of its file, by which both sides know it.
    file: Option<[u8; 32]>,
    /// When the side last heard it.
    seen: Instant,
}

impl Playing {
    fn is(&self, other: &Self) -> bool {
        self.named.track_id == other.named.track_id
            || (self.file.is_some() && self.file == other.file)
    }

    fn fades(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.seen) > FADING
    }
}

/// What is told of both: one name for one playing, by the side that is surer.
struct Joint<'f> {
    file_of: &'f dyn Fn(TrackId) -> Option<[u8; 32]>,
    there: Option<Playing>,
    here: Option<Playing>,
    /// Whose name stands, and under which number.
    shown: Option<(Side, TrackId)>,
    music: [bool; 2],
    told_music: bool,
    away: bool,
    ended: [bool; 2],
    /// What was named here, from when to when it was heard.
    named_here: VecDeque<(Playing, Timestamp, Timestamp)>,
}

impl<'f> Joint<'f> {
    fn new(file_of: &'f dyn Fn(TrackId) -> Option<[u8; 32]>) -> Self {
        Self {
            file_of,
            there: None,
            here: None,
            shown: None,
            music: [true; 2],
            told_music: true,
            away: false,
            ended: [false; 2],
            named_here: VecDeque::new(),
        }
    }

    fn side(&mut self, side: Side) -> &mut Option<Playing> {
        match side {
            Side::There => &mut self.there,
            Side::Here => &mut self.here,
        }
    }

    fn take(&mut self, side: Side, event: LiveEvent, now: Instant, say: &dyn Fn(LiveEvent)) {
        match event {
            LiveEvent::Named(named) => {
                let file = (self.file_of)(named.track_id);
                let playing = Playing { named, file, seen: now };
                if side == Side::Here {
                    self.remember(&playing);
                }
                *self.side(side) = Some(playing);
                self.consider(side, true, now, say);
            }
            LiveEvent::Position { track_id, position_s, confidence } => {
                if let Some(playing) = self.side(side)
                    && playing.named.track_id == track_id
                {
                    playing.named = Named { position_s, confidence, ..playing.named.clone() };
                    playing.seen = now;
                }
                if side == Side::Here
                    && let Some((_, _, to)) = self.named_here.back_mut()
                {
                    *to = Timestamp::now();
                }
                match self.shown {
                    Some((shown, id)) if shown == side => {
                        say(LiveEvent::Position { track_id: id, position_s, confidence });
                    }
                    _ => self.consider(side, false, now, say),
                }
            }
            LiveEvent::Lost => {
                *self.side(side) = None;
                self.give_way(side, say);
            }
            LiveEvent::Guess { .. } if self.shown.is_some() => {}
            LiveEvent::Music(music) => {
                self.music[side as usize] = music;
                self.tell_music(say);
            }
            LiveEvent::Server(away) => {
                self.away = away.is_some();
                if self.away {
                    self.there = None;
                    self.give_way(Side::There, say);
                }
                self.tell_music(say);
                say(LiveEvent::Server(away));
            }
            LiveEvent::NamedLate { named, at } => {
                if !self.was_named_here(&named, at) {
                    say(LiveEvent::NamedLate { named, at });
                }
            }
            LiveEvent::Ended => {
                self.ended[side as usize] = true;
                if self.ended == [true; 2] {
                    say(LiveEvent::Ended);
                }
            }
            other => say(other),
        }
    }

    /// Whether what a side hears is to be told. One that it has heard for a while takes no other's place, or
    /// the two would take turns.
    fn consider(&mut self, side: Side, begins: bool, now: Instant, say: &dyn Fn(LiveEvent)) {
        let Some(playing) = self.side(side).clone() else { return };
        if let Some((shown, _)) = self.shown
            && shown != side
            && let Some(held) = self.side(shown)
        {
            let surer = begins && playing.named.confidence > held.named.confidence;
            if held.is(&playing) || (!surer && !held.fades(now)) {
                return;
            }
        }
        self.shown = Some((side, playing.named.track_id));
        say(LiveEvent::Named(playing.named));
    }

    /// A side has lost its track: where the other one still hears it, that goes on under the same number.
    fn give_way(&mut self, side: Side, say: &dyn Fn(LiveEvent)) {
        let Some((shown, id)) = self.shown.filter(|(shown, _)| *shown == side) else { return };
        let other = shown.other();
        match self.side(other).clone() {
            None => {
                self.shown = None;
                say(LiveEvent::Lost);
            }
            Some(playing) => {
                let file = (self.file_of)(id);
                let same = playing.named.track_id == id || (file.is_some() && file == playing.file);
                let id = if same { id } else { playing.named.track_id };
                self.shown = Some((other, id));
                if !same {
                    say(LiveEvent::Named(playing.named));
                }
            }
        }
    }

    fn tell_music(&mut self, say: &dyn Fn(LiveEvent)) {
        let [there, here] = self.music;
        let music = here || (there && !self.away);
        if self.told_music != music {
            self.told_music = music;
            say(LiveEvent::Music(music));
        }
    }

    fn remember(&mut self, playing: &Playing) {
        let now = Timestamp::now();
        self.named_here.push_back((playing.clone(), now, now));
        if self.named_here.len() > REMEMBERED {
            self.named_here.pop_front();
        }
    }

    /// Whether this machine's index named it when it was heard.
    fn was_named_here(&self, named: &Named, at: Timestamp) -> bool {
        let late = Playing {
            file: (self.file_of)(named.track_id),
            named: named.clone(),
            seen: Instant::now(),
        };
        self.named_here.iter().any(|(playing, from, to)| {
            let begun = from.checked_sub(SAME_PLAYING).is_ok_and(|from| at >= from);
            let over = to.checked_add(SAME_PLAYING).is_ok_and(|to| at > to);
            playing.is(&late) && begun && !over
        })
    }
}

#[cfg(test)]
mod tests;

//! What plays now, as far as somebody who looks at it should know: a track that is lost for a moment is
//! still shown for a while, and one that goes on after all is no new one.

use std::time::{Duration, Instant};

use super::heard::Heard;
use crate::store::records::TrackId;

/// What is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The track that was gone goes on.
    GoesOn,
    /// Nothing plays any more.
    Stopped,
}

/// The track named last, and whether it still plays.
#[derive(Debug)]
pub struct Playing {
    linger: Duration,
    last: Option<Heard>,
    shown: bool,
    lost_at: Option<Instant>,
}

impl Playing {
    /// Nothing was heard yet. A lost track is shown for `linger` more.
    pub fn new(linger: Duration) -> Self {
        Self { linger, last: None, shown: false, lost_at: None }
    }

    /// The track named last.
    pub fn last(&self) -> Option<&Heard> {
        self.last.as_ref()
    }

    /// A track was named.
    pub fn named(&mut self, heard: Heard) {
        (self.last, self.shown, self.lost_at) = (Some(heard), true, None);
    }

    /// This track goes on.
    pub fn goes_on(&mut self, id: TrackId) -> Option<Change> {
        if self.last.as_ref().is_none_or(|heard| heard.track_id() != id) {
            return None;
        }
        self.lost_at = None;
        (!std::mem::replace(&mut self.shown, true)).then_some(Change::GoesOn)
    }

    /// The track is not heard any more.
    pub fn lost(&mut self, now: Instant) {
        self.lost_at.get_or_insert(now);
    }

    /// What is due by now.
    pub fn due(&mut self, now: Instant) -> Option<Change> {
        let lost_at = self.lost_at?;
        if now.saturating_duration_since(lost_at) < self.linger {
            return None;
        }
        self.lost_at = None;
        self.stop()
    }

    /// The end.
    pub fn stop(&mut self) -> Option<Change> {
        std::mem::take(&mut self.shown).then_some(Change::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::super::heard::tests::heard;
    use super::*;

    #[test]
    fn a_lost_track_is_shown_a_while_and_may_go_on() {
        let start = Instant::now();
        let after = |s| start + Duration::from_secs(s);
        let mut playing = Playing::new(Duration::from_secs(4));
        playing.lost(start);
        assert_eq!(playing.due(after(9)), None, "nothing plays yet");
        playing.named(heard("Ada", "Tide"));
        playing.lost(start);
        playing.lost(after(3));
        assert_eq!(playing.due(after(3)), None);
        assert_eq!(playing.goes_on(TrackId(7)), None, "it was never gone");
        assert_eq!(playing.due(after(9)), None);
        playing.lost(after(10));
        assert_eq!(playing.due(after(14)), Some(Change::Stopped));
        assert_eq!((playing.due(after(15)), playing.stop()), (None, None));
        assert_eq!(playing.goes_on(TrackId(8)), None, "another track has to be named");
        assert_eq!(playing.goes_on(TrackId(7)), Some(Change::GoesOn));
        assert_eq!(playing.stop(), Some(Change::Stopped));
    }
}

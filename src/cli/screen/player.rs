//! What the screen plays, and the plays that come of it.

use crate::audio::Playback;
use crate::store::Store;
use crate::store::records::{EventKind, Track, TrackId};
use crate::tui::NowPlaying;

/// A share heard below this is a look inside, not a play.
const SHORTEST_PLAY: f64 = 0.02;

/// The loudspeaker, opened when it is first needed.
#[derive(Default)]
pub struct Player {
    playback: Option<Playback>,
    playing: Option<(TrackId, f64)>,
    paused: bool,
    /// The play at hand was already recorded as a skip.
    skipped: bool,
}

impl Player {
    pub fn play(&mut self, store: &Store, track: &Track) -> Result<(), String> {
        self.stop(store);
        if self.playback.as_ref().is_none_or(Playback::is_lost) {
            self.playback = None;
            self.playback = Some(Playback::open().map_err(|e| e.to_string())?);
        }
        if let Some(playback) = &self.playback {
            playback.play(&track.path).map_err(|e| e.to_string())?;
            self.playing = Some((track.id, track.duration_s));
        }
        self.paused = false;
        Ok(())
    }

    pub fn toggle_pause(&mut self) {
        if let (Some(playback), Some(_)) = (&self.playback, self.playing) {
            self.paused = !self.paused;
            if self.paused {
                playback.pause();
            } else {
                playback.resume();
            }
        }
    }

    pub fn seek(&mut self, by_s: f64) -> Result<(), String> {
        let (Some(playback), Some((_, duration_s))) = (&self.playback, self.playing) else {
            return Err("nothing plays".to_owned());
        };
        let to_s = (playback.position_s() + by_s).clamp(0.0, (duration_s - 0.5).max(0.0));
        playback.seek(to_s).map_err(|e| e.to_string())
    }

    /// Ends playback and records how much was heard, unless a skip said so already.
    pub fn stop(&mut self, store: &Store) {
        let Some((id, _)) = self.playing else { return };
        let share = self.share();
        if let Some(playback) = &self.playback {
            playback.stop();
        }
        self.playing = None;
        if !std::mem::take(&mut self.skipped) && share >= SHORTEST_PLAY {
            record(store, id, share);
        }
    }

    /// The track that plays has been skipped: its play is not recorded as well.
    pub fn note_skip(&mut self, id: TrackId) {
        self.skipped |= self.playing.is_some_and(|(playing, _)| playing == id);
    }

    /// Notices that a track came to its end, or the loudspeaker went; tells whether it did.
    pub fn ended(&mut self, store: &Store) -> bool {
        if self.playback.as_ref().is_some_and(Playback::is_lost) {
            self.stop(store);
            self.playback = None;
            return true;
        }
        let finished = self.playback.as_ref().is_some_and(Playback::finished);
        if let (true, Some((id, _))) = (finished, self.playing) {
            self.playing = None;
            self.skipped = false;
            record(store, id, 1.0);
            return true;
        }
        false
    }

    pub fn now(&self) -> Option<NowPlaying> {
        let (track_id, duration_s) = self.playing?;
        let playback = self.playback.as_ref().filter(|playback| !playback.finished())?;
        Some(NowPlaying {
            track_id,
            position_s: playback.position_s(),
            duration_s,
            paused: self.paused,
        })
    }

    fn share(&self) -> f64 {
        self.now().map_or(1.0, |now| (now.position_s / now.duration_s.max(1.0)).clamp(0.0, 1.0))
    }
}

fn record(store: &Store, id: TrackId, share: f64) {
    if let Err(e) = store.record(id, EventKind::Play { share }) {
        tracing::error!("a play could not be recorded: {e}");
    }
}

//! One connection: what is heard goes out, what the server says of it comes in.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use jiff::Timestamp;
use tungstenite::Message;

use super::{End, keep};
use crate::listen::Heard;
use crate::listen::event::{LiveEvent, Named};
use crate::remote::api::{CandidateBody, LiveMessage};
use crate::remote::client::Client;
use crate::remote::client::connect::{GLANCE, Socket};
use crate::remote::client::late::Late;
use crate::remote::client::missed::{Clip, Missed};
use crate::remote::frame::Frame;

/// Windows that are sent together: a quarter of a second, or what waits.
const TOGETHER: usize = 8;
/// The longest wait for something heard before the answers are looked at.
const POLL: Duration = Duration::from_millis(60);
/// Each side asks whether the other is alive, this often.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
/// A server that says nothing for so long, not even that it is alive, is away.
const SILENT_FOR: Duration = Duration::from_secs(35);
/// Windows heard while the connection is made that are still news then: ten seconds.
const NEWS: usize = 160;
/// A clip that could not be named late is asked about again after so long.
const LATE_PAUSE: Duration = Duration::from_secs(5);
/// After the end of the sound the answer is waited for so long.
const LAST_WORD_WITHIN: Duration = Duration::from_secs(30);

/// An open connection to the server, for as long as it lasts.
pub struct Conversation<'a> {
    client: &'a Client,
    socket: Socket,
    /// What was heard while the connection was made.
    early: VecDeque<Heard>,
    heard: &'a Receiver<Heard>,
    say: &'a dyn Fn(LiveEvent),
    missed: &'a mut Missed,
    late: &'a mut Late,
    /// Whether a track goes on.
    named: bool,
    /// When the server was asked last whether it is alive, and when it said anything.
    asked: Instant,
    alive: Instant,
}

impl<'a> Conversation<'a> {
    pub fn new(
        client: &'a Client,
        socket: Socket,
        heard: &'a Receiver<Heard>,
        say: &'a dyn Fn(LiveEvent),
        missed: &'a mut Missed,
        late: &'a mut Late,
    ) -> Self {
        Self {
            client,
            socket,
            early: VecDeque::new(),
            heard,
            say,
            missed,
            late,
            named: false,
            asked: Instant::now(),
            alive: Instant::now(),
        }
    }

    /// Begins with what was heard meanwhile, or has it named late where it is not news any more.
    pub fn begin(&mut self, early: Vec<Heard>) {
        if early.len() > NEWS && !early.contains(&Heard::End) {
            keep(early, self.say, self.missed);
        } else {
            self.early.extend(early);
        }
        self.missed.cut(Timestamp::now());
    }

    /// The next thing heard.
    fn next(&mut self) -> Result<Heard, RecvTimeoutError> {
        self.early.pop_front().map_or_else(|| self.heard.recv_timeout(POLL), Ok)
    }

    pub fn run(mut self) -> End {
        let end = match self.talk() {
            Ok(()) => End::Done,
            Err(end) => end,
        };
        if matches!(end, End::Lost(_)) && self.named {
            (self.say)(LiveEvent::Lost);
        }
        tracing::debug!("the conversation with {} ended", self.client.address());
        let _ = self.socket.close(None);
        let _ = self.socket.flush();
        end
    }

    fn talk(&mut self) -> Result<(), End> {
        loop {
            match self.next() {
                Ok(first) => {
                    let mut waiting = vec![first];
                    while waiting.len() < TOGETHER
                        && let Some(more) =
                            self.early.pop_front().or_else(|| self.heard.try_recv().ok())
                    {
                        waiting.push(more);
                    }
                    let ended = waiting.contains(&Heard::End);
                    for frame in frames(waiting) {
                        self.send(&frame)?;
                    }
                    if ended {
                        self.last_word()?;
                        self.last_clips()?;
                        (self.say)(LiveEvent::Ended);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            while self.listen()?.is_some() {}
            if self.asked.elapsed() > ALIVE_EVERY {
                self.socket.send(Message::Ping(tungstenite::Bytes::new()))?;
                self.asked = Instant::now();
            }
            if self.alive.elapsed() > SILENT_FOR {
                return Err(End::Lost("it does not answer".to_owned()));
            }
            self.name_late();
        }
    }

    /// What was heard while the server was away is named before the end is told.
    fn last_clips(&mut self) -> Result<(), End> {
        let until = Instant::now() + LAST_WORD_WITHIN;
        while (self.late.busy || self.missed.waits()) && Instant::now() < until {
            self.name_late();
            if self.listen()?.is_none() {
                std::thread::sleep(GLANCE);
            }
        }
        Ok(())
    }

    /// Has clips named that were heard while the server was away, one at a time.
    fn name_late(&mut self) {
        if let Ok((clip, found)) = self.late.answers.try_recv() {
            self.late.busy = false;
            match found {
                Ok(Some(found)) => self.tell_late(&clip, &found),
                Ok(None) => {}
                Err(error) if error.is_away() => {
                    self.missed.put_back(clip);
                    self.late.not_before = Instant::now() + LATE_PAUSE;
                }
                Err(error) => tracing::warn!("what was heard earlier cannot be named: {error}"),
            }
        }
        if !self.late.busy
            && Instant::now() >= self.late.not_before
            && let Some(clip) = self.missed.next()
        {
            self.late.busy = self.late.ask.send(clip).is_ok();
        }
    }

    fn tell_late(&mut self, clip: &Clip, found: &CandidateBody) {
        if self.missed.is_new(found.track_id.0, found.offset_s) {
            let named = Named {
                track_id: found.track_id,
                position_s: (found.offset_s + clip.end_s() * found.speed).max(0.0),
                confidence: found.confidence,
                heard_s: clip.heard_s(),
            };
            (self.say)(LiveEvent::NamedLate { named, at: clip.ended });
        }
    }

    fn send(&mut self, frame: &Frame) -> Result<(), End> {
        Ok(self.socket.send(Message::Binary(frame.bytes().into()))?)
    }

    /// Takes in what the server still says of the sound that ended.
    fn last_word(&mut self) -> Result<(), End> {
        let until = Instant::now() + LAST_WORD_WITHIN;
        while Instant::now() < until {
            match self.listen()? {
                Some(true) => return Ok(()),
                Some(false) => {}
                None => std::thread::sleep(GLANCE),
            }
        }
        Err(End::Lost("it does not answer".to_owned()))
    }

    /// Takes in one message, if there is one; tells whether it was the last of the sound.
    fn listen(&mut self) -> Result<Option<bool>, End> {
        let read = self.socket.read();
        if read.is_ok() {
            self.alive = Instant::now();
        }
        let text = match read {
            Ok(Message::Text(text)) => text,
            Ok(Message::Close(frame)) => {
                let why = frame.map(|frame| frame.reason.to_string()).filter(|why| !why.is_empty());
                return Err(End::Lost(why.unwrap_or_else(|| "it hung up".to_owned())));
            }
            Ok(_) => return Ok(Some(false)),
            Err(tungstenite::Error::Io(error)) if is_nothing(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let message = serde_json::from_str(&text).map_err(|e| End::Lost(e.to_string()))?;
        let event = match message {
            LiveMessage::Ready => return Ok(Some(false)),
            LiveMessage::Ended => return Ok(Some(true)),
            LiveMessage::Failed { error } => return Err(End::Lost(error)),
            LiveMessage::Named { track_id, position_s, confidence, heard_s, .. } => {
                LiveEvent::Named(Named { track_id, position_s, confidence, heard_s })
            }
            LiveMessage::Position { track_id, position_s, confidence } => {
                LiveEvent::Position { track_id, position_s, confidence }
            }
            LiveMessage::Guess { track_id, confidence } => {
                LiveEvent::Guess { track_id, confidence }
            }
            LiveMessage::Lost => LiveEvent::Lost,
            LiveMessage::Music { music } => LiveEvent::Music(music),
        };
        match event {
            LiveEvent::Named(_) => self.named = true,
            LiveEvent::Lost => self.named = false,
            _ => {}
        }
        (self.say)(event);
        Ok(Some(false))
    }
}

/// What was heard, windows in a row together.
fn frames(heard: Vec<Heard>) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for heard in heard {
        match (heard, frames.last_mut()) {
            (Heard::Window(window), Some(Frame::Windows(windows))) => windows.push(window),
            (Heard::Window(window), _) => frames.push(Frame::Windows(vec![window])),
            (Heard::Silence(time_s), _) => frames.push(Frame::Silence(time_s)),
            (Heard::Restart, _) => frames.push(Frame::Restart),
            (Heard::End, _) => frames.push(Frame::End),
        }
    }
    frames
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

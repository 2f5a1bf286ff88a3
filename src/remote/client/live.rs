//! What is heard, named by the server as it comes: a WebSocket that is opened again for as long as anybody
//! listens.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use jiff::Timestamp;
use tungstenite::Message;

use super::connect::{GLANCE, Socket, connect_beside, reason};
use super::late::Late;
use super::missed::{Clip, Missed};
use super::{Client, FIRST_PAUSE};
use crate::listen::Heard;
use crate::listen::event::{LiveEvent, Named};
use crate::remote::api::{CandidateBody, LiveMessage};
use crate::remote::frame::Frame;

/// Windows that are sent together: a quarter of a second, or what waits.
const TOGETHER: usize = 8;
/// The longest wait for something heard before the answers are looked at.
const POLL: Duration = Duration::from_millis(60);
/// Longest pause before the next attempt: who sits before the screen waits no longer for a server that is back.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Each side asks whether the other is alive, this often.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
/// A server that says nothing for so long, not even that it is alive, is away.
const SILENT_FOR: Duration = Duration::from_secs(35);
/// Windows heard while the connection is made that are still news then: ten seconds.
const NEWS: usize = 160;
/// A clip that could not be named late is asked about again after so long.
const LATE_PAUSE: Duration = Duration::from_secs(5);
/// An answer about a clip is waited for so long when the listening ends.
const GIVEN_UP_WITHIN: Duration = Duration::from_secs(2);
/// After the end of the sound the answer is waited for so long.
const LAST_WORD_WITHIN: Duration = Duration::from_secs(30);

/// Why a conversation ended.
enum End {
    /// The listener hung up, or the sound ended and all was said.
    Done,
    /// The connection is gone, or the server does not want it: why.
    Lost(String),
}

impl From<tungstenite::Error> for End {
    fn from(error: tungstenite::Error) -> Self {
        Self::Lost(reason(error))
    }
}

/// Runs until the listener hangs up. What waits for a name then waits on the disk for the next listening, unless
/// this machine names things itself.
pub(super) fn listen(client: &Client, heard: &Receiver<Heard>, say: &dyn Fn(LiveEvent)) {
    let clips = client.inner.outbox.clips();
    // Beside this machine's own index much is named here, which the next listening would not know: none are left,
    // and those that are there wait for a listening without it.
    let mut missed = if client.beside { Missed::default() } else { Missed::left_in(&clips) };
    let mut late = Late::start(client);
    converse(client, heard, say, &mut missed, &mut late);
    if late.busy
        && let Ok((clip, Err(_))) = late.answers.recv_timeout(GIVEN_UP_WITHIN)
    {
        missed.put_back(clip);
    }
    if client.beside {
        return;
    }
    let waiting = missed.waiting();
    match missed.leave_in(&clips) {
        Ok(()) if waiting > 0 => tracing::warn!(
            "{waiting} clips of what was heard wait for {}: they are named when you listen with it again",
            client.address()
        ),
        Ok(()) => {}
        Err(error) => {
            tracing::warn!("what was heard cannot be kept in {}: {error}", clips.display());
        }
    }
}

fn converse(
    client: &Client,
    heard: &Receiver<Heard>,
    say: &dyn Fn(LiveEvent),
    missed: &mut Missed,
    late: &mut Late,
) {
    let mut pause = FIRST_PAUSE;
    let mut reached = true;
    loop {
        let began = Instant::now();
        let Some((connected, early)) = connect_beside(client, heard) else { return };
        let end = match connected {
            Ok(socket) => {
                if !reached {
                    say(LiveEvent::Server(None));
                    reached = true;
                }
                let mut conversation = Conversation {
                    client,
                    socket,
                    early: VecDeque::new(),
                    heard,
                    say,
                    missed: &mut *missed,
                    late: &mut *late,
                    named: false,
                    asked: Instant::now(),
                    alive: Instant::now(),
                };
                conversation.begin(early);
                conversation.run()
            }
            Err(reason) => {
                keep(early, say, missed);
                End::Lost(reason)
            }
        };
        let End::Lost(reason) = end else { return };
        if reached {
            let reason = format!("the server {} is away: {reason}", client.address());
            say(LiveEvent::Server(Some(reason)));
            reached = false;
        }
        if began.elapsed() > LONGEST_PAUSE {
            pause = FIRST_PAUSE;
        }
        if let Waited::Over = wait(heard, pause, say, missed) {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

enum Waited {
    Enough,
    Over,
}

/// Keeps what is heard meanwhile.
fn wait(
    heard: &Receiver<Heard>,
    pause: Duration,
    say: &dyn Fn(LiveEvent),
    missed: &mut Missed,
) -> Waited {
    let until = Instant::now() + pause.mul_f64(0.75 + fastrand::f64() / 2.0);
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        match heard.recv_timeout(left) {
            Ok(heard) => keep([heard], say, missed),
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return Waited::Over,
        }
    }
    Waited::Enough
}

/// Keeps what was heard while there is no server.
fn keep(heard: impl IntoIterator<Item = Heard>, say: &dyn Fn(LiveEvent), missed: &mut Missed) {
    for heard in heard {
        let ended = heard == Heard::End;
        missed.take(heard, Timestamp::now());
        if ended {
            say(LiveEvent::Ended);
        }
    }
}

struct Conversation<'a> {
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

impl Conversation<'_> {
    /// Begins with what was heard meanwhile, or has it named late where it is not news any more.
    fn begin(&mut self, early: Vec<Heard>) {
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

    fn run(mut self) -> End {
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

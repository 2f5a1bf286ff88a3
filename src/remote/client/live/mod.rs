//! What is heard, named by the server as it comes: a WebSocket that is opened again for as long as anybody
//! listens.

mod conversation;

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use jiff::Timestamp;

use super::connect::{connect_beside, reason};
use super::late::Late;
use super::missed::Missed;
use super::{Client, FIRST_PAUSE};
use crate::listen::Heard;
use crate::listen::event::LiveEvent;
use conversation::Conversation;

/// Longest pause before the next attempt: who sits before the screen waits no longer for a server that is back.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// An answer about a clip is waited for so long when the listening ends.
const GIVEN_UP_WITHIN: Duration = Duration::from_secs(2);

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
                let mut conversation = Conversation::new(client, socket, heard, say, missed, late);
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

//! What a client hears, named as it comes: a WebSocket.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{FromRef, State};
use axum::response::Response;
use tokio::sync::watch;

use super::identify::same_network;
use crate::listen::event::LiveEvent;
use crate::listen::{Heard, Recogniser};
use crate::remote::api::{ErrorBody, ListenHello, LiveMessage};
use crate::remote::frame::Frame;
use crate::remote::server::caller::Caller;
use crate::remote::server::error::{Answer, Refused};
use crate::remote::server::shared::Shared;

/// Bytes of a message at most: ten seconds of windows.
const MESSAGE: usize = 16 << 10;
/// Who says nothing for so long is not there any more; clients say so that they are silent, too.
const SILENT_FOR: Duration = Duration::from_secs(60);
/// How long a client may take to say what it is.
const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// The state of this route.
#[derive(Clone)]
pub struct Live {
    pub shared: Arc<Shared>,
    pub stop: watch::Receiver<bool>,
}

impl FromRef<Live> for Arc<Shared> {
    fn from_ref(live: &Live) -> Self {
        Arc::clone(&live.shared)
    }
}

/// Listens to a client: a WebSocket. The client says `ListenHello` as text, then sends fingerprints as binary
/// messages as they come; the server answers with `LiveMessage`s as text.
#[utoipa::path(get, path = "/v1/listen", tag = "recognition", responses(
    (status = 101, description = "The connection is a WebSocket now"),
    (status = 400, description = "Not a WebSocket", body = ErrorBody),
    (status = 401, description = "No token, or not one of ours", body = ErrorBody),
    (status = 429, description = "Too many requests", body = ErrorBody),
))]
pub async fn listen(
    State(live): State<Live>,
    caller: Caller,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Answer<Response> {
    let upgrade = upgrade.map_err(|e| Refused::bad(e.body_text()))?;
    let place = live.shared.limits.place(caller.id())?;
    let upgrade = upgrade.max_message_size(MESSAGE).max_frame_size(MESSAGE);
    Ok(upgrade.on_upgrade(move |socket| async move {
        live.shared.metrics.listening.inc();
        let mut conversation = Conversation {
            socket,
            shared: Arc::clone(&live.shared),
            heard_to_s: f64::NEG_INFINITY,
        };
        if let Err(end) = conversation.run(live.stop).await {
            conversation.close(end).await;
        }
        live.shared.metrics.listening.dec();
        drop(place);
    }))
}

/// Why a conversation ends.
enum End {
    /// The client hung up.
    Gone,
    /// The client is told why.
    Told(Refused),
    /// The server stops.
    Stopped,
}

struct Conversation {
    socket: WebSocket,
    shared: Arc<Shared>,
    /// When the last window began.
    heard_to_s: f64,
}

impl Conversation {
    async fn run(&mut self, mut stop: watch::Receiver<bool>) -> Result<(), End> {
        let hello = match self.next(HELLO_WITHIN, &mut stop).await? {
            Message::Text(text) => serde_json::from_str::<ListenHello>(&text)
                .map_err(|e| End::Told(Refused::bad(format!("not a hello: {e}"))))?,
            _ => return Err(End::Told(Refused::bad("the first message is a hello, as text"))),
        };
        same_network(&self.shared, &hello.model).map_err(End::Told)?;
        self.say(LiveMessage::Ready).await?;
        let mut recogniser = Recogniser::new(&self.shared.engine);
        loop {
            let bytes = match self.next(SILENT_FOR, &mut stop).await? {
                Message::Binary(bytes) => bytes,
                Message::Close(_) => return Err(End::Gone),
                Message::Text(_) => return Err(End::Told(Refused::bad("fingerprints are binary"))),
                Message::Ping(_) | Message::Pong(_) => continue,
            };
            let heard = self.frames(&bytes).map_err(End::Told)?;
            let (messages, ended);
            let shared = Arc::clone(&self.shared);
            (recogniser, messages, ended) =
                hear(shared, recogniser, heard).await.map_err(End::Told)?;
            for message in messages {
                self.say(message).await?;
            }
            if ended {
                self.say(LiveMessage::Ended).await?;
            }
        }
    }

    /// The next message within a time.
    async fn next(
        &mut self,
        within: Duration,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Message, End> {
        let received = tokio::select! {
            received = tokio::time::timeout(within, self.socket.recv()) => received,
            _ = stop.wait_for(|stop| *stop) => return Err(End::Stopped),
        };
        match received {
            Ok(Some(Ok(message))) => Ok(message),
            Ok(_) => Err(End::Gone),
            Err(_) => Err(End::Told(Refused::bad("nothing was heard for too long"))),
        }
    }

    /// What a message says; time only goes on, so that what is remembered stays small.
    fn frames(&mut self, bytes: &Bytes) -> Answer<Vec<Heard>> {
        let frame = Frame::read(bytes).map_err(|e| Refused::bad(e.to_string()))?;
        if let Frame::Windows(windows) = &frame {
            for window in windows {
                let time_s = window.query.time_s;
                if time_s <= self.heard_to_s {
                    return Err(Refused::bad("the windows must be in order of their times"));
                }
                self.heard_to_s = time_s;
            }
        }
        Ok(frame.heard())
    }

    async fn say(&mut self, message: LiveMessage) -> Result<(), End> {
        let text = serde_json::to_string(&message).unwrap_or_default();
        self.socket.send(Message::Text(text.into())).await.map_err(|_| End::Gone)
    }

    async fn close(&mut self, end: End) {
        let (code, reason) = match end {
            End::Gone => return,
            End::Told(refused) => {
                let error = refused.message().to_owned();
                let _ = self.say(LiveMessage::Failed { error: error.clone() }).await;
                (close_code::POLICY, error)
            }
            End::Stopped => (close_code::RESTART, "the server stops".to_owned()),
        };
        let short: String = reason.chars().take(100).collect();
        let frame = CloseFrame { code, reason: short.into() };
        let _ = self.socket.send(Message::Close(Some(frame))).await;
    }
}

/// What the client is told of an event, if anything. Asks the store what a track is called.
fn message(shared: &Shared, event: LiveEvent) -> Option<LiveMessage> {
    Some(match event {
        LiveEvent::Named(named) => {
            let catalogue = &shared.engine.catalogue;
            let catalogue = catalogue.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            let track = catalogue.track(named.track_id)?;
            LiveMessage::Named {
                track_id: named.track_id,
                title: track.title.clone(),
                artist: track.artist.clone(),
                position_s: named.position_s,
                confidence: named.confidence,
                heard_s: named.heard_s,
            }
        }
        LiveEvent::Position { track_id, position_s, confidence } => {
            LiveMessage::Position { track_id, position_s, confidence }
        }
        LiveEvent::Guess { track_id, confidence } => LiveMessage::Guess { track_id, confidence },
        LiveEvent::Lost => LiveMessage::Lost,
        LiveEvent::Music(music) => LiveMessage::Music { music },
        LiveEvent::Input(_)
        | LiveEvent::Column(_)
        | LiveEvent::Level(_)
        | LiveEvent::NamedLate { .. }
        | LiveEvent::Server(_)
        | LiveEvent::Ended => return None,
    })
}

/// Takes in what was heard and looks, when its turn comes; what there is to be told of it.
async fn hear(
    shared: Arc<Shared>,
    mut recogniser: Recogniser,
    heard: Vec<Heard>,
) -> Answer<(Recogniser, Vec<LiveMessage>, bool)> {
    let asked = Arc::clone(&shared);
    let job = move || {
        let events = Mutex::new(Vec::new());
        let say = |event| {
            events.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(event);
        };
        let mut ended = false;
        for heard in heard {
            ended |= recogniser.take(heard, &say);
        }
        if (ended || recogniser.due())
            && let Err(error) = recogniser.look(&say)
        {
            tracing::warn!("{error}");
        }
        let events = events.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let messages = events.into_iter().filter_map(|event| message(&asked, event)).collect();
        (recogniser, messages, ended)
    };
    shared.search.run_in_turn(job).await
}

//! Names for what was heard earlier, asked for beside what is heard now.

use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::missed::Clip;
use super::{Client, ClientError};
use crate::remote::api::CandidateBody;

/// Has clips named that were heard while the server was away, beside what is heard now.
pub struct Late {
    /// Where clips go, and where they come back with what they are.
    pub ask: Sender<Clip>,
    pub answers: Receiver<(Clip, Result<Option<CandidateBody>, ClientError>)>,
    /// One is asked about.
    pub busy: bool,
    /// None is before this.
    pub not_before: Instant,
}

impl Late {
    /// Starts the thread; it ends when nobody asks any more.
    pub fn start(client: &Client) -> Self {
        let (ask, clips) = unbounded::<Clip>();
        let (tell, answers) = unbounded();
        let client = client.clone();
        std::thread::spawn(move || {
            for clip in clips {
                let found = client.name(&clip.windows, clip.heard_s());
                if tell.send((clip, found)).is_err() {
                    return;
                }
            }
        });
        Self { ask, answers, busy: false, not_before: Instant::now() }
    }
}

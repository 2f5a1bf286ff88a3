//! The index of a server: fingerprints go there, matches come back.

use crossbeam_channel::Receiver;
use reqwest::Method;

use super::{Client, ClientError, LONG, live};
use crate::index::{Candidate, Verdict};
use crate::listen::event::LiveEvent;
use crate::listen::{Heard, HeardWindow, RemoteError, RemoteIndex, Stretch};
use crate::remote::api::{
    Blob, CandidateBody, IdentifyRequest, IdentifyResponse, TimelineRequest, TimelineResponse,
};
use crate::remote::windows::pack;

impl From<ClientError> for RemoteError {
    fn from(error: ClientError) -> Self {
        Self { text: error.to_string(), away: error.is_away() }
    }
}

impl Client {
    /// What a clip is, where the server is certain enough.
    pub(super) fn name(
        &self,
        windows: &[HeardWindow],
        heard_s: f64,
    ) -> Result<Option<CandidateBody>, ClientError> {
        Ok(self.identified(windows, heard_s)?.found)
    }

    fn identified(
        &self,
        windows: &[HeardWindow],
        heard_s: f64,
    ) -> Result<IdentifyResponse, ClientError> {
        let model = self.inner.model.clone();
        let request = IdentifyRequest { model, heard_s, windows: Blob(pack(windows)) };
        self.send(Method::POST, "identify", &[], &request)
    }
}

impl RemoteIndex for Client {
    fn identify(
        &self,
        windows: &[HeardWindow],
        heard_s: f64,
    ) -> Result<Vec<Candidate>, RemoteError> {
        let candidates =
            self.identified(windows, heard_s)?.candidates.into_iter().map(|body| Candidate {
                key: body.track_id.0,
                offset_s: body.offset_s,
                speed: body.speed,
                score: body.score,
                beside: body.beside,
                verdict: Verdict { confidence: body.confidence, certainty: body.certainty },
            });
        Ok(candidates.collect())
    }

    fn timeline(&self, windows: &[HeardWindow], end_s: f64) -> Result<Vec<Stretch>, RemoteError> {
        let model = self.inner.model.clone();
        let request = TimelineRequest { model, end_s, windows: Blob(pack(windows)) };
        let found: TimelineResponse = self.send(Method::POST, LONG, &[], &request)?;
        let stretches = found.stretches.into_iter().map(|body| Stretch {
            track_id: body.track_id,
            start_s: body.start_s,
            end_s: body.end_s,
            offset_s: body.offset_s,
            confidence: body.confidence,
        });
        Ok(stretches.collect())
    }

    fn listen(&self, heard: &Receiver<Heard>, say: &dyn Fn(LiveEvent)) {
        live::listen(self, heard, say);
    }
}

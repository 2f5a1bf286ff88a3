//! What client and server say to each other: JSON, or `MessagePack` with the same names
//! (`Content-Type` and `Accept`: `application/msgpack`).

mod blob;
mod error;
mod heard;
mod offers;
mod path;
mod people;
mod tracks;

pub use blob::Blob;
pub use error::{ErrorBody, ErrorKind};
pub use heard::{
    CandidateBody, IdentifyRequest, IdentifyResponse, ListenHello, LiveMessage, StretchBody,
    TimelineRequest, TimelineResponse,
};
pub use offers::{OfferBody, OffersResponse, ReasonBody, RecommendRequest};
pub use path::RemotePath;
pub use people::{
    EventBody, FeedbackRequest, HistoryResponse, ProfileResponse, UserBody, UserMade, UserRequest,
    UsersResponse,
};
pub use tracks::{EnrolRequest, FileRequest, StatsResponse, TrackBody, TracksResponse};

/// The content type of `MessagePack`.
pub const MSGPACK: &str = "application/msgpack";

//! The network and its windows: samples in, fingerprints and style vectors out, in one pass.

mod gate;
mod labels;
mod network;
mod stream;
mod track;

pub use gate::Gate;
pub use labels::LabelMean;
pub use network::{
    Embedding, FINGERPRINT_DIM, Network, NetworkError, STYLE_DIM, WINDOW_FRAMES, WINDOW_STRIDE,
};
pub use stream::{EDGE_COLUMNS, QUERY_STRIDE, QueryWindow, WindowStream, query_windows};
pub use track::{REFERENCE_HOP_S, TrackEmbedder, TrackEmbedding};

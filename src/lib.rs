//! EchoVibe: hear it, know it, find what comes next, without leaving the terminal.
//!
//! The way of the data, one direction only; a room knows the rooms before it, never those after:
//!
//! ```text
//! sound -> audio -> dsp -> embed -+-> index ------> match --+
//!                                 |                         v
//!                                 +-> style ----------> recommend -> tui | cli
//!                                                           ^
//!                               events (like, skip, play) -> taste
//! ```
//!
//! | room | holds |
//! | --- | --- |
//! | [`audio`] | inputs, decoding, resampling, the demo synthesiser, playback |
//! | [`dsp`] | the log-mel spectrogram that the network sees and the screen draws |
//! | [`embed`] | the network (tract) and its windows: samples in, fingerprints and style out |
//! | [`index`] | fingerprint codes, search, alignment voting, the decision |
//! | [`store`] | records, versions, migrations: in sled behind the owner's socket, or in PostgreSQL |
//! | [`library`] | scanning folders, tags, enrolment |
//! | [`taste`] | feedback events to weights and the centres of a taste; moods |
//! | [`collab`] | what like-minded people play, where plays of several are at hand |
//! | [`recommend`] | candidates, ranking, diversity, reasons; paths, radio, playlists |
//! | [`import`] | plays that other programs kept, the user's and other people's |
//! | [`listen`] | the live path: an input in, columns, levels and names out |
//! | [`milvus`] | the index in Milvus, for several servers |
//! | [`eval`] | how well it recognises and recommends, measured on folders |
//! | [`map`] | the style space as points: PCA at once, then UMAP, places kept |
//! | [`picture`] | colour maps, and pictures of sound and library as PNG and SVG |
//! | [`settings`] | what the user can set, and its defaults |
//! | [`remote`] | one library for many: the index server and its client |
//! | [`cli`], [`tui`] | how people drive it |

pub mod audio;
mod blocking;
pub mod cli;
pub mod collab;
mod dot;
pub mod dsp;
pub mod embed;
pub mod eval;
pub mod import;
pub mod index;
pub mod library;
pub mod listen;
pub mod map;
pub mod milvus;
pub mod picture;
pub mod recommend;
pub mod remote;
pub mod settings;
pub mod store;
pub mod taste;
mod tls;
pub mod tui;

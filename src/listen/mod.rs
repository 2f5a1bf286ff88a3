//! The live path: an input in; spectrogram columns, levels and names out.

pub mod event;

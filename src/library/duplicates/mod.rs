//! The same recording in several files: other encodings and sample rates, silence before it, ends cut.
//!
//! Two files are the same recording when one lies along the other at one constant offset, window by
//! window, over nearly its whole length. Other versions of a piece (a cover, a remix, another speed,
//! the same notes on other instruments) do not; loops inside a track lie along themselves at
//! several offsets, of which the one that covers most counts.

mod find;
mod groups;
mod overlap;
mod prints;
mod quality;

pub use find::{Pair, same_recordings};
pub use groups::{Copy, Group, groups};
pub use overlap::Overlap;
pub use quality::{Quality, Why};

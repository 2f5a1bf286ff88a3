//! The demo's music: short pieces in clearly different styles, composed by rules and played by our
//! own synthesiser. No samples, no randomness that is not seeded: a piece sounds the same every
//! time.

mod additive;
mod compose;
mod degrade;
mod drums;
mod effects;
mod fm;
mod instrument;
mod live;
mod oscillator;
mod piece;
mod pieces;
mod plucked;
mod subtractive;
mod theory;
mod wav;

pub use degrade::noisy_clip;
pub use live::generator;
pub use piece::{DemoPiece, PIECE_S};
pub use wav::{DemoFileError, FILE_RATE};

/// All pieces, in a fixed order.
#[must_use]
pub fn pieces() -> &'static [DemoPiece] {
    &pieces::ALL
}

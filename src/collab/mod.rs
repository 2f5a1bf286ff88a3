//! Like-minded people: what is played by those who play what you play.
//!
//! Collaborative filtering for implicit feedback, where plays of several people are at hand. A
//! [`LikeMinded`] model is fitted to [`Plays`], asked with what one person plays, and answers how much
//! that person would play everything else. It knows nothing of sound; [`blended`] joins its answer
//! with what a track sounds like, by how much is known of the track.
//!
//! | file | holds |
//! | --- | --- |
//! | `plays` | who plays what, and how much |
//! | `read` | the same from a file |
//! | `weight` | what a count of plays is worth: a power of it, BM25 |
//! | `linear` | a linear model by items, solved on the side of the users (EASE) |
//! | `factors` | factors of users and items by alternating least squares |
//! | `inverse` | the inverse of a positive definite matrix |
//! | `model` | both models as one |
//! | `blend` | people and sound, by how much is known |

mod blend;
mod factors;
mod inverse;
mod linear;
mod model;
mod plays;
mod read;
mod weight;

pub use blend::{HALF_KNOWN, blended, share_of_people};
pub use factors::{Factors, FactorsOptions};
pub use linear::{Linear, LinearOptions};
pub use model::{LikeMinded, Opinion};
pub use plays::{ItemId, Plays, UserId};
pub use read::{PlaysFile, ReadError, fields, read_plays};
pub use weight::Bm25;

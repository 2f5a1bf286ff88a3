//! Plays from elsewhere: what other programs have kept of what was played, taken over into the event log; and
//! what other people play, for `collab`.
//!
//! | file | holds |
//! | --- | --- |
//! | `played` | one line of such a file |
//! | `read` | a file of any known kind |
//! | `json` | exports of ListenBrainz, Last.fm and Spotify |
//! | `rows` | tables with commas or tabs; the log of a portable player |
//! | `time` | the ways in which they write times |
//! | `songs` | which track of the library a name means |
//! | `own` | the user's own plays as events |
//! | `people` | other people's plays, kept beside the store, and the model fitted to them |

mod json;
mod own;
mod people;
mod played;
mod read;
mod rows;
mod songs;
mod time;

pub use own::{Imported, Missing, Own, import};
pub use people::{People, PeopleError, Table};
pub use played::{Played, Reaction};
pub use read::{ImportError, PlaysRead, read};
pub use songs::{Songs, key};

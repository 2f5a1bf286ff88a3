//! How well it recognises and recommends, measured on the user's own folders.
//!
//! | file | holds |
//! | --- | --- |
//! | `folder` | the sound files of a folder, and one file as samples |
//! | `references` | tracks enrolled in memory; no library is touched |
//! | `condition` | the words for what is done to a clip, such as `room+5/mp3` |
//! | `degrade`, `filter`, `room`, `convolve`, `noise`, `mp3` | doing it |
//! | `draw` | clips cut out of tracks by a seed; each cell and each clip has its own |
//! | `queries` | clips that lie in a folder instead, with the truth beside them |
//! | `hear` | what `identify` says of each clip |
//! | `repeat` | whether a track sounds the same at two places |
//! | `score` | counts by cell, the threshold's curve, intervals |
//! | `retrieval` | whether tracks of one source find each other |
//! | `described`, `timbre` | tracks with what recommending does not look at: a source, MFCC |
//! | `similarity` | cosine and Euclidean similarity, in quality and time |
//! | `lists` | what the feed's lists are like: coverage, novelty, diversity |
//! | `listeners`, `feed` | simulated listeners: does the feed approach a hidden taste? |
//! | `people` | whether what people play is foreseen from what they and others play |
//! | `ranking` | arithmetic of ranked lists |

mod condition;
mod convolve;
mod degrade;
mod described;
mod draw;
mod error;
mod feed;
mod filter;
mod folder;
mod hear;
mod listeners;
mod lists;
mod mp3;
mod noise;
mod people;
mod queries;
mod ranking;
mod references;
mod repeat;
mod retrieval;
mod room;
mod score;
mod similarity;
mod timbre;
mod watch;

pub use condition::{Condition, ConditionError};
pub use degrade::{Excerpt, Surroundings, degrade};
pub use described::{Described, timbres};
pub use draw::{Drawing, Drawn, draw};
pub use error::EvalError;
pub use folder::{read_sound, sound_files};
pub use hear::{Answer, CellName, Ear, Heard, Hearing, Truth};
pub use listeners::{FEEDBACKS, Listeners, Pool, TasteKind, listeners};
pub use lists::{Lists, lists};
pub use people::{ONE_IN, PEOPLE_NDCG, PEOPLE_RECALL, People, PeopleRow, people};
pub use queries::{QueryList, hear_queries};
pub use references::{Reference, References, enrol};
pub use repeat::{REPEAT_LAG_S, REPEAT_LIKENESS, likeness};
pub use retrieval::{CUTOFF, Figures, Retrieval, SourceFigures, by_chance, figures, retrieval};
pub use score::{CURVE, Cell, NEAR_S, Point, cells, curve, percent, threshold_for, total, wilson};
pub use similarity::{Similarity, described, nearness, similarities};
pub use timbre::standardised;
pub use watch::{Progress, Watch};

//! Answers to clips that were asked lately: a room full of listeners asks the same.

use std::time::Duration;

use moka::sync::Cache;

use crate::index::Candidate;

/// An answer is as good as the library it was found in, and not kept for longer.
const KEPT_FOR: Duration = Duration::from_secs(600);

/// What a clip is known by: its windows and its length, and the library it was searched in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Asked {
    windows: [u8; 32],
    heard_ms: u64,
    generation: Option<u64>,
}

impl Asked {
    pub fn new(windows: &[u8], heard_s: f64, generation: Option<u64>) -> Self {
        let windows = *blake3::hash(windows).as_bytes();
        Self { windows, heard_ms: (heard_s * 1000.0) as u64, generation }
    }
}

/// The answers of the last minutes.
pub struct Answers(Cache<Asked, Vec<Candidate>>);

impl Answers {
    pub fn new(most: u64) -> Self {
        Self(Cache::builder().max_capacity(most).time_to_live(KEPT_FOR).build())
    }

    pub fn get(&self, asked: &Asked) -> Option<Vec<Candidate>> {
        self.0.get(asked)
    }

    pub fn keep(&self, asked: Asked, found: Vec<Candidate>) {
        self.0.insert(asked, found);
    }
}

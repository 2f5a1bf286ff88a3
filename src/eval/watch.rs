//! Who watches a measurement, and may stop it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::error::EvalError;

/// What a measurement tells while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A stage begins: so many steps of this kind.
    Stage(&'static str, usize),
    /// One step is done.
    Step,
}

/// Who watches a measurement, and may stop it.
pub struct Watch<'a> {
    /// Set to stop.
    pub stop: &'a AtomicBool,
    /// Told about progress, from any thread.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

impl Watch<'_> {
    /// Whether to go on.
    pub(super) fn go_on(&self) -> Result<(), EvalError> {
        if self.stop.load(Ordering::Relaxed) { Err(EvalError::Stopped) } else { Ok(()) }
    }
}

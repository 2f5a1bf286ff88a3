//! The page of what is enjoyed.

use crate::tui::list::List;
use crate::tui::summary::Summary;

/// What is enjoyed.
#[derive(Debug, Default)]
pub struct TastePage {
    /// What the log says, once it was worked out.
    pub summary: Option<Box<Summary>>,
    /// The place among what is enjoyed.
    pub list: List,
}

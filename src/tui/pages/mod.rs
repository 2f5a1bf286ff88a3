//! What each page knows beside what all share.

mod history;
mod library;
mod map;
mod now;
mod taste;

pub use history::HistoryPage;
pub use library::{LibraryPage, Part};
pub use map::MapPage;
pub use now::NowPage;
pub use taste::TastePage;

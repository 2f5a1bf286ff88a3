//! The graph of neighbours of a library that changes.

use std::sync::Arc;
use std::thread::JoinHandle;

use super::Collection;

/// Sees to it that a large library has its graph of neighbours, made on a thread of its own.
#[derive(Debug)]
pub struct GraphUpkeep {
    current: Arc<Collection>,
    /// The collection that has the graph, or for which one is being made.
    base: Arc<Collection>,
    maker: Option<JoinHandle<()>>,
}

impl GraphUpkeep {
    /// Looks after a library.
    #[must_use]
    pub fn new(current: Arc<Collection>) -> Self {
        Self { base: Arc::clone(&current), current, maker: None }
    }

    /// To be called now and then, with the library where it has changed. Returns at once: a graph that is
    /// called for comes later.
    pub fn keep(&mut self, changed: Option<&Arc<Collection>>) {
        if let Some(changed) = changed {
            self.current = Arc::clone(changed);
        }
        let busy = self.maker.as_ref().is_some_and(|maker| !maker.is_finished());
        if busy || !self.current.wants_graph() {
            return;
        }
        self.current.inherit_graph(&self.base);
        if self.current.wants_graph() {
            self.base = Arc::clone(&self.current);
            let collection = Arc::clone(&self.base);
            self.maker = Some(std::thread::spawn(move || collection.build_graph()));
        }
    }
}

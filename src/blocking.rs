//! Clients of other services that are asynchronous, asked from threads that may wait.

use std::io;

use tokio::runtime::{Builder, EnterGuard, Handle, Runtime};

/// A runtime of one thread, which several threads wait for. It may be dropped anywhere.
pub struct Blocking {
    handle: Handle,
    /// Gone only while it is dropped.
    runtime: Option<Runtime>,
}

impl Blocking {
    /// Its thread is called `name`.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn new(name: &str) -> io::Result<Self> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name(name).enable_all().build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Waits for `future`. Must not be called from within an asynchronous task.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.handle.block_on(future)
    }

    /// For as long as this lives, what needs a runtime (to be dropped, say) finds this one.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

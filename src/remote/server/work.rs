//! Work that takes a processor or a disk: done on threads of its own, and only so much waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::{Answer, Refused};
use crate::remote::api::ErrorKind;

/// What may be under way, and wait, at once.
#[derive(Debug)]
pub struct Work {
    running: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    at_once: usize,
    most_waiting: usize,
}

/// Counts as waiting until it is dropped.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Work {
    pub fn new(at_once: usize, most_waiting: usize) -> Self {
        let at_once = at_once.max(1);
        let running = Arc::new(Semaphore::new(at_once));
        Self { running, waiting: Arc::default(), at_once, most_waiting }
    }

    /// How much waits just now.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.running.available_permits() >= self.at_once
    }

    /// Whether the next would be refused.
    pub fn is_full(&self) -> bool {
        self.waiting() >= self.most_waiting
    }

    /// What one is told for whom there is no place.
    pub fn refusal() -> Refused {
        let full = "the server has more to do than it can: try again in some seconds";
        Refused::later(ErrorKind::Busy, full, 2)
    }

    /// Does it when its turn comes; refuses at once where too much waits already. Who hangs up while it waits
    /// gives up the place.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Answer<T> {
        let place = Waiting(Arc::clone(&self.waiting));
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= self.most_waiting {
            return Err(Self::refusal());
        }
        let turn = self.turn().await?;
        drop(place);
        in_turn(turn, job).await
    }

    /// The same, for who has only one job at a time: it waits however much waits.
    pub async fn run_in_turn<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Answer<T> {
        in_turn(self.turn().await?, job).await
    }

    async fn turn(&self) -> Answer<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.running).acquire_owned().await;
        turn.map_err(|error| Refused::internal(&error))
    }
}

async fn in_turn<T: Send + 'static>(
    turn: OwnedSemaphorePermit,
    job: impl FnOnce() -> T + Send + 'static,
) -> Answer<T> {
    let done = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        job()
    });
    done.await.map_err(|error| Refused::internal(&error))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_would_wait_too_long_is_refused_at_once_and_places_are_given_back() {
        let work = Arc::new(Work::new(1, 2));
        let (go, held) = mpsc::channel::<()>();
        let start = |job: Box<dyn FnOnce() + Send>| {
            let work = Arc::clone(&work);
            tokio::spawn(async move { work.run(job).await })
        };
        let first = start(Box::new(move || held.recv().unwrap()));
        while work.running.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let waiting = [(), ()].map(|()| start(Box::new(|| ())));
        while work.waiting() < 2 {
            tokio::task::yield_now().await;
        }
        let refused = work.run(|| ()).await.unwrap_err();
        assert!(refused.message().contains("try again"));
        assert_eq!(work.waiting(), 2);
        let [given_up, kept] = waiting;
        given_up.abort();
        assert!(given_up.await.is_err());
        assert_eq!(work.waiting(), 1);
        go.send(()).unwrap();
        first.await.unwrap().unwrap();
        kept.await.unwrap().unwrap();
        assert_eq!((work.waiting(), work.run(|| 7).await), (0, Ok(7)));
    }
}

//! Panics of foreign code on hostile data become values, without a word on the screen.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread would be caught by the audio code just now. A panic hook that
/// restores the terminal or prints must do nothing while this is true.
#[must_use]
pub fn panics_are_contained() -> bool {
    CONTAINED.get()
}

/// Runs `work`; a panic inside becomes its message. What `work` changed must not be used after a
/// panic.
///
/// # Errors
/// The message of the panic.
pub fn contained<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    quiet_hook();
    let before = CONTAINED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(before);
    result.map_err(|panic| message(panic.as_ref()))
}

/// Puts a hook before the present one that swallows contained panics. Hooks set later run first and
/// ask [`panics_are_contained`] themselves.
fn quiet_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !panics_are_contained() {
                previous(info);
            }
        }));
    });
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(contained(|| 7), Ok(7));
        let caught: Result<(), String> = contained(|| panic!("bad {}", "data"));
        assert_eq!(caught, Err("bad data".to_owned()));
        assert!(!panics_are_contained());
        assert_eq!(contained(panics_are_contained), Ok(true));
    }
}

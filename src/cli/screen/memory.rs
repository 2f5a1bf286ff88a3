//! How the allocator serves a program that is left open all day.

/// One heap for all threads. glibc gives each thread a heap of its own, and none of them fills the gaps that
/// another one leaves: the screen grew by about 7 kB with each track it named, now by less than 1 kB, and holds
/// 5 MB less from the beginning. The threads of the screen hardly ever allocate at the same time; indexing from it
/// takes no longer.
#[allow(unsafe_code, reason = "the C library's allocator has no other way to be told")]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn share_one_heap() {
    // SAFETY: the call takes two numbers by value, and may be made at any time.
    let done = unsafe { nix::libc::mallopt(nix::libc::M_ARENA_MAX, 1) };
    if done == 0 {
        tracing::debug!("the allocator keeps a heap for each thread");
    }
}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn share_one_heap() {}

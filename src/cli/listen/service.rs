//! What a service manager is told (`sd_notify(3)`): that the program is ready, what it does, that it is
//! alive. Where no manager asked, nothing is sent.

use std::env;
use std::ffi::OsStr;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

/// The manager, where there is one.
pub struct Service {
    socket: Option<(UnixDatagram, SocketAddr)>,
    /// A sign of life is due every so often.
    every: Option<Duration>,
    told_at: Instant,
}

impl Service {
    /// The manager that started this process, by `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    pub fn of_environment() -> Self {
        let pid = env::var("WATCHDOG_PID").ok();
        let ours = pid.is_none_or(|pid| pid == std::process::id().to_string());
        let usec = env::var("WATCHDOG_USEC").ok().and_then(|usec| usec.parse().ok());
        Self::new(
            env::var_os("NOTIFY_SOCKET").as_deref(),
            usec.filter(|_| ours).map(Duration::from_micros),
        )
    }

    fn new(socket: Option<&OsStr>, watchdog: Option<Duration>) -> Self {
        let socket = socket.and_then(|name| {
            let address = match name.as_bytes() {
                #[cfg(target_os = "linux")]
                [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
                _ => SocketAddr::from_pathname(name),
            };
            let socket = UnixDatagram::unbound().ok()?;
            // A manager that does not listen must not stop the listening.
            socket.set_nonblocking(true).ok()?;
            Some((socket, address.ok()?))
        });
        // Twice as often as the manager wants it, so that one late sign does no harm.
        Self { socket, every: watchdog.map(|usec| usec / 2), told_at: Instant::now() }
    }

    /// Listening has begun.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// What it does now, in words.
    pub fn status(&self, status: &str) {
        self.tell(&format!("STATUS={}", status.replace('\n', " ")));
    }

    /// The end has begun.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// A sign of life, where one is due.
    pub fn alive(&mut self) {
        if self.every.is_some_and(|every| self.told_at.elapsed() >= every) {
            self.told_at = Instant::now();
            self.tell("WATCHDOG=1");
        }
    }

    fn tell(&self, state: &str) {
        if let Some((socket, address)) = &self.socket
            && let Err(e) = socket.send_to_addr(state.as_bytes(), address)
        {
            tracing::debug!("the service manager was not told {state}: {e}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manager_is_told_what_it_wants_to_know() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        manager.set_nonblocking(true).unwrap();
        let heard = || {
            let mut buffer = [0; 100];
            let len = manager.recv(&mut buffer).ok()?;
            Some(String::from_utf8(buffer[..len].to_vec()).unwrap())
        };
        let mut service = Service::new(Some(path.as_os_str()), Some(Duration::from_millis(20)));
        service.ready();
        service.status("two\nlines");
        assert_eq!(heard().as_deref(), Some("READY=1"));
        assert_eq!(heard().as_deref(), Some("STATUS=two lines"));
        service.alive();
        std::thread::sleep(Duration::from_millis(20));
        service.alive();
        service.alive();
        assert_eq!(heard().as_deref(), Some("WATCHDOG=1"));
        assert_eq!(heard(), None);
    }

    #[test]
    fn an_abstract_socket_is_found_and_none_is_no_trouble() {
        let name = format!("echovibe-test-{}", fastrand::u64(..));
        let address = SocketAddr::from_abstract_name(name.as_bytes()).unwrap();
        let manager = UnixDatagram::bind_addr(&address).unwrap();
        Service::new(Some(OsStr::new(&format!("@{name}"))), None).stopping();
        let mut buffer = [0; 100];
        assert_eq!(manager.recv(&mut buffer).unwrap(), "STOPPING=1".len());
        Service::new(None, None).ready();
        Service::new(Some(OsStr::new("/no/such/socket")), None).ready();
    }
}

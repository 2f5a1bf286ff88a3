//! How often one user and one address may ask.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::error::{Answer, Refused};
use crate::remote::api::ErrorKind;
use crate::settings;
use crate::store::people::UserId;

/// Wrong tokens from one address: so many at once, then one in so many seconds.
const WRONG_TOKENS: u32 = 20;
const WRONG_TOKEN_EVERY: Duration = Duration::from_secs(2);
/// A user or an address may ask for so many seconds' worth at once.
const BURST_S: u32 = 5;
/// One user may listen in so many places at once.
const PLACES: usize = 16;
/// Addresses and users that asked long ago are forgotten when there are so many.
const REMEMBERED: usize = 10_000;

/// Who asked how often.
pub struct Limits {
    users: DefaultKeyedRateLimiter<UserId>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    wrong_tokens: DefaultKeyedRateLimiter<IpAddr>,
    places: Places<UserId>,
    connections: Places<IpAddr>,
}

/// How many places each has taken.
#[derive(Clone)]
struct Places<K> {
    taken: Arc<Mutex<HashMap<K, usize>>>,
    /// Of one.
    most: usize,
}

/// A place to listen or to ask from, until it is dropped.
pub struct Place<K: Eq + Hash> {
    of: K,
    places: Places<K>,
}

impl<K: Copy + Eq + Hash> Places<K> {
    fn new(most: usize) -> Self {
        Self { taken: Arc::default(), most }
    }

    fn take(&self, of: K) -> Option<Place<K>> {
        let mut places = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = places.entry(of).or_default();
        if *taken >= self.most {
            return None;
        }
        *taken += 1;
        Some(Place { of, places: self.clone() })
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut places = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = places.get_mut(&self.of) {
            *taken -= 1;
            if *taken == 0 {
                places.remove(&self.of);
            }
        }
    }
}

impl Limits {
    pub fn new(server: &settings::Server) -> Self {
        let often = |a_second: u32| {
            let a_second = NonZeroU32::new(a_second).unwrap_or(NonZeroU32::MIN);
            let burst =
                a_second.saturating_mul(NonZeroU32::new(BURST_S).unwrap_or(NonZeroU32::MIN));
            Quota::per_second(a_second).allow_burst(burst)
        };
        let wrong = Quota::with_period(WRONG_TOKEN_EVERY).unwrap_or_else(|| often(1));
        let wrong = wrong.allow_burst(NonZeroU32::new(WRONG_TOKENS).unwrap_or(NonZeroU32::MIN));
        Self {
            users: RateLimiter::keyed(often(server.user_requests_per_second)),
            addresses: RateLimiter::keyed(often(server.address_requests_per_second)),
            wrong_tokens: RateLimiter::keyed(wrong),
            places: Places::new(PLACES),
            connections: Places::new(server.connections_per_address),
        }
    }

    /// One more request of this user.
    pub fn user(&self, user: UserId) -> Answer<()> {
        check(&self.users, &user, "this account asks too often")
    }

    /// One more request from this address.
    pub fn address(&self, address: IpAddr) -> Answer<()> {
        check(&self.addresses, &network(address), "too many requests from this address")
    }

    /// One more wrong token from this address: whether it may still try another.
    pub fn wrong_token(&self, address: IpAddr) -> Answer<()> {
        check(&self.wrong_tokens, &network(address), "too many wrong tokens from this address")
    }

    /// One more place that this user listens in.
    pub fn place(&self, user: UserId) -> Answer<Place<UserId>> {
        self.places.take(user).ok_or_else(|| {
            let full = format!("this account listens in {PLACES} places already");
            Refused::later(ErrorKind::TooMany, full, 10)
        })
    }

    /// One more connection from this address, where it has not too many.
    pub fn connection(&self, address: IpAddr) -> Option<Place<IpAddr>> {
        self.connections.take(network(address))
    }
}

fn check<K: Clone + Eq + Hash>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
    what: &str,
) -> Answer<()> {
    let outcome = limiter.check_key(key);
    if limiter.len() > REMEMBERED {
        limiter.retain_recent();
    }
    outcome.map_err(|early| {
        let wait = early.wait_time_from(DefaultClock::default().now());
        let seconds = wait.as_secs_f64().ceil() as u64;
        Refused::later(ErrorKind::TooMany, format!("{what}: wait {} s", seconds.max(1)), seconds)
    })
}

/// One house has 2^64 addresses of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        let settings = crate::settings::Settings::load(None).unwrap().server;
        Limits::new(&settings::Server { user_requests_per_second: 2, ..settings })
    }

    #[test]
    fn who_asks_too_often_is_told_when_to_come_back_and_others_are_not() {
        let limits = limits();
        let answers: Vec<bool> = (0..12).map(|_| limits.user(UserId(1)).is_ok()).collect();
        assert_eq!(answers.iter().filter(|ok| **ok).count(), 10);
        assert!(limits.user(UserId(2)).is_ok());
    }

    #[test]
    fn places_are_given_back() {
        let limits = limits();
        let mut taken: Vec<Place<UserId>> =
            (0..PLACES).map(|_| limits.place(UserId(1)).ok().unwrap()).collect();
        assert!(limits.place(UserId(1)).is_err());
        assert!(limits.place(UserId(2)).is_ok());
        taken.pop();
        assert!(limits.place(UserId(1)).is_ok());
        taken.clear();
        assert!(limits.places.taken.lock().unwrap().is_empty());
    }

    #[test]
    fn a_house_counts_as_one_address() {
        let limits = limits();
        let from = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        let tried = (0..40).filter(|n| limits.wrong_token(from(*n)).is_ok()).count();
        assert_eq!(tried, 20);
        assert!(limits.wrong_token(IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 0])).is_ok());
        assert!(limits.wrong_token(IpAddr::from([10, 0, 0, 1])).is_ok());
    }
}

//! Failed logins per client address, and the point from which no more are answered.
//!
//! Counting is the ancestor's: fixed windows, aligned to multiples of the period since the epoch; every failure
//! counts, successes neither count nor reset, refused tries do not count and so do not prolong. Hence up to twice the
//! limit fits around the edge of a window.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// The units of a period by letter, in seconds.
const UNITS: [(char, u32); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// A number of failures in a period of whole seconds: `5/m`, `10/2h`, `1000/d`.
///
/// As in the ancestor, `5/` is five a second, `5/30` five in thirty seconds, and a count of 0 refuses everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateLimit {
    count: u64,
    period: NonZeroU32,
}

impl RateLimit {
    /// Reads digits, `/`, digits that may be left out, and one of `s`, `m`, `h`, `d` that may be left out.
    ///
    /// Unlike the ancestor it takes neither a final newline nor digits outside ASCII, and no period of 0, on which
    /// the ancestor fails at each login.
    ///
    /// # Errors
    ///
    /// [`RateLimitError`]; a count has at most 64 bits, a period at most 2^32 - 1 seconds (136 years).
    pub fn parse(text: &str) -> Result<Self, RateLimitError> {
        let (count, period) = text.split_once('/').ok_or(RateLimitError::Syntax)?;
        let (multiplier, seconds) = UNITS
            .iter()
            .find_map(|(letter, seconds)| Some((period.strip_suffix(*letter)?, *seconds)))
            .unwrap_or((period, 1));
        let count = read_number(count)?;
        let multiplier = match multiplier {
            "" => 1,
            digits => read_number(digits)?,
        };
        let period = multiplier
            .checked_mul(u64::from(seconds))
            .and_then(|period| u32::try_from(period).ok())
            .ok_or(RateLimitError::TooLarge)?;
        let period = NonZeroU32::new(period).ok_or(RateLimitError::ZeroPeriod)?;
        Ok(Self { count, period })
    }

    /// Returns the number of failures that are answered in one period.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the length of the period in seconds.
    #[must_use]
    pub fn period_seconds(&self) -> u32 {
        self.period.get()
    }

    /// Returns the seconds until the window that holds `now` ends, at least 1.
    #[must_use]
    pub fn seconds_left(&self, now: Timestamp) -> u64 {
        self.seconds_to_end(self.window_index(now), now)
    }

    /// Returns which window since the epoch holds `now`.
    fn window_index(&self, now: Timestamp) -> i64 {
        now.as_second().div_euclid(i64::from(self.period.get()))
    }

    /// Returns the seconds from `now` to the end of a window that is not over.
    fn seconds_to_end(&self, index: i64, now: Timestamp) -> u64 {
        let end = index
            .saturating_add(1)
            .saturating_mul(i64::from(self.period.get()));
        u64::try_from(end.saturating_sub(now.as_second())).map_or(1, |seconds| seconds.max(1))
    }
}

impl fmt::Display for RateLimit {
    /// Writes the limit in the largest unit that fits: `5/60` as `5/m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let period = self.period.get();
        let largest = UNITS
            .iter()
            .find(|(_, seconds)| period.is_multiple_of(*seconds));
        let (letter, seconds) = largest.copied().unwrap_or(('s', 1));
        match period / seconds {
            1 => write!(f, "{}/{letter}", self.count),
            multiplier => write!(f, "{}/{multiplier}{letter}", self.count),
        }
    }
}

impl FromStr for RateLimit {
    type Err = RateLimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

fn read_number(digits: &str) -> Result<u64, RateLimitError> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(RateLimitError::Syntax);
    }
    digits.parse().map_err(|_| RateLimitError::TooLarge)
}

/// A text is no rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RateLimitError {
    /// It is not written like one.
    #[error("a rate limit is written like `5/m` or `10/2h`, its unit one of `s`, `m`, `h` and `d`")]
    Syntax,
    /// Its period has no length.
    #[error("the period of a rate limit cannot be 0")]
    ZeroPeriod,
    /// One of its numbers is too large.
    #[error("a number of the rate limit is too large")]
    TooLarge,
}

/// Counts failed logins per client address, and refuses further ones over a limit.
///
/// [`LoginThrottle::check`] comes before the credentials are looked at, so that a good token is refused too, and
/// [`LoginThrottle::record_failure`] after they were found bad. Tries that are under way at the same moment pass the
/// check together: the limit may be exceeded by as many as run at once.
///
/// A client is its IPv4 address (also when it is mapped into IPv6), or the /64 of its IPv6 address, since one client
/// has all of that. All clients whose address is not known share one count.
///
/// All windows begin and end together, so that those of the past are dropped at once, and at most `capacity` clients
/// are remembered. When more fail in one window, those with the fewest failures are forgotten, an eighth at a time.
/// By this an attacker can have `n` failures forgotten only while as many clients as there is room for have more than
/// `n`: that takes `n` times `capacity` failed logins from as many networks in one window, each of which was a guess
/// in itself.
#[derive(Debug)]
pub struct LoginThrottle {
    limit: RateLimit,
    capacity: usize,
    window: Mutex<Window>,
}

impl LoginThrottle {
    /// The number of clients that are remembered unless another is asked for.
    pub const DEFAULT_CAPACITY: usize = 100_000;

    /// Makes a throttle that remembers [`LoginThrottle::DEFAULT_CAPACITY`] clients.
    #[must_use]
    pub fn new(limit: RateLimit) -> Self {
        Self::with_capacity(limit, Self::DEFAULT_CAPACITY)
    }

    /// Makes a throttle that remembers `capacity` clients, at least one.
    #[must_use]
    pub fn with_capacity(limit: RateLimit, capacity: usize) -> Self {
        Self {
            limit,
            capacity: capacity.max(1),
            window: Mutex::new(Window::default()),
        }
    }

    /// Judges whether a login from `address` may be tried at `now`.
    ///
    /// # Errors
    ///
    /// [`Throttled`] when one failure more would be over the limit.
    pub fn check(&self, address: Option<IpAddr>, now: Timestamp) -> Result<(), Throttled> {
        let window = self.window_at(now);
        if window.failures_of(&Client::of(address)) < self.limit.count {
            return Ok(());
        }
        Err(Throttled {
            retry_after_seconds: self.limit.seconds_to_end(window.index, now),
        })
    }

    /// Counts a failed login, and returns how many there are from its client in this window.
    ///
    /// A refusal by [`LoginThrottle::check`] is not to be counted.
    pub fn record_failure(&self, address: Option<IpAddr>, now: Timestamp) -> u64 {
        let client = Client::of(address);
        let mut window = self.window_at(now);
        let failures = window.failures_of(&client).saturating_add(1);
        if failures == 1 && window.failures.len() >= self.capacity {
            window.forget_fewest((self.capacity / 8).max(1));
        }
        window.failures.insert(client, failures);
        failures
    }

    /// Returns how many failures from the client at `address` count at `now`.
    #[must_use]
    pub fn failures(&self, address: Option<IpAddr>, now: Timestamp) -> u64 {
        self.window_at(now).failures_of(&Client::of(address))
    }

    /// Locks the window that counts at `now`.
    ///
    /// When the clock was set back over the edge of a window, or a thread comes late with the time it read before,
    /// the later window goes on: a small step must not wipe the counts. After a longer step back it is given up,
    /// as a clock that was wrong by a year must not keep clients out for one.
    fn window_at(&self, now: Timestamp) -> MutexGuard<'_, Window> {
        let index = self.limit.window_index(now);
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.index != index && window.index != index.saturating_add(1) {
            *window = Window {
                index,
                failures: HashMap::new(),
            };
        }
        window
    }
}

/// The failures of one period.
#[derive(Debug, Default)]
struct Window {
    index: i64,
    failures: HashMap<Client, u64>,
}

impl Window {
    fn failures_of(&self, client: &Client) -> u64 {
        self.failures.get(client).copied().unwrap_or_default()
    }

    /// Forgets `count` clients, those with the fewest failures.
    fn forget_fewest(&mut self, count: usize) {
        let mut clients: Vec<(u64, Client)> = self
            .failures
            .iter()
            .map(|(client, failures)| (*failures, *client))
            .collect();
        clients.sort_unstable_by_key(|(failures, _)| *failures);
        for (_, client) in clients.iter().take(count) {
            self.failures.remove(client);
        }
    }
}

/// Whose failures are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Client {
    V4(Ipv4Addr),
    V6Network([u16; 4]),
    Unknown,
}

impl Client {
    fn of(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            None => Self::Unknown,
            Some(IpAddr::V4(address)) => Self::V4(address),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6Network([a, b, c, d])
            }
        }
    }
}

/// A login was refused before its credentials were looked at, as too many from its client have failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many failed logins; the next is answered in {retry_after_seconds} s")]
pub struct Throttled {
    /// The seconds until a login is answered again, at least 1, as `Retry-After` says them.
    pub retry_after_seconds: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    fn throttle(limit: &str, capacity: usize) -> LoginThrottle {
        LoginThrottle::with_capacity(RateLimit::parse(limit).unwrap(), capacity)
    }

    fn fail(throttle: &LoginThrottle, from: Option<IpAddr>, times: u64, second: i64) {
        for _ in 0..times {
            throttle.record_failure(from, at(second));
        }
    }

    #[test]
    fn unit_and_multiplier_may_be_left_out() {
        for (text, count, seconds) in [
            ("5/", 5, 1),
            ("5/30", 5, 30),
            ("007/010m", 7, 600),
            ("0/d", 0, 86_400),
            ("18446744073709551615/4294967295s", u64::MAX, u32::MAX),
        ] {
            let limit = RateLimit::parse(text).unwrap();
            assert_eq!(
                (limit.count(), limit.period_seconds()),
                (count, seconds),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        use RateLimitError::{Syntax, TooLarge, ZeroPeriod};
        for (text, error) in [
            ("", Syntax),
            ("/", Syntax),
            ("/m", Syntax),
            ("5", Syntax),
            ("5/m\n", Syntax),
            ("٥/m", Syntax),
            ("+5/m", Syntax),
            ("5/+1m", Syntax),
            ("5/mm", Syntax),
            ("5/M", Syntax),
            ("5/1/m", Syntax),
            ("5/0", ZeroPeriod),
            ("5/0m", ZeroPeriod),
            ("5/000d", ZeroPeriod),
            ("18446744073709551616/m", TooLarge),
            ("5/4294967296", TooLarge),
            ("5/49711d", TooLarge),
            ("5/18446744073709551615d", TooLarge),
            ("5/99999999999999999999999s", TooLarge),
        ] {
            assert_eq!(RateLimit::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn display_is_in_the_largest_unit() {
        for (text, shown) in [
            ("5/60", "5/m"),
            ("5/", "5/s"),
            ("5/90", "5/90s"),
            ("1/48h", "1/2d"),
        ] {
            assert_eq!(RateLimit::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn try_over_the_limit_is_refused_until_the_window_ends() {
        let (throttle, from) = (throttle("2/m", 10), address("192.0.2.1"));
        fail(&throttle, from, 1, 70);
        assert_eq!(throttle.check(from, at(70)), Ok(()));
        fail(&throttle, from, 1, 80);
        let refused = throttle.check(from, at(81)).unwrap_err();
        assert_eq!(refused.retry_after_seconds, 39);
        assert_eq!(
            throttle
                .check(from, at(119))
                .unwrap_err()
                .retry_after_seconds,
            1
        );
        assert_eq!(throttle.check(from, at(120)), Ok(()));
        assert_eq!(throttle.check(address("192.0.2.2"), at(81)), Ok(()));
    }

    #[test]
    fn limit_of_nothing_refuses_the_first_try() {
        let refused = throttle("0/m", 10).check(None, at(59)).unwrap_err();
        assert_eq!(refused.retry_after_seconds, 1);
    }

    #[test]
    fn clients_are_v4_addresses_and_v6_networks() {
        let throttle = throttle("9/m", 10);
        for (from, counted) in [
            ("192.0.2.1", 1),
            ("::ffff:192.0.2.1", 2),
            ("192.0.2.2", 1),
            ("2001:db8::1", 1),
            ("2001:db8::ffff:ffff:ffff:ffff", 2),
            ("2001:db8:0:1::1", 1),
        ] {
            assert_eq!(
                throttle.record_failure(address(from), at(0)),
                counted,
                "{from}"
            );
        }
        assert_eq!(throttle.record_failure(None, at(0)), 1);
        assert_eq!(throttle.record_failure(None, at(0)), 2);
    }

    #[test]
    fn clock_set_back_a_little_keeps_the_counts() {
        let (throttle, from) = (throttle("2/m", 10), address("192.0.2.1"));
        fail(&throttle, from, 2, 60);
        let refused = throttle.check(from, at(59)).unwrap_err();
        assert_eq!(refused.retry_after_seconds, 61);
        assert_eq!(throttle.record_failure(from, at(59)), 3);
        assert!(throttle.check(from, at(60)).is_err());
    }

    #[test]
    fn clock_set_back_far_keeps_nobody_out() {
        let (throttle, from) = (throttle("2/m", 10), address("192.0.2.1"));
        fail(&throttle, from, 2, 4_000_000_000);
        assert_eq!(throttle.check(from, at(1_000)), Ok(()));
        assert_eq!(throttle.record_failure(from, at(-1)), 1);
    }

    #[test]
    fn full_throttle_forgets_the_fewest_failures() {
        let throttle = throttle("3/m", 2);
        let [first, second, third] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(address);
        fail(&throttle, first, 3, 0);
        fail(&throttle, second, 1, 0);
        fail(&throttle, third, 2, 0);
        assert!(throttle.check(first, at(1)).is_err());
        assert_eq!(throttle.failures(second, at(1)), 0);
        assert_eq!(throttle.failures(third, at(1)), 2);
    }

    #[test]
    fn known_client_needs_no_room() {
        let throttle = throttle("3/m", 1);
        fail(&throttle, address("192.0.2.1"), 5, 0);
        assert_eq!(throttle.failures(address("192.0.2.1"), at(0)), 5);
    }
}

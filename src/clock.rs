//! Time as an argument.

use std::sync::Mutex;
use std::time::SystemTime;

use jiff::{Timestamp, ToSpan as _};

/// Tells the time. The library's functions take a [`Timestamp`]; a clock is read once, at the edge.
pub trait Clock: Send + Sync {
    /// Returns the present moment.
    fn now(&self) -> Timestamp;
}

/// The first moment that RFC 3339 can write: year 0.
const EARLIEST: Timestamp = Timestamp::constant(-62_167_219_200, 0);

/// The system's clock, believed as it is; beyond the years 0 to 9999, which dates can be written of, the nearest moment
/// within them.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock"
    )]
    fn now(&self) -> Timestamp {
        writable(SystemTime::now())
    }
}

/// Returns `time`, or the nearest moment that can be written as a date and calculated with.
fn writable(time: SystemTime) -> Timestamp {
    let nearest = if time < SystemTime::UNIX_EPOCH {
        EARLIEST
    } else {
        Timestamp::MAX
    };
    Timestamp::try_from(time).unwrap_or(nearest).max(EARLIEST)
}

/// Returns the second in which `time` lies: a store keeps whole seconds, and an end that is rounded comes sooner, never
/// later.
#[must_use]
pub fn whole_second(time: Timestamp) -> Timestamp {
    // jiff counts the part of a second towards the epoch, also before it.
    let second = time.as_second() - i64::from(time.subsec_nanosecond() < 0);
    Timestamp::from_second(second).unwrap_or(time)
}

/// A clock that stands still until it is told to move, for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Makes a clock that stands at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock by `seconds`, backwards when negative; it stays where it is at the ends of time.
    pub fn advance(&self, seconds: i64) {
        let mut now = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = now.saturating_add(seconds.seconds()).unwrap_or(*now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::time::Duration;

    #[test]
    fn clock_beyond_all_dates_stands_at_the_nearest() {
        let second = |second: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        let before = |second: u64| SystemTime::UNIX_EPOCH - Duration::from_secs(second);
        for (time, expected) in [
            (second(0), "1970-01-01T00:00:00Z"),
            (before(1), "1969-12-31T23:59:59Z"),
            (second(1 << 31), "2038-01-19T03:14:08Z"),
            (before(62_167_219_200), "0000-01-01T00:00:00Z"),
            (before(62_167_219_201), "0000-01-01T00:00:00Z"),
            (before(1 << 40), "0000-01-01T00:00:00Z"),
            // The last second of the year 9999, of which the last hours cannot be calculated with.
            (second(253_402_300_799), "9999-12-30T22:00:00.999999999Z"),
            (second(1 << 40), "9999-12-30T22:00:00.999999999Z"),
        ] {
            assert_eq!(writable(time).to_string(), expected);
        }
    }

    #[test]
    fn whole_second_is_never_later() {
        for (time, expected) in [
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00.999999999Z", "2026-01-31T12:00:00Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z"),
        ] {
            let time: Timestamp = time.parse().unwrap();
            assert_eq!(whole_second(time).to_string(), expected);
        }
        assert!(whole_second(Timestamp::MIN) <= Timestamp::MIN);
        assert!(whole_second(Timestamp::MAX) <= Timestamp::MAX);
    }

    #[test]
    fn manual_clock_moves_only_when_told() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), clock.now());
        clock.advance(90);
        assert_eq!(clock.now().as_second(), 90);
    }
}

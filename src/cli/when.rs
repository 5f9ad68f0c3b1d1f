//! Times and durations as they are typed.
//!
//! What is accepted is said in every error; what was typed is not repeated.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp};
use thiserror::Error;

use super::exit::CliError;

/// Why a time or a duration was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum WhenError {
    /// It is none of the forms of a moment.
    #[error(
        "a time such as `2026-12-31T18:00:00Z`, a date such as `2026-12-31`, or a duration such as `90d`, `12h`, `1w`, `6mo` or `1y` is expected"
    )]
    NotATime,
    /// It is none of the forms of a moment, and the clock time is needed.
    #[error("a time with its offset, such as `2026-12-31T18:00:00Z`, is expected")]
    NotAnInstant,
    /// It is no duration.
    #[error(
        "a duration in whole units above zero, such as `90d`, `12h`, `1w`, `6mo`, `1y` or `P90D`, is expected"
    )]
    NotADuration,
    /// It is no duration, or has months or years where their length is not known.
    #[error("a duration in seconds, minutes, hours, days or weeks, such as `30s`, is expected")]
    NotAFixedDuration,
    /// The moment lies behind the last one that the clock's type knows, or before the year 0.
    #[error("a time from the year 0 up to 9999-12-30T22:00:00Z is expected")]
    OutOfRange,
    /// An expiry is not in the future.
    #[error("a time in the future is expected")]
    NotInTheFuture,
}

impl WhenError {
    /// Returns this as the usage error of `argument`, which is the name of a flag.
    pub(crate) fn of_argument(self, argument: &str) -> CliError {
        CliError::usage(format!("bad value for `{argument}`: {self}"))
    }
}

/// When a token ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// Not by itself.
    Never,
    /// From this moment on.
    At(Timestamp),
}

/// Returns the end that `--expires` asks for at `now` where it takes `never`, which is `None`.
pub(crate) fn parse_end(text: &str, now: Timestamp) -> Result<Option<Timestamp>, CliError> {
    match parse_expiry(text, now) {
        Ok(Expiry::Never) => Ok(None),
        Ok(Expiry::At(end)) => Ok(Some(end)),
        Err(error) => {
            let told = error.of_argument("--expires");
            Err(match error {
                WhenError::NotInTheFuture => told,
                _ => told.with_hint("`never` is without an end"),
            })
        }
    }
}

/// Returns the expiry that `text` asks for at `now`: a time, a date (whose whole day still counts), a duration or `never`.
pub(crate) fn parse_expiry(text: &str, now: Timestamp) -> Result<Expiry, WhenError> {
    if text == "never" {
        return Ok(Expiry::Never);
    }
    let at = match Moment::parse(text)? {
        Moment::Instant(at) => at,
        Moment::Day(day) => end_of(day)?,
        Moment::Period(period) => period.after(now)?,
    };
    if at <= now {
        return Err(WhenError::NotInTheFuture);
    }
    Ok(Expiry::At(at))
}

/// Returns the moment before which `text` asks: a date begins with its day, a duration is that long ago.
pub(crate) fn parse_before(text: &str, now: Timestamp) -> Result<Timestamp, WhenError> {
    match Moment::parse(text)? {
        Moment::Instant(at) => Ok(at),
        Moment::Day(day) => start_of(day),
        Moment::Period(period) => period.before(now),
    }
}

/// Returns the moment after which `text` asks: a date counts when its day has ended, a duration is that long ago.
pub(crate) fn parse_after(text: &str, now: Timestamp) -> Result<Timestamp, WhenError> {
    match Moment::parse(text)? {
        Moment::Instant(at) => Ok(at),
        Moment::Day(day) => end_of(day),
        Moment::Period(period) => period.before(now),
    }
}

/// Returns the moment that `text` names; a date alone is not enough.
pub(crate) fn parse_at(text: &str) -> Result<Timestamp, WhenError> {
    if !is_rfc3339(text.as_bytes()) {
        return Err(WhenError::NotAnInstant);
    }
    parse_instant(text, WhenError::NotAnInstant)
}

/// Returns the moment that `text` of the shape of RFC 3339 names; fails with `otherwise` where it is no time of any
/// calendar.
fn parse_instant(text: &str, otherwise: WhenError) -> Result<Timestamp, WhenError> {
    let is_time = |text: &str| text.parse::<DateTime>().is_ok();
    text.parse().map_err(|_| match text.get(..19) {
        Some(local) if is_time(local) => WhenError::OutOfRange,
        _ => otherwise,
    })
}

/// Returns the duration that `text` names, in whole seconds; a day has 24 hours.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, WhenError> {
    let span = Period::parse(text)
        .map_err(|_| WhenError::NotAFixedDuration)?
        .0;
    if span.get_years() != 0 || span.get_months() != 0 {
        return Err(WhenError::NotAFixedDuration);
    }
    let length = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| WhenError::OutOfRange)?;
    Duration::try_from(length).map_err(|_| WhenError::NotAFixedDuration)
}

/// A length of time in calendar units, above zero: a year from now is a date, not a number of seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period(Span);

impl Period {
    /// Parses `90d`, `12h`, `1w`, `6mo`, `1y`, several of them in a row, or the ISO 8601 form `P90D`.
    pub(crate) fn parse(text: &str) -> Result<Self, WhenError> {
        let begins_well = text.starts_with(|first: char| first.is_ascii_digit() || first == 'P');
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !begins_well || !is_plain || text.len() > 64 {
            return Err(WhenError::NotADuration);
        }
        let span: Span = text.parse().map_err(|_| WhenError::NotADuration)?;
        let has_parts_of_seconds = span.get_milliseconds() != 0
            || span.get_microseconds() != 0
            || span.get_nanoseconds() != 0;
        if !span.is_positive() || has_parts_of_seconds {
            return Err(WhenError::NotADuration);
        }
        Ok(Self(span))
    }

    /// Makes a period of whole days, for defaults.
    pub(crate) fn of_days(days: u16) -> Self {
        Self(Span::new().days(days))
    }

    /// Returns the moment this long after `now`, by the calendar in UTC.
    pub(crate) fn after(self, now: Timestamp) -> Result<Timestamp, WhenError> {
        let then = now.to_zoned(TimeZone::UTC).checked_add(self.0);
        then.map(|then| then.timestamp())
            .map_err(|_| WhenError::OutOfRange)
    }

    /// Returns how long it is from `now` on, by the calendar in UTC.
    pub(crate) fn length(self, now: Timestamp) -> Result<Duration, WhenError> {
        let length = self.after(now)?.duration_since(now);
        Duration::try_from(length).map_err(|_| WhenError::OutOfRange)
    }

    /// Returns the moment this long before `now`, by the calendar in UTC.
    pub(crate) fn before(self, now: Timestamp) -> Result<Timestamp, WhenError> {
        let then = now.to_zoned(TimeZone::UTC).checked_sub(self.0);
        then.map_err(|_| WhenError::OutOfRange)
            .and_then(|then| within_years(then.timestamp()))
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The form that people type, `90d`.
        write!(f, "{:#}", self.0)
    }
}

enum Moment {
    Instant(Timestamp),
    Day(Date),
    Period(Period),
}

impl Moment {
    fn parse(text: &str) -> Result<Self, WhenError> {
        if is_rfc3339(text.as_bytes()) {
            return parse_instant(text, WhenError::NotATime).map(Self::Instant);
        }
        if matches(text.as_bytes(), b"0000-00-00") {
            return text.parse().map(Self::Day).map_err(|_| WhenError::NotATime);
        }
        Period::parse(text)
            .map(Self::Period)
            .map_err(|_| WhenError::NotATime)
    }
}

/// Returns whether `text` has the shape of RFC 3339, as the parser behind it accepts much more.
fn is_rfc3339(text: &[u8]) -> bool {
    let Some((date_time, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let has_date_time = matches(date_time, b"0000-00-00T00:00:00")
        || matches(date_time, b"0000-00-00t00:00:00")
        || matches(date_time, b"0000-00-00 00:00:00");
    let offset = match rest.strip_prefix(b".") {
        Some(fraction) => {
            let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return false;
            }
            fraction.split_at(digits).1
        }
        None => rest,
    };
    has_date_time
        && (matches!(offset, b"Z" | b"z")
            || matches(offset, b"+00:00")
            || matches(offset, b"-00:00"))
}

/// Returns whether `text` is `shape`, in which `0` stands for any digit.
fn matches(text: &[u8], shape: &[u8]) -> bool {
    text.len() == shape.len()
        && text.iter().zip(shape).all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

fn start_of(day: Date) -> Result<Timestamp, WhenError> {
    let start = day.to_zoned(TimeZone::UTC);
    start
        .map(|start| start.timestamp())
        .map_err(|_| WhenError::OutOfRange)
}

fn end_of(day: Date) -> Result<Timestamp, WhenError> {
    start_of(day.tomorrow().map_err(|_| WhenError::OutOfRange)?)
}

/// Refuses the years before 0, which RFC 3339 cannot say; the clock's type already ends in 9999.
fn within_years(at: Timestamp) -> Result<Timestamp, WhenError> {
    if at.to_zoned(TimeZone::UTC).year() < 0 {
        return Err(WhenError::OutOfRange);
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    fn now() -> Timestamp {
        "2026-01-31T12:00:00Z".parse().unwrap()
    }

    fn expiry(text: &str) -> Result<String, WhenError> {
        parse_expiry(text, now()).map(|expiry| match expiry {
            Expiry::Never => "never".to_owned(),
            Expiry::At(at) => at.to_string(),
        })
    }

    #[test]
    fn expiries_are_understood() {
        for (text, expected) in [
            ("never", "never"),
            ("2026-12-31", "2027-01-01T00:00:00Z"),
            ("2026-01-31", "2026-02-01T00:00:00Z"),
            ("2028-02-29", "2028-03-01T00:00:00Z"),
            ("2026-12-31T18:00:00Z", "2026-12-31T18:00:00Z"),
            ("2026-12-31t18:00:00z", "2026-12-31T18:00:00Z"),
            ("2026-12-31 18:00:00.250+02:00", "2026-12-31T16:00:00.25Z"),
            ("90d", "2026-05-01T12:00:00Z"),
            ("12h", "2026-02-01T00:00:00Z"),
            ("1w", "2026-02-07T12:00:00Z"),
            ("1mo", "2026-02-28T12:00:00Z"),
            ("6mo", "2026-07-31T12:00:00Z"),
            ("1y", "2027-01-31T12:00:00Z"),
            ("1h30m", "2026-01-31T13:30:00Z"),
            ("45s", "2026-01-31T12:00:45Z"),
            ("P90D", "2026-05-01T12:00:00Z"),
            ("PT36H", "2026-02-02T00:00:00Z"),
        ] {
            assert_eq!(expiry(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            " ",
            "0",
            "90",
            "-1",
            "0d",
            "-90d",
            "+90d",
            "90 d",
            "1.5h",
            "1,5h",
            "0.5y",
            "P0D",
            "-P1D",
            "P-1D",
            "PT0.5S",
            "5ms",
            "90d ago",
            "ago",
            "nan",
            "NaN",
            "inf",
            "1e3d",
            "d",
            "P",
            "PT",
            "99999999999999999999d",
            "1:30:00",
            "tomorrow",
            "Never",
            "NEVER",
            "2026",
            "2026-13-01",
            "2026-02-30",
            "2026-2-3",
            "26-02-03",
            "20260203",
            "2026-02-03T",
            "2026-02-03T10:00Z",
            "2026-02-03T10:00:00",
            "2026-02-03T10:00:00+02",
            "2026-02-03T10:00:00.Z",
            "2026-02-03T25:00:00Z",
            "2026-02-03T10:00:00Z[UTC]",
            "+002026-02-03T10:00:00Z",
            "10000-01-01",
            "2026-02-03T10:00:00.0000000001Z",
            "９０d",
        ] {
            assert_eq!(expiry(text), Err(WhenError::NotATime), "{text:?}");
        }
        assert_eq!(expiry("9999-12-31"), Err(WhenError::OutOfRange));
        assert_eq!(expiry("9999-12-31T23:59:59Z"), Err(WhenError::OutOfRange));
        assert_eq!(parse_at("9999-12-30T22:00:01Z"), Err(WhenError::OutOfRange));
        assert_eq!(
            parse_at("9999-13-31T23:59:59Z"),
            Err(WhenError::NotAnInstant)
        );
        let last = "9999-12-30T22:00:00Z";
        assert_eq!(expiry(last).as_deref(), Ok(last));
        assert_eq!(expiry("8000y"), Err(WhenError::OutOfRange));
        assert_eq!(expiry("2026-01-30"), Err(WhenError::NotInTheFuture));
        assert_eq!(
            expiry("2026-01-31T12:00:00Z"),
            Err(WhenError::NotInTheFuture)
        );
    }

    #[test]
    fn dates_bound_whole_days() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (before, after) = (parse_before, parse_after);
        assert_eq!(before("2026-01-01", now()), Ok(at("2026-01-01T00:00:00Z")));
        assert_eq!(after("2026-01-01", now()), Ok(at("2026-01-02T00:00:00Z")));
        assert_eq!(before("1mo", now()), Ok(at("2025-12-31T12:00:00Z")));
        assert_eq!(after("12h", now()), Ok(at("2026-01-31T00:00:00Z")));
        assert_eq!(before("3000y", now()), Err(WhenError::OutOfRange));
        assert_eq!(after("never", now()), Err(WhenError::NotATime));
        assert_eq!(
            parse_at("2026-01-01T00:00:00Z"),
            Ok(at("2026-01-01T00:00:00Z"))
        );
        assert_eq!(parse_at("2026-01-01"), Err(WhenError::NotAnInstant));
        assert_eq!(parse_at("90d"), Err(WhenError::NotAnInstant));
    }

    #[test]
    fn durations_are_fixed() {
        assert_eq!(parse_duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse_duration("1w1d"), Ok(Duration::from_secs(8 * 86_400)));
        assert_eq!(parse_duration("1mo"), Err(WhenError::NotAFixedDuration));
        assert_eq!(parse_duration("30"), Err(WhenError::NotAFixedDuration));
        assert_eq!(parse_duration("never"), Err(WhenError::NotAFixedDuration));
    }

    #[test]
    fn period_is_as_long_as_the_calendar_has_it() {
        let length = |text| {
            Period::parse(text)
                .unwrap()
                .length("2026-01-31T12:00:00Z".parse().unwrap())
        };
        let days = |days: u64| Ok(Duration::from_secs(days * 86_400));
        assert_eq!(length("1mo"), days(28));
        assert_eq!(length("1y"), days(365));
        assert_eq!(length("P1W"), days(7));
    }

    #[test]
    fn period_is_shown_as_it_is_typed() {
        assert_eq!(Period::parse("P90D").unwrap().to_string(), "90d");
        assert_eq!(Period::of_days(90).to_string(), "90d");
        assert_eq!(Period::parse("6mo").unwrap().to_string(), "6mo");
    }

    #[test]
    fn errors_do_not_repeat_what_was_typed() {
        let error = expiry("hunter2").unwrap_err().of_argument("--expires");
        assert!(!error.message.contains("hunter2"));
        assert!(error.message.contains("`--expires`") && error.message.contains("`90d`"));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>(), short in "[-+0-9PTdhmswyo.:Z ]{0,24}", second in -377_705_023_201_i64..=253_402_207_200) {
            let now = Timestamp::from_second(second).unwrap();
            for text in [text.as_str(), short.as_str()] {
                let _ = parse_expiry(text, now);
                let _ = (parse_before(text, now), parse_after(text, now));
                let _ = (parse_at(text), parse_duration(text));
            }
        }

        #[test]
        fn expiry_is_always_ahead(amount in 1_u32..5_000, unit in "s|m|h|d|w|mo|y") {
            if let Ok(Expiry::At(at)) = parse_expiry(&format!("{amount}{unit}"), now()) {
                prop_assert!(at > now());
            }
        }
    }
}

//! The clock that all processes of a machine have in common.

use rustix::time::{ClockId, clock_gettime};

/// Returns the nanoseconds of a clock that never goes back, in this process and in others alike.
pub(crate) fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    seconds * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or_default()
}

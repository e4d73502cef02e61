//! Points in time, as the caller hands them in.
//!
//! `std::time::Instant` panics on `wasm32-unknown-unknown` and cannot be made up in a test, so this
//! crate counts milliseconds from an origin that only the caller knows.

use core::ops::{Add, AddAssign, Sub};
use core::time::Duration;

/// Milliseconds since an origin of the caller's choice, which never changes while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Instant(u64);

impl Instant {
    /// The origin.
    pub const ZERO: Self = Self(0);

    /// The instant that is this many milliseconds after the origin.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the origin.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Time since `earlier`; zero if `earlier` is the later one.
    #[must_use]
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Milliseconds of a duration, rounded up so that a timer never fires early.
fn millis_ceil(duration: Duration) -> u64 {
    let nanos = duration.as_nanos();
    u64::try_from(nanos.div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// Saturates at the end of time.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis_ceil(duration)))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    /// Saturates at the origin.
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis_ceil(duration)))
    }
}

impl Sub for Instant {
    type Output = Duration;

    /// Zero if the right side is the later one.
    fn sub(self, earlier: Self) -> Duration {
        self.saturating_duration_since(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_is_never_early() {
        let start = Instant::from_millis(5);
        assert_eq!(start + Duration::from_micros(1), Instant::from_millis(6));
        assert_eq!(start + Duration::from_millis(1), Instant::from_millis(6));
    }

    #[test]
    fn differences_do_not_go_below_zero() {
        let (early, late) = (Instant::from_millis(5), Instant::from_millis(9));
        assert_eq!(late - early, Duration::from_millis(4));
        assert_eq!(early - late, Duration::ZERO);
        assert_eq!(early - Duration::from_secs(1), Instant::ZERO);
        assert_eq!(
            Instant::from_millis(u64::MAX) + Duration::MAX,
            Instant::from_millis(u64::MAX)
        );
    }
}

//! When something that failed is tried again (RFC 3261 20.33, RFC 5626 4.5).

use core::time::Duration;

use crate::message::{Headers, Response};
use crate::rng::Rng;
use crate::status::{StatusClass, StatusCode};

/// The longest that a far end can keep this side away by `Retry-After`.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Waiting times after failures (RFC 5626 4.5).
#[derive(Debug, Clone, Copy)]
pub(crate) struct BackOff {
    /// After the first failure.
    pub(crate) base: Duration,
    /// The longest one.
    pub(crate) max: Duration,
}

impl BackOff {
    /// How long to wait after a refusal with this status and this `Retry-After`, the last of so many
    /// failures in a row before it; `None` where asking again does not help.
    pub(crate) fn after(
        &self,
        status: StatusCode,
        asked: Option<Duration>,
        failures: u32,
        rng: &mut Rng,
    ) -> Option<Duration> {
        let hopeful = matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TEMPORARILY_UNAVAILABLE
        ) || (status.class() == StatusClass::ServerError && !of_the_server(status));
        match asked {
            // 401, 407, 403 and the like do not get better by asking again.
            _ if matches!(status.code(), 401 | 403 | 407) => None,
            Some(asked) => Some(self.not_before(asked, failures, rng)),
            None if hopeful => Some(self.draw(failures, rng)),
            None => None,
        }
    }

    /// RFC 3261 20.33: not before the far end wants it. Not sooner than without its word either, so that
    /// a zero makes no storm; not in a year; and a little later, so that a thousand phones that were all
    /// told the same do not come back in the same instant.
    pub(crate) fn not_before(&self, asked: Duration, failures: u32, rng: &mut Rng) -> Duration {
        let wait = asked.max(self.draw(failures, rng)).min(LONGEST_WAIT);
        let tenth = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) / 10;
        wait + Duration::from_millis(rng.below(tenth + 1))
    }

    /// RFC 5626 4.5: `W = min(max, base * 2^failures)`, and a draw from the upper half of it.
    pub(crate) fn draw(&self, failures: u32, rng: &mut Rng) -> Duration {
        let longest = self
            .base
            .saturating_mul(1 << failures.min(16))
            .min(self.max);
        let half = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX) / 2;
        Duration::from_millis(half + rng.below(half + 1))
    }
}

/// What a server cannot do today it cannot do in a minute: it does not know the method, or the version.
const fn of_the_server(status: StatusCode) -> bool {
    matches!(status.code(), 501 | 505)
}

/// What `Retry-After` asks for; one that cannot be read asks for nothing.
pub(crate) fn retry_after(headers: &Headers) -> Option<Duration> {
    let after = headers.retry_after().ok().flatten()?;
    Some(Duration::from_secs(after.seconds.into()))
}

/// The lifetime to ask for in place of this one, where the response is a 423 that wants a longer one (RFC 3261
/// 10.2.8, RFC 3903 4.1, RFC 6665 4.1.2.1); never a shorter one, or two sides could go on for ever.
pub(crate) fn longer_lifetime(response: &Response, asked: u32) -> Option<u32> {
    let brief = response.status() == StatusCode::INTERVAL_TOO_BRIEF;
    let least = response.headers().min_expires().ok().flatten()?;
    (brief && least > asked).then_some(least)
}

/// When something that was granted for so many seconds is refreshed: a quarter of the time is left for
/// failures and retries, and a draw of a twentieth more, so that what began together does not go on
/// together. Never sooner than after a second.
pub(crate) fn refresh_after(seconds: u32, rng: &mut Rng) -> Duration {
    let early = rng.below(u64::from(seconds) * 50 + 1);
    Duration::from_millis(u64::from(seconds) * 750 - early).max(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACK_OFF: BackOff = BackOff {
        base: Duration::from_secs(2),
        max: Duration::from_secs(120),
    };

    fn after(status: u16, asked: Option<u64>, failures: u32) -> Option<u64> {
        let mut rng = Rng::new("test", &[7; 32]);
        let status = StatusCode::new(status).unwrap();
        let asked = asked.map(Duration::from_secs);
        let wait = BACK_OFF.after(status, asked, failures, &mut rng);
        wait.map(|wait| wait.as_secs())
    }

    #[test]
    fn what_does_not_get_better_is_not_tried_again() {
        for status in [401, 403, 404, 405, 407, 489, 501, 505, 603] {
            assert_eq!(after(status, None, 0), None, "{status}");
        }
        for status in [408, 480, 500, 503] {
            assert!(after(status, None, 0).is_some(), "{status}");
        }
        // Nor when the server says so.
        assert_eq!(after(403, Some(5), 0), None);
        assert!(after(404, Some(5), 0).is_some());
    }

    #[test]
    fn waits_grow_and_have_an_end() {
        for failures in 0..40 {
            let wait = after(503, None, failures).unwrap();
            let longest = (2 << failures.min(16)).min(120);
            assert!(
                (longest / 2..=longest).contains(&wait),
                "{failures}: {wait}"
            );
        }
        let year = after(503, Some(31_536_000), 0).unwrap();
        assert!((3600..=3960).contains(&year), "{year}");
        assert!(after(503, Some(0), 6).unwrap() >= 60);
    }

    #[test]
    fn a_refresh_comes_in_time() {
        let mut rng = Rng::new("test", &[7; 32]);
        for seconds in [0, 1, 2, 60, 3600, u32::MAX] {
            let after = refresh_after(seconds, &mut rng).as_millis();
            let lives = u128::from(seconds) * 1000;
            assert!(after >= 1000 && after >= lives * 7 / 10, "{seconds}");
            assert!(after <= (lives * 3 / 4).max(1000), "{seconds}");
        }
    }
}

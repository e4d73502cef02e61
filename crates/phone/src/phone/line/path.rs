//! The media path of one call: up, interrupted, being restarted.

use crate::io::ConnectionState;
use crate::language::Millis;

/// First and longest pause between two ICE restarts of one interruption.
const RESTART_FIRST: Millis = 5_000;
const RESTART_LONGEST: Millis = 30_000;
/// The media of a call whose ends are joined is there within this time, or something is wrong with
/// its path.
const OPENING_LONGEST: Millis = 5_000;

/// State of the media path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    /// The media engine has nothing open for this call.
    Closed,
    /// Open, and not yet connected for the first time.
    Opening {
        /// Since when: since both ends have what they need, once they do.
        since: Millis,
    },
    /// Media flows.
    Up,
    /// Interrupted; it may come back by itself until then.
    Interrupted { since: Millis, restart_at: Millis },
    /// It does not come back without an ICE restart (RFC 8445, section 9); the next one is due then.
    Broken {
        since: Millis,
        tried: u32,
        restart_at: Millis,
    },
}

impl Path {
    /// The media engine reports.
    pub(crate) fn report(&mut self, now: Millis, grace: Millis, state: ConnectionState) {
        *self = match (*self, state) {
            (Path::Closed, _) => Path::Closed,
            (_, ConnectionState::Connected) => Path::Up,
            (path, ConnectionState::Connecting) => path,
            (Path::Up | Path::Opening { .. }, ConnectionState::Disconnected) => Path::Interrupted {
                since: now,
                restart_at: now + grace,
            },
            (path, ConnectionState::Disconnected) => path,
            (Path::Interrupted { since, .. }, ConnectionState::Failed) => Path::broken(since, now),
            (Path::Up | Path::Opening { .. }, ConnectionState::Failed) => Path::broken(now, now),
            (path @ Path::Broken { .. }, ConnectionState::Failed) => path,
        };
    }

    fn broken(since: Millis, now: Millis) -> Self {
        Path::Broken {
            since,
            tried: 0,
            restart_at: now,
        }
    }

    /// Both ends have now what they need for the media to come up.
    pub(crate) fn expected(&mut self, now: Millis) {
        if let Path::Opening { since } = self {
            *since = now;
        }
    }

    /// The far end has no use for our first offer: only another one, not before `restart_at`, brings
    /// the media up.
    pub(crate) fn begin_again(&mut self, now: Millis, restart_at: Millis) {
        *self = match *self {
            Path::Closed => Path::Closed,
            _ => Path::broken(now, restart_at),
        };
    }

    /// Time passes: the grace of an interruption ends, and so does the time that media takes to come
    /// up, in a call whose ends are joined.
    pub(crate) fn tick(&mut self, now: Millis, joined: bool) {
        match *self {
            Path::Interrupted { since, restart_at } if now >= restart_at => {
                *self = Path::broken(since, now);
            }
            Path::Opening { since } if joined && now >= since + OPENING_LONGEST => {
                *self = Path::broken(since, now);
            }
            _ => {}
        }
    }

    /// When [`tick`](Self::tick) has something to do.
    pub(crate) fn ticks_at(&self, joined: bool) -> Option<Millis> {
        match self {
            Path::Interrupted { restart_at, .. } => Some(*restart_at),
            Path::Opening { since } => joined.then_some(since + OPENING_LONGEST),
            Path::Closed | Path::Up | Path::Broken { .. } => None,
        }
    }

    /// Open, and not yet connected for the first time.
    pub(crate) fn is_opening(&self) -> bool {
        matches!(self, Path::Opening { .. })
    }

    /// Whether an ICE restart is due.
    pub(crate) fn wants_restart(&self, now: Millis) -> bool {
        matches!(self, Path::Broken { restart_at, .. } if now >= *restart_at)
    }

    /// A restart is under way; the next one is due if this one does not help.
    pub(crate) fn restarted(&mut self, now: Millis) {
        if let Path::Broken {
            tried, restart_at, ..
        } = self
        {
            let pause = RESTART_FIRST << (*tried).min(3);
            *restart_at = now + pause.min(RESTART_LONGEST);
            *tried += 1;
        }
    }

    /// Since when media should flow and does not.
    pub(crate) fn broken_since(&self) -> Option<Millis> {
        match self {
            Path::Interrupted { since, .. } | Path::Broken { since, .. } => Some(*since),
            Path::Closed | Path::Opening { .. } | Path::Up => None,
        }
    }

    /// When a restart is due.
    pub(crate) fn restart_at(&self) -> Option<Millis> {
        match self {
            Path::Interrupted { restart_at, .. } | Path::Broken { restart_at, .. } => {
                Some(*restart_at)
            }
            Path::Closed | Path::Opening { .. } | Path::Up => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interruption_may_heal_by_itself() {
        let mut path = Path::Up;
        path.report(10, 4000, ConnectionState::Disconnected);
        path.tick(4009, true);
        assert!(!path.wants_restart(4009));
        path.report(4009, 4000, ConnectionState::Connected);
        assert_eq!(path, Path::Up);
    }

    #[test]
    fn restarts_back_off_until_the_path_is_up() {
        let mut path = Path::Up;
        path.report(0, 4000, ConnectionState::Disconnected);
        path.tick(4000, true);
        let mut at = 4000;
        for pause in [5_000, 10_000, 20_000, 30_000, 30_000] {
            assert!(path.wants_restart(at));
            path.restarted(at);
            assert!(!path.wants_restart(at + pause - 1));
            at += pause;
        }
        assert_eq!(path.broken_since(), Some(0));
        path.report(at, 4000, ConnectionState::Connected);
        assert_eq!(path.restart_at(), None);
    }

    #[test]
    fn a_failure_is_restarted_at_once() {
        let mut path = Path::Opening { since: 0 };
        path.report(7, 4000, ConnectionState::Failed);
        assert!(path.wants_restart(7));
    }

    #[test]
    fn media_that_does_not_come_up_is_broken_once_both_ends_are_joined() {
        let mut path = Path::Opening { since: 0 };
        path.tick(60_000, false);
        assert!(path.is_opening(), "it rings");
        path.expected(60_000);
        path.tick(64_999, true);
        assert!(path.is_opening());
        assert_eq!(path.ticks_at(true), Some(65_000));
        path.tick(65_000, true);
        assert!(path.wants_restart(65_000));
        assert_eq!(path.broken_since(), Some(60_000));
    }
}

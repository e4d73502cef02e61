//! The media path of one call: up, interrupted, being restarted.

use crate::io::ConnectionState;
use crate::language::Millis;

/// First and longest pause between two ICE restarts of one interruption.
const RESTART_FIRST: Millis = 5_000;
const RESTART_LONGEST: Millis = 30_000;

/// State of the media path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    /// The media engine has nothing open for this call.
    Closed,
    /// Open, and not yet connected for the first time.
    Opening,
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
            (Path::Up | Path::Opening, ConnectionState::Disconnected) => Path::Interrupted {
                since: now,
                restart_at: now + grace,
            },
            (path, ConnectionState::Disconnected) => path,
            (Path::Interrupted { since, .. }, ConnectionState::Failed) => Path::broken(since, now),
            (Path::Up | Path::Opening, ConnectionState::Failed) => Path::broken(now, now),
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

    /// Time passes: the grace of an interruption ends.
    pub(crate) fn tick(&mut self, now: Millis) {
        if let Path::Interrupted { since, restart_at } = *self
            && now >= restart_at
        {
            *self = Path::broken(since, now);
        }
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
            Path::Closed | Path::Opening | Path::Up => None,
        }
    }

    /// When a restart is due.
    pub(crate) fn restart_at(&self) -> Option<Millis> {
        match self {
            Path::Interrupted { restart_at, .. } | Path::Broken { restart_at, .. } => {
                Some(*restart_at)
            }
            Path::Closed | Path::Opening | Path::Up => None,
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
        path.tick(4009);
        assert!(!path.wants_restart(4009));
        path.report(4009, 4000, ConnectionState::Connected);
        assert_eq!(path, Path::Up);
    }

    #[test]
    fn restarts_back_off_until_the_path_is_up() {
        let mut path = Path::Up;
        path.report(0, 4000, ConnectionState::Disconnected);
        path.tick(4000);
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
        let mut path = Path::Opening;
        path.report(7, 4000, ConnectionState::Failed);
        assert!(path.wants_restart(7));
    }
}

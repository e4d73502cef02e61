//! Whether a phone is still there: its connection, its media, and what is in doubt.

use alo_sip::time::Instant;

use super::Patience;

/// The way that media takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Path {
    /// It has not come up yet.
    #[default]
    NotYet,
    /// Media flows.
    Good,
    /// It was to be up, and is not since then.
    Lost(Instant),
}

/// How a phone can be reached.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Since when the connection is gone.
    connection_lost: Option<Instant>,
    /// Since when it is in doubt whether the phone knows the session.
    doubted: Option<Instant>,
    path: Path,
}

impl Reach {
    /// The connection is open again, or gone.
    pub(super) fn connection(&mut self, now: Instant, good: bool) {
        if good {
            // Not the doubt: a phone that was loaded anew is back too, and knows no session.
            self.connection_lost = None;
        } else {
            self.connection_lost = self.connection_lost.or(Some(now));
        }
    }

    /// The media path is up, or is not.
    pub(super) fn media(&mut self, now: Instant, good: bool) {
        self.path = match (good, self.path) {
            (true, _) => Path::Good,
            (false, Path::Lost(since)) => Path::Lost(since),
            (false, _) => Path::Lost(now),
        };
    }

    /// Whether media flows.
    pub(super) fn has_media(&self) -> bool {
        self.path == Path::Good
    }

    /// The phone does not know the session, or was not heard where it had to be.
    pub(super) fn doubt(&mut self, now: Instant) {
        self.doubted = self.doubted.or(Some(now));
    }

    /// The phone knows the session; whether that was in doubt.
    pub(super) fn trust(&mut self) -> bool {
        self.doubted.take().is_some()
    }

    /// When a leg that is up is given up unless something comes back: never while media flows, and
    /// never for want of media alone.
    pub(super) fn lost_at(&self, patience: Patience) -> Option<Instant> {
        let gone = self.connection_lost.into_iter().chain(self.doubted).min()?;
        match self.path {
            Path::Good => None,
            Path::NotYet => Some(gone + patience.media),
            Path::Lost(since) => Some(gone.max(since) + patience.media),
        }
    }

    /// When a leg that is not up yet is given up unless its connection comes back.
    pub(super) fn lost_before_up_at(&self, patience: Patience) -> Option<Instant> {
        Some(self.connection_lost? + patience.signalling)
    }
}

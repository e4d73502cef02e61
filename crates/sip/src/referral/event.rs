//! What a REFER of this user agent tells.

use crate::sipfrag::Fragment;
use crate::status::StatusCode;

/// What became of a REFER of this user agent. After [`Refused`](Self::Refused), a final
/// [`Progress`](Self::Progress), [`Ended`](Self::Ended), and an [`Accepted`](Self::Accepted) that is not
/// followed, nothing is told of it any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferralEvent {
    /// The far end does it: 2xx, or a NOTIFY that came before.
    Accepted {
        /// Whether it tells what becomes of it; not so where both sides left that out (RFC 4488).
        followed: bool,
    },
    /// The far end does not do it, or did not answer (408).
    Refused {
        /// Status code; 408 where nothing came back.
        status: StatusCode,
        /// Reason phrase as it came.
        reason: String,
    },
    /// What became of the referred request so far. A NOTIFY that says the same again, or is older than the
    /// last one, tells nothing.
    Progress {
        /// Its status, with what was told besides.
        fragment: Fragment,
    },
    /// No more will come, and how it ended is not known.
    Ended {
        /// The `reason` of `Subscription-State`, where the far end ended it.
        reason: Option<String>,
    },
}

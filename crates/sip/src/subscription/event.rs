//! What a subscription tells.

use core::time::Duration;

use bytes::Bytes;

use crate::header::SubscriptionState;
use crate::status::StatusCode;
use crate::time::Instant;

/// What became of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionEvent {
    /// The notifier took the SUBSCRIBE (200, or 202 of older ones), first or refreshed; the refresh is
    /// scheduled.
    Active {
        /// How long the subscription lives.
        expires: Duration,
    },
    /// A NOTIFY came, and was answered by 200. It may come before [`Active`](Self::Active).
    ///
    /// After one that says [`Terminated`](crate::header::Subscription::Terminated) either
    /// [`Ended`](Self::Ended) follows, or the user agent subscribes anew by itself.
    Notify {
        /// Where the subscription stands.
        state: SubscriptionState,
        /// `Content-Type` as it came.
        content_type: Option<String>,
        /// The state in question; empty where the NOTIFY had no body.
        body: Bytes,
    },
    /// The SUBSCRIBE was refused, or nobody answered it (408).
    Failed {
        /// Status code; 408 where nothing came back, or no NOTIFY after a 200.
        status: StatusCode,
        /// Reason phrase as it came.
        reason: String,
        /// When it is tried again; `None` (489, 403, 404, 405, 501 and the like): only by
        /// [`subscribe_now`](crate::ua::UserAgent::subscribe_now).
        retry_at: Option<Instant>,
    },
    /// The subscription no longer exists: the notifier ended it for good (`rejected`, `noresource`,
    /// `invariant`), or it was unsubscribed. Nothing is told of it afterwards.
    Ended {
        /// The `reason` of `Subscription-State`; `None` where it was unsubscribed.
        reason: Option<String>,
    },
}

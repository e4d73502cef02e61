//! What the subscription of somebody else tells.

/// What became of a subscription that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotifierEvent {
    /// The subscriber refreshed it, or came back over another flow, or could not take the last NOTIFY: the
    /// application notifies the full state now (RFC 6665 4.2.1.2).
    Refreshed,
    /// It no longer exists, and this is told once for each that was accepted: unsubscribed, expired, ended by
    /// [`end_subscription`](crate::ua::UserAgent::end_subscription), or the subscriber is gone (481, or no
    /// answer). The last NOTIFY was sent where RFC 6665 wants one.
    Ended,
}

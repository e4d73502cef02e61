//! What the server says about a queue call, in header fields of the INVITE.

use serde::{Deserialize, Serialize};

/// What the incoming popup shows about a call from a queue. Every fact may be missing: a server
/// that sends none of them still gets a good popup.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct QueueFacts {
    /// Name of the queue or hotline; [`header::QUEUE`].
    pub name: Option<String>,
    /// How many others wait; [`header::WAITING`].
    pub waiting: Option<u32>,
    /// How long this customer has waited, in seconds; [`header::WAITED`].
    pub waited_s: Option<u32>,
    /// The hotline that the customer called; [`header::CALLED`].
    pub called: Option<String>,
    /// Seconds that this offer lasts; [`header::ANSWER_WITHIN`].
    pub answer_within_s: Option<u32>,
}

/// Names of the header fields that carry [`QueueFacts`] and the choice of a hotline.
pub mod header {
    /// Name of the queue: text, percent-encoded UTF-8.
    pub const QUEUE: &str = "X-Alo-Queue";
    /// How many others wait: a number.
    pub const WAITING: &str = "X-Alo-Waiting";
    /// How long this customer has waited: seconds.
    pub const WAITED: &str = "X-Alo-Waited";
    /// The hotline that was called: a number.
    pub const CALLED: &str = "X-Alo-Called";
    /// How long this offer lasts: seconds.
    pub const ANSWER_WITHIN: &str = "X-Alo-Answer-Within";
    /// In an INVITE from the phone: the hotline to call from.
    pub const HOTLINE: &str = "X-Alo-Hotline";
    /// What the server lets a leg hear: one of [`plays`](super::plays). In the 200 to an INVITE and in an
    /// UPDATE; where it is absent, a person.
    pub const PLAYS: &str = "X-Alo-Plays";
    /// In an UPDATE: everybody in a conversation of more than two but the receiver and whom
    /// `P-Asserted-Identity` names, as name-addrs with commas between them. Absent: there are two.
    pub const WITH: &str = "X-Alo-With";
    /// In the INVITE of a call that comes back, because a transfer came to nothing: name-addr of who did not
    /// take it, with the parameter `status`, the SIP status code that says why.
    pub const RETURNED: &str = "X-Alo-Returned";
    /// In the INVITE to whoever is consulted, and in an UPDATE: name-addr of the customer that it is about;
    /// with the parameter `gone`, the customer hung up.
    pub const ABOUT: &str = "X-Alo-About";
    /// In the fragment of a NOTIFY that ends a transfer which came to nothing: `returns` where the customer
    /// comes back to the asker, else name-addr of where the customer is now.
    pub const THEN: &str = "X-Alo-Then";
}

/// Values of [`header::PLAYS`].
pub mod plays {
    /// A person's voice.
    pub const VOICE: &str = "voice";
    /// Music.
    pub const MUSIC: &str = "music";
    /// A greeting, a menu, an apology.
    pub const ANNOUNCEMENT: &str = "announcement";
    /// A ringing tone.
    pub const RINGING: &str = "ringing";
}

//! A subscription as the application orders it.

use crate::auth::Credentials;
use crate::dialog::HeaderFields;
use crate::header::Event;
use crate::uri::{NameAddr, Uri};

/// What to subscribe to.
#[derive(Debug, Clone)]
pub struct Subscribe {
    /// Request-URI: whose state.
    pub target: Uri,
    /// `From`, without tag.
    pub from: NameAddr,
    /// `To`, without tag.
    pub to: NameAddr,
    /// User part of the contact; its host is the `sent_by` of the flow.
    pub contact_user: String,
    /// The event package, and the `id` of the subscription where one is wanted (RFC 6665 4.1.1).
    pub event: Event,
    /// Content types that are understood; the default of the package where there are none.
    pub accept: Vec<String>,
    /// Asked-for lifetime in seconds; 0: the state is told once (RFC 6665 4.4.3), and
    /// [`Ended`](super::SubscriptionEvent::Ended) follows.
    pub expires: u32,
    /// Further header fields of each SUBSCRIBE.
    pub headers: HeaderFields,
    /// Digest credentials.
    pub credentials: Option<Credentials>,
}

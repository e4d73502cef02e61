//! An INVITE as the application orders it.

use crate::auth::Credentials;
use crate::dialog::HeaderFields;
use crate::uri::{NameAddr, Uri};

/// An INVITE to send.
#[derive(Debug, Clone)]
pub struct Invite {
    /// Request-URI.
    pub target: Uri,
    /// `From`, without tag.
    pub from: NameAddr,
    /// `To`.
    pub to: NameAddr,
    /// Where requests of the far end are to reach this dialog.
    pub contact: Uri,
    /// Further header fields.
    pub headers: HeaderFields,
    /// Preloaded route set (RFC 3261 8.1.2).
    pub route: Vec<NameAddr>,
    /// SDP offer; `None` asks the far end to offer.
    pub offer: Option<String>,
    /// Digest credentials, where a challenge is to be answered.
    pub credentials: Option<Credentials>,
}

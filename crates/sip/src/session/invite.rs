//! An INVITE as the application orders it.

use core::fmt;

use crate::auth::Credentials;
use crate::dialog::{HeaderFields, Names};
use crate::uri::{NameAddr, Uri};

/// An INVITE to send.
///
/// `Debug` shows of its header fields only which there are.
#[derive(Clone)]
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

impl fmt::Debug for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invite")
            .field("target", &self.target)
            .field("from", &self.from)
            .field("to", &self.to)
            .field("headers", &Names(&self.headers))
            .finish_non_exhaustive()
    }
}

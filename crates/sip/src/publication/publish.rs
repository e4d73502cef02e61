//! A publication as the application orders it.

use crate::auth::Credentials;
use crate::dialog::HeaderFields;
use crate::uri::{NameAddr, Uri};

/// What to publish.
#[derive(Debug, Clone)]
pub struct Publish {
    /// Request-URI: whose state it is, which is the own address of record.
    pub target: Uri,
    /// `From`, without tag, and `To`.
    pub from: NameAddr,
    /// The event package: `presence`.
    pub event: String,
    /// Content type of the body.
    pub content_type: String,
    /// The state.
    pub body: Vec<u8>,
    /// Asked-for lifetime in seconds.
    pub expires: u32,
    /// Further header fields of each PUBLISH.
    pub headers: HeaderFields,
    /// Digest credentials.
    pub credentials: Option<Credentials>,
}

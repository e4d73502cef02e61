//! A registration as the application orders it.

use crate::auth::Credentials;
use crate::dialog::HeaderFields;
use crate::uri::{NameAddr, Uri};

/// What to register.
#[derive(Debug, Clone)]
pub struct Register {
    /// Request-URI: the domain, without user.
    pub registrar: Uri,
    /// Address of record.
    pub aor: NameAddr,
    /// User part of the contact; its host is the `sent_by` of the flow.
    pub contact_user: String,
    /// `+sip.instance` (RFC 5626 4.1): `urn:uuid:...`, without angle brackets.
    pub instance: String,
    /// `reg-id` (RFC 5626 4.2).
    pub reg_id: u32,
    /// Asked-for lifetime in seconds.
    pub expires: u32,
    /// Digest credentials.
    pub credentials: Option<Credentials>,
    /// Further header fields of each REGISTER.
    pub headers: HeaderFields,
}

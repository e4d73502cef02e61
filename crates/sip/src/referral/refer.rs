//! A REFER as the application orders it.

use core::fmt;

use crate::dialog::{HeaderFields, Names};
use crate::header::ReferTo;
use crate::uri::NameAddr;

/// A REFER to send.
///
/// `Debug` shows of its header fields only which there are.
#[derive(Clone)]
pub struct Refer {
    /// Whom the far end is to call (RFC 3515 2.1).
    pub to: ReferTo,
    /// Who asks (RFC 3892).
    pub referred_by: Option<NameAddr>,
    /// Further header fields; with `Refer-Sub: false` nobody wants to know what became of it (RFC 4488).
    pub headers: HeaderFields,
}

impl fmt::Debug for Refer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refer")
            .field("to", &self.to)
            .field("referred_by", &self.referred_by)
            .field("headers", &Names(&self.headers))
            .finish()
    }
}

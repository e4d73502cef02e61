//! A dialog that more than one usage lives in (RFC 5057).

use super::draft::Draft;
use super::state::Dialog;
use crate::header::HeaderName;
use crate::method::Method;

/// A dialog, lent for one step: its sequence numbers go on whoever sends in it.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub(crate) dialog: &'a mut Dialog,
    /// `Contact` value of this side.
    pub(crate) contact: &'a str,
    /// Whether the session is over, and nobody else lets the far end know where this side is.
    pub(crate) alone: bool,
}

impl Place<'_> {
    /// A request in the dialog with `Contact`, which makes or refreshes a subscription.
    pub(crate) fn draft(&mut self, method: Method) -> Draft {
        let mut draft = self.dialog.draft(method);
        draft.push(HeaderName::Contact, self.contact);
        draft
    }
}

//! What a REFER is called in its dialog (RFC 3515 2.4.6).

use crate::header::Event;

/// The event package (RFC 3515 3).
const PACKAGE: &str = "refer";

/// The event of the subscription that the REFER of this sequence number made.
pub(super) fn event_of(seq: u32) -> Event {
    Event {
        package: String::from(PACKAGE),
        id: Some(seq.to_string()),
    }
}

/// Whether an event is of this package; `Some(None)` where it does not say of which REFER.
pub(crate) fn refer_of(event: &Event) -> Option<Option<&str>> {
    (event.package == PACKAGE).then_some(event.id.as_deref())
}

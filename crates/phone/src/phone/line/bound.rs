//! What a call is bound up with: a transfer of it, another call of this phone.

use alo_sip::header::Reason;
use alo_sip::ua::EndedBy;
use alo_sip::uri::Uri;

use super::record::{Line, Stage};
use super::takeover::Successor;
use crate::language::{CallId, Consultation, Millis, Outcome, TransferTarget};

/// How a call belongs together with another one while somebody is consulted.
#[derive(Debug, Clone)]
pub(crate) enum Tie {
    /// The customer's call.
    Customer { consulted: CallId },
    /// The call with whoever is asked.
    Consulted {
        customer: CallId,
        target: TransferTarget,
        /// The address that was called.
        address: Uri,
    },
}

/// How far the sending away of a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sending {
    /// Asked for.
    Asked,
    /// The far end took it.
    Taken,
    /// The far end took it, and nobody knows what became of it.
    Unfollowed,
    /// It came to nothing.
    Failed,
}

/// A transfer of a call.
#[derive(Debug, Clone)]
struct Sent {
    target: TransferTarget,
    sending: Sending,
    /// It is held because of the transfer.
    holds: bool,
}

/// What a call is bound up with.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    sent: Option<Sent>,
    /// It is to become part of the other call.
    joining: bool,
    pub(crate) tie: Option<Tie>,
    /// A new dialog that takes the place of this call's.
    pub(super) successor: Option<Box<Successor>>,
    /// So often the far end of this conversation sent this phone elsewhere.
    pub(crate) sent_on: u32,
}

impl Bound {
    /// It is being transferred: neither heard nor hearing, whatever becomes of it.
    pub(crate) fn is_leaving(&self) -> bool {
        let sending = self.sent.as_ref().map(|sent| sent.sending);
        matches!(sending, Some(Sending::Asked | Sending::Taken))
    }

    /// A transfer of this call came to nothing.
    pub(crate) fn has_failed(&self) -> bool {
        let sending = self.sent.as_ref().map(|sent| sent.sending);
        sending == Some(Sending::Failed)
    }

    /// It becomes part of the other call.
    pub(crate) fn is_joining(&self) -> bool {
        self.joining
    }

    /// The same conversation over another dialog.
    pub(super) fn carried_on(&mut self) {
        self.sent = None;
        self.joining = false;
    }

    /// How a call ends that was sent away or became part of another; `None`: as any other call. `joins`: the
    /// far end keeps both calls together, and ends one when it has done as it was asked.
    pub(super) fn outcome(
        &self,
        by: &EndedBy,
        reason: Option<&Reason>,
        held: bool,
        joins: bool,
    ) -> Option<Outcome> {
        let said = match by {
            EndedBy::Local => return None,
            EndedBy::Refused { response, .. } => {
                let reasons = response.headers().reasons();
                reason.into_iter().chain(&reasons).any(is_elsewhere)
            }
            _ => reason.is_some_and(is_elsewhere),
        };
        // Without a word of the far end, whoever hangs up meanwhile hangs up.
        if self.is_joining() && said {
            return Some(Outcome::Merged);
        }
        let sent = self.sent.as_ref()?;
        let gone = match sent.sending {
            // The customer hung up, unless the far end says that it did as it was asked.
            Sending::Asked | Sending::Failed => said,
            // A far end that leaves the end of the call to who asked (RFC 5589, section 6.1), and ends it all
            // the same, hangs up. Whoever was asked ends it because the customer is there.
            Sending::Taken => said || joins || matches!(self.tie, Some(Tie::Consulted { .. })),
            // Who took the customer back talks to him again.
            Sending::Unfollowed => said || held,
        };
        gone.then(|| Outcome::Transferred {
            target: sent.target.clone(),
        })
    }
}

/// The conversation goes on somewhere else (RFC 3326, cause 200).
fn is_elsewhere(reason: &Reason) -> bool {
    reason.is_completed_elsewhere()
}

impl Line {
    /// A transfer of this call is asked for. `holds`: that it is held belongs to the transfer.
    pub(crate) fn send_away(&mut self, target: &TransferTarget, holds: bool) {
        self.bound.sent = Some(Sent {
            target: target.clone(),
            sending: Sending::Asked,
            holds,
        });
        self.digits.clear();
    }

    /// The far end took the transfer.
    pub(crate) fn sending_taken(&mut self) {
        self.set_sending(Sending::Taken);
    }

    /// The call stays, and nobody knows what becomes of the transfer: it is held.
    pub(crate) fn keep_held(&mut self, now: Millis) {
        if self.bound.is_leaving() {
            self.hold_as_sent(now);
            self.set_sending(Sending::Unfollowed);
        }
    }

    /// The call stays, because the transfer came to nothing; whether it is held because of it.
    pub(crate) fn sending_failed(&mut self) -> bool {
        self.set_sending(Sending::Failed);
        self.bound.sent.as_ref().is_some_and(|sent| sent.holds)
    }

    fn set_sending(&mut self, sending: Sending) {
        if let Some(sent) = &mut self.bound.sent {
            sent.sending = sending;
        }
    }

    /// The far end took the transfer, and the call is still here: it waits with music.
    pub(crate) fn hold_as_sent(&mut self, now: Millis) {
        if self.is_live() && matches!(self.stage, Stage::Talking { .. } | Stage::Answering(_)) {
            let new = self.hold.ask(now, true);
            if let Some(sent) = &mut self.bound.sent {
                sent.holds |= new;
            }
        }
    }

    /// This call is to become part of the other one.
    pub(crate) fn joining_asked(&mut self) {
        self.bound.joining = true;
    }

    /// It stays a call of its own.
    pub(crate) fn joining_failed(&mut self) {
        self.bound.joining = false;
    }

    /// As the state shows it.
    pub(super) fn consultation(&self) -> Option<Consultation> {
        Some(match self.bound.tie.as_ref()? {
            Tie::Customer { consulted } => Consultation::Customer {
                consulted: consulted.clone(),
            },
            Tie::Consulted { customer, .. } => Consultation::Consulted {
                customer: customer.clone(),
            },
        })
    }
}

//! The transfers that are followed, and what else is under way between calls.

use alo_sip::ua::{Refer, ReferralId};

use super::errand::Errand;
use super::merging::Merging;
use crate::language::{CallId, Command, Millis, Party, Transfer, TransferTarget};
use crate::phone::Times;
use crate::phone::transfer::Journey;

/// One transfer that is followed.
#[derive(Debug)]
pub(crate) struct Following {
    pub(super) id: u64,
    /// The customer's call.
    pub(super) call: CallId,
    /// The call with whoever was asked, where it is to go with it.
    pub(super) consulted: Option<CallId>,
    pub(super) customer: Party,
    pub(super) target: TransferTarget,
    pub(super) attended: bool,
    pub(super) began: Millis,
    pub(super) journey: Journey,
    /// What was asked, to be asked again after a glare.
    pub(super) refer: Refer,
    /// The name of the REFER, which changes with each.
    pub(super) referral: ReferralId,
}

impl Following {
    /// As the state shows it; `here`: the customer's call is still here.
    pub(super) fn shown(&self, here: bool) -> Transfer {
        let hangs = here && self.journey.over_since().is_none();
        Transfer {
            id: self.id,
            call: self.call.clone(),
            customer: self.customer.clone(),
            target: self.target.clone(),
            attended: self.attended,
            began: self.began,
            stage: self.journey.shown(),
            dismiss: (!hangs).then_some(Command::DismissTransfer { transfer: self.id }),
        }
    }

    /// Whether this call goes with the transfer.
    pub(super) fn is_about(&self, call: &CallId) -> bool {
        self.call == *call || self.consulted.as_ref() == Some(call)
    }
}

/// What is under way between calls.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    pub(super) list: Vec<Following>,
    pub(super) merging: Vec<Merging>,
    pub(super) errand: Option<Errand>,
    /// When the last ones began.
    pub(super) errands_at: Vec<Millis>,
    last_id: u64,
}

impl Transfers {
    pub(super) fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// When something is to be done by itself.
    pub(crate) fn wakes_at(&self, times: &Times) -> Option<Millis> {
        let journeys = self.list.iter().filter_map(|following| {
            let vanishes = following.journey.over_since();
            let vanishes = vanishes.map(|since| since + times.transfer_shown);
            vanishes.or(following.journey.wakes_at())
        });
        let merging = self.merging.iter().map(|merging| merging.until);
        journeys.chain(merging).min()
    }

    /// Nothing is left.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.merging.is_empty() && self.errand.is_none()
    }
}

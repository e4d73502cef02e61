//! Two calls that become one: a REFER in the customer's call with `Join` (RFC 3911), to a far end that keeps
//! both of them.

use alo_sip::header::ReferTo;
use alo_sip::status::StatusCode;
use alo_sip::time::Instant;
use alo_sip::ua::{Refer, ReferralEvent, ReferralId};
use alo_sip::uri::NameAddr;

use crate::language::{CallId, ChangeKind, Millis, Outcome, Trouble};
use crate::phone::Refusal;
use crate::phone::line::Stage;
use crate::phone::machine::Phone;

/// Two calls that are to become one.
#[derive(Debug)]
pub(crate) struct Merging {
    customer: CallId,
    consulted: CallId,
    referral: ReferralId,
    /// Given up then.
    pub(super) until: Millis,
}

impl Phone {
    pub(super) fn merge(&mut self, now: Millis, consulted: &CallId) -> Result<(), Refusal> {
        let not_now = || Refusal::NotNow(consulted.clone());
        let account = self.account.as_ref().ok_or(Refusal::SignedOut)?;
        let (customer, _, address) = self.consultation_of(consulted).ok_or_else(not_now)?;
        let session = |call: &CallId| self.line(call).and_then(|line| line.session);
        let mut to = ReferTo::new(NameAddr::new(address));
        let other = session(consulted).ok_or_else(not_now)?;
        to.join = Some(self.ua.join(other).ok_or_else(not_now)?);
        let refer = Refer {
            to,
            referred_by: Some(account.aor()),
            headers: vec![],
        };
        let session = session(&customer).ok_or_else(not_now)?;
        let asked = self.ua.refer(Instant::from_millis(now), session, refer);
        let referral = asked.map_err(|error| {
            tracing::debug!(%error, "REFER not sent");
            not_now()
        })?;
        self.with_line(now, consulted, |line, _| line.joining_asked());
        self.transfers.merging.push(Merging {
            customer,
            consulted: consulted.clone(),
            referral,
            until: now + self.config.times.transfer_answer,
        });
        Ok(())
    }

    pub(super) fn on_merging(&mut self, now: Millis, referral: ReferralId, event: ReferralEvent) {
        let mut all = self.transfers.merging.iter();
        let Some(merging) = all.find(|merging| merging.referral == referral) else {
            return tracing::debug!("REFER that nobody waits for");
        };
        let consulted = merging.consulted.clone();
        match event {
            ReferralEvent::Refused { status, .. } => self.not_merged(now, referral, status),
            ReferralEvent::Progress { fragment } if fragment.status.is_success() => {
                self.transfers
                    .merging
                    .retain(|one| one.referral != referral);
                self.with_line(now, &consulted, |line, cx| {
                    line.end(cx, Outcome::Merged, "merged");
                });
            }
            ReferralEvent::Progress { fragment } if fragment.is_final() => {
                self.not_merged(now, referral, fragment.status);
            }
            ReferralEvent::Accepted { .. } | ReferralEvent::Progress { .. } => {}
            ReferralEvent::Ended { .. } => {
                self.not_merged(now, referral, StatusCode::REQUEST_TIMEOUT);
            }
        }
    }

    /// The two calls stay two, as they were; the person is told, if both are still there.
    fn not_merged(&mut self, now: Millis, referral: ReferralId, status: StatusCode) {
        let all = &mut self.transfers.merging;
        let Some(at) = all.iter().position(|one| one.referral == referral) else {
            return;
        };
        let merging = all.remove(at);
        self.with_line(now, &merging.consulted, |line, _| line.joining_failed());
        if self.is_here(&merging.consulted) && self.is_here(&merging.customer) {
            let trouble = Trouble::ChangeRefused {
                what: ChangeKind::Merge,
                status: status.code(),
            };
            self.tell(now, Some(&merging.customer), trouble);
        }
    }

    pub(super) fn merging_time(&mut self, now: Millis) {
        // One of the two is over: there is nothing to wait for.
        let all = self.transfers.merging.iter();
        let over: Vec<_> = all
            .filter(|one| {
                let here = self.is_here(&one.customer) && self.is_here(&one.consulted);
                // What the far end did is told in a moment.
                let gone = !here && !self.is_merged(&one.consulted);
                gone || now >= one.until
            })
            .map(|one| one.referral)
            .collect();
        for referral in over {
            self.ua.stop_following(Instant::from_millis(now), referral);
            self.not_merged(now, referral, StatusCode::REQUEST_TIMEOUT);
        }
    }

    fn is_merged(&self, call: &CallId) -> bool {
        let stage = self.line(call).map(|line| &line.stage);
        matches!(
            stage,
            Some(Stage::Ended {
                outcome: Outcome::Merged,
                ..
            })
        )
    }

    pub(super) fn forget_merging(&mut self, now: Millis) {
        for merging in std::mem::take(&mut self.transfers.merging) {
            self.ua
                .stop_following(Instant::from_millis(now), merging.referral);
        }
    }
}

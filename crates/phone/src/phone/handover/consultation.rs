//! The two calls of a consultation, and what becomes of the one when the other ends.

use alo_sip::uri::Uri;

use crate::language::{CallId, Millis, Outcome, TransferTarget, Trouble};
use crate::phone::line::{Line, Pair, Stage, Tie};
use crate::phone::machine::Phone;

impl Phone {
    /// What a call with whoever is asked is about, and where it went.
    pub(super) fn consultation_of(
        &self,
        consulted: &CallId,
    ) -> Option<(CallId, TransferTarget, Uri)> {
        match &self.line(consulted)?.bound.tie {
            Some(Tie::Consulted {
                customer,
                target,
                address,
            }) => Some((customer.clone(), target.clone(), address.clone())),
            _ => None,
        }
    }

    pub(super) fn line(&self, call: &CallId) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == *call)
    }

    /// Whether the far end of this call can make two calls one.
    pub(super) fn joins(&self, call: &CallId) -> bool {
        self.line(call).is_some_and(|line| line.word.joins())
    }

    /// What can be done with the two calls of a consultation, of which this is one.
    pub(in crate::phone) fn pair(&self, line: &Line, reachable: bool) -> Option<Pair> {
        let (customer, consulted) = match line.bound.tie.as_ref()? {
            Tie::Customer { consulted } => (line, self.line(consulted)?),
            Tie::Consulted { customer, .. } => (self.line(customer)?, line),
        };
        let busy = |line: &Line| {
            line.bound.is_leaving() || line.bound.is_joining() || line.successor().is_some()
        };
        let stands = |line: &Line| line.is_talking() && !line.is_lost();
        let free = !busy(customer) && !busy(consulted) && stands(customer);
        // An early dialog has a name only when the far end gave it one.
        let has_name = || {
            let session = consulted.session;
            session.is_some_and(|session| self.ua.replaces(session).is_some())
        };
        let rings = matches!(&consulted.stage, Stage::Inviting(progress) if progress.is_ringing());
        let both = free && reachable && (stands(consulted) || rings) && has_name();
        Some(Pair {
            consulted: consulted.id.clone(),
            complete: both,
            merge: both && stands(consulted) && customer.word.joins(),
            back: free && consulted.is_live(),
        })
    }

    /// The two calls have nothing to do with each other any more.
    pub(super) fn untie(&mut self, customer: &CallId, consulted: &CallId) {
        for line in &mut self.lines {
            if line.id == *customer || line.id == *consulted {
                line.bound.tie = None;
            }
        }
    }

    /// Whether the person has turned to a call that is none of these.
    pub(super) fn is_elsewhere(&self, these: &[CallId]) -> bool {
        let active = self.active.as_ref().filter(|call| !these.contains(call));
        let line = active.and_then(|call| self.line(call));
        line.is_some_and(|line| line.is_live() && !line.is_ringing())
    }

    /// One of the two calls of a consultation is over.
    pub(in crate::phone) fn look_after_pairs(&mut self, now: Millis) {
        let pairs: Vec<_> = self
            .lines
            .iter()
            .filter_map(|line| match &line.bound.tie {
                Some(Tie::Customer { consulted }) => Some((line.id.clone(), consulted.clone())),
                Some(Tie::Consulted { customer, .. }) => Some((customer.clone(), line.id.clone())),
                None => None,
            })
            .collect();
        for (customer, consulted) in pairs {
            // Until it is known what becomes of a transfer of them, nothing changes.
            let leaving = |call| self.line(call).is_some_and(|line| line.bound.is_leaving());
            let both = [&customer, &consulted];
            let open = both.iter().any(|call| self.is_here(call) && leaving(call));
            let tied = self
                .line(&customer)
                .is_some_and(|line| line.bound.tie.is_some());
            let tied = tied || self.consultation_of(&consulted).is_some();
            match (self.is_here(&customer), self.is_here(&consulted)) {
                _ if open || !tied => {}
                (true, true) => {}
                (true, false) => self.consulted_is_gone(now, &customer, &consulted),
                (false, true) => self.customer_is_gone(now, &customer, &consulted),
                (false, false) => self.untie(&customer, &consulted),
            }
        }
    }

    /// Whoever was asked is gone: the customer does not wait for nobody, and is taken back with the microphone
    /// as it was in the other call. Where the person had put that one on hold, all stays as it is.
    fn consulted_is_gone(&mut self, now: Millis, customer: &CallId, consulted: &CallId) {
        self.untie(customer, consulted);
        let gone = self.line(consulted);
        let muted = gone.is_some_and(|line| line.muted);
        let ended = gone.and_then(|line| match &line.stage {
            Stage::Ended { outcome, .. } => Some((line.about.remote.clone(), outcome.clone())),
            _ => None,
        });
        let failed = gone.is_some_and(|line| line.bound.has_failed());
        if gone.is_none_or(|line| !line.hold.wanted()) {
            self.take_back(now, customer, consulted, muted);
        }
        if let Some((party, outcome)) = ended
            && !failed
            && !is_wanted(&outcome)
        {
            let back = self.active.as_ref() == Some(customer);
            let trouble = Trouble::ConsultationEnded {
                party,
                outcome,
                back,
            };
            self.tell(now, Some(customer), trouble);
        }
    }

    /// Takes a call back because the other one is over, unless the person talks to somebody else by now.
    pub(super) fn take_back(&mut self, now: Millis, call: &CallId, other: &CallId, muted: bool) {
        if self.is_elsewhere(&[call.clone(), other.clone()]) {
            return;
        }
        self.with_line(now, call, |line, cx| {
            let muted = line.muted || muted;
            line.set_muted(cx, muted);
        });
        self.turn_to(now, call);
    }

    /// Who hangs up leaves the person with whoever was asked. That one does not go on waiting, unless the
    /// person had put both on hold.
    fn customer_is_gone(&mut self, now: Millis, customer: &CallId, consulted: &CallId) {
        self.untie(customer, consulted);
        let (Some(gone), Some(with)) = (self.line(customer), self.line(consulted)) else {
            return;
        };
        let by_customer = matches!(
            &gone.stage,
            Stage::Ended {
                outcome: Outcome::HungUpThere,
                ..
            }
        );
        if by_customer {
            let trouble = Trouble::CustomerHungUp {
                customer: gone.about.remote.clone(),
                with: with.about.remote.clone(),
                answered: with.is_joined(),
            };
            let (muted, both_wait) = (gone.muted, gone.hold.wanted());
            let waits = with.hold.wanted() && !both_wait;
            self.tell(now, Some(consulted), trouble);
            if waits {
                self.take_back(now, consulted, customer, muted);
            }
        }
    }
}

/// Ends that the person asked for.
fn is_wanted(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::HungUpHere | Outcome::Cancelled | Outcome::Merged | Outcome::Transferred { .. }
    )
}

//! What the wire tells of a transfer, and what is done with the calls then.

use alo_api::header;
use alo_sip::header::HeaderName;
use alo_sip::sipfrag::Fragment;
use alo_sip::time::Instant;
use alo_sip::ua::{ReferralEvent, ReferralId};
use alo_sip::uri::NameAddr;

use super::asking::is_under_way;
use crate::language::{
    AfterFailure, CallId, Millis, Outcome, TransferFailure, TransferStage, Trouble,
};
use crate::phone::machine::Phone;
use crate::phone::party::party;
use crate::phone::transfer::{Input, Output, Told};

impl Phone {
    /// Something is told of a REFER of ours.
    pub(in crate::phone) fn on_referral(
        &mut self,
        now: Millis,
        referral: ReferralId,
        event: ReferralEvent,
    ) {
        let mut list = self.transfers.list.iter();
        let found = list.find(|following| following.referral == referral);
        let Some(id) = found.map(|following| following.id) else {
            return self.on_merging(now, referral, event);
        };
        let longest = self.config.limits.text;
        let input = match event {
            ReferralEvent::Accepted { followed } => Input::Taken { followed },
            ReferralEvent::Refused { status, reason } => Input::Refused { status, reason },
            ReferralEvent::Progress { fragment } => Input::Progress(told(fragment, longest)),
            ReferralEvent::Ended { .. } => Input::Silent,
        };
        self.step_transfer(now, id, input);
    }

    /// What is due by itself.
    pub(in crate::phone) fn transfer_time(&mut self, now: Millis) {
        let due = |at: Option<Millis>| at.is_some_and(|at| now >= at);
        let shown = self.config.times.transfer_shown;
        let list = self.transfers.list.iter();
        let (late, over): (Vec<_>, Vec<_>) = (
            list.clone()
                .filter(|one| due(one.journey.wakes_at()))
                .map(|one| one.id)
                .collect(),
            list.filter(|one| due(one.journey.over_since().map(|since| since + shown)))
                .map(|one| one.id)
                .collect(),
        );
        for id in late {
            self.step_transfer(now, id, Input::Timeout);
        }
        self.transfers.list.retain(|one| !over.contains(&one.id));
        self.merging_time(now);
    }

    /// A customer who came back was answered here, or is gone: that he would come back is no news any more.
    pub(in crate::phone) fn forget_returns(&mut self) {
        let back = self.lines.iter().filter(|line| line.is_back());
        for began in back.map(|line| line.about.began) {
            self.notices.returned(began);
            let list = &mut self.transfers.list;
            list.retain(|one| !one.journey.returned(began));
        }
    }

    /// Nobody wants to know any more what becomes of a transfer.
    pub(super) fn stop_following(&mut self, now: Millis, id: u64) {
        let mut list = self.transfers.list.iter();
        let open = list.find(|one| one.id == id && one.journey.over_since().is_none());
        if let Some(following) = open {
            self.ua
                .stop_following(Instant::from_millis(now), following.referral);
            self.step_transfer(now, id, Input::Silent);
        }
    }

    fn step_transfer(&mut self, now: Millis, id: u64, input: Input) {
        let Some(at) = self.transfers.list.iter().position(|one| one.id == id) else {
            return;
        };
        let here = self.is_here(&self.transfers.list[at].call);
        let (times, longest) = (self.config.times, self.config.limits.text);
        let following = &mut self.transfers.list[at];
        let before = following.journey.shown();
        let todo = following.journey.step(now, &times, longest, here, input);
        let after = following.journey.shown();
        let calls: Vec<_> = [Some(following.call.clone()), following.consulted.clone()]
            .into_iter()
            .flatten()
            .collect();
        if is_under_way(&after) {
            let list = self.lines.iter_mut();
            list.filter(|line| calls.contains(&line.id))
                .for_each(super::super::line::Line::sending_taken);
        }
        if before != after {
            self.tell_transfer(id);
        }
        for output in todo {
            self.carry_on(now, at, &calls, output);
        }
    }

    fn carry_on(&mut self, now: Millis, at: usize, calls: &[CallId], output: Output) {
        let following = &self.transfers.list[at];
        match output {
            Output::Ask => self.ask_again(now, at),
            Output::Hold => {
                let call = following.call.clone();
                self.with_line(now, &call, |line, _| line.hold_as_sent(now));
            }
            Output::Keep => self.keep(now, at, calls),
            Output::LetGo => {
                let target = following.target.clone();
                for call in calls {
                    let outcome = Outcome::Transferred {
                        target: target.clone(),
                    };
                    self.with_line(now, call, |line, cx| {
                        line.end(cx, outcome, "transferred");
                    });
                }
            }
            Output::Stay => self.stay(now, at, calls),
            Output::StopFollowing => {
                let referral = following.referral;
                self.ua.stop_following(Instant::from_millis(now), referral);
            }
        }
    }

    /// The REFER crossed a request of the far end: once more.
    fn ask_again(&mut self, now: Millis, at: usize) {
        let following = &self.transfers.list[at];
        let (id, refer) = (following.id, following.refer.clone());
        let mut lines = self.lines.iter();
        let line = lines.find(|line| line.id == following.call);
        let session = line.and_then(|line| line.session);
        let asked = session.map(|session| self.ua.refer(Instant::from_millis(now), session, refer));
        match asked {
            Some(Ok(referral)) => self.transfers.list[at].referral = referral,
            Some(Err(_)) | None => self.step_transfer(now, id, Input::Silent),
        }
    }

    /// Nobody says what becomes of the customer. Whoever is still here is held, and the person is told.
    fn keep(&mut self, now: Millis, at: usize, calls: &[CallId]) {
        for call in calls {
            self.with_line(now, call, |line, _| line.keep_held(now));
        }
        let following = &self.transfers.list[at];
        let (call, target) = (following.call.clone(), following.target.clone());
        let transfer = following.id;
        // Whoever was asked may be with the customer by now: that this call ends brings nobody back here.
        if let Some(consulted) = following.consulted.clone() {
            self.untie(&call, &consulted);
        }
        if self.is_here(&call) {
            let status = alo_sip::status::StatusCode::REQUEST_TIMEOUT;
            let why = TransferFailure::Refused {
                status: status.code(),
                reason: status.reason().into(),
            };
            let trouble = Trouble::TransferFailed {
                transfer,
                target,
                why,
                then: AfterFailure::Waits,
            };
            self.tell(now, Some(&call), trouble);
        }
    }

    /// It came to nothing. A customer who is still here, and was held only for the transfer, is taken back,
    /// unless the person talks to somebody else by now.
    fn stay(&mut self, now: Millis, at: usize, calls: &[CallId]) {
        let following = &self.transfers.list[at];
        let TransferStage::Failed { why, then, .. } = following.journey.shown() else {
            return;
        };
        let (call, target) = (following.call.clone(), following.target.clone());
        let transfer = following.id;
        let mut holds = false;
        for line in self
            .lines
            .iter_mut()
            .filter(|line| calls.contains(&line.id))
        {
            let held = line.sending_failed();
            holds |= held && line.id == call;
        }
        let here = self.is_here(&call);
        if here && holds && !self.is_elsewhere(calls) {
            self.turn_to(now, &call);
        }
        // That the customer hung up is told by the stage, and where somebody was asked, by the pair.
        if here || why != TransferFailure::CustomerHungUp {
            let about = here.then_some(&call);
            let held = self.line(&call).is_some_and(|line| line.hold.wanted());
            let trouble = Trouble::TransferFailed {
                transfer,
                target,
                why,
                then: if here && held {
                    AfterFailure::Waits
                } else {
                    then
                },
            };
            self.tell(now, about, trouble);
        }
    }

    /// Tells the person.
    pub(super) fn tell(&mut self, now: Millis, call: Option<&CallId>, trouble: Trouble) {
        let most = self.config.limits.notices;
        self.notices.add(&mut self.out, now, most, call, trouble);
    }
}

/// A fragment in the words of the phone.
fn told(fragment: Fragment, longest: usize) -> Told {
    let then = fragment.get(&HeaderName::from_static(header::THEN));
    Told {
        by: fragment.to().map(|by| party(&by, longest)),
        then: then.map(|then| after(&then, longest)),
        status: fragment.status,
        reason: fragment.reason,
    }
}

fn after(then: &str, longest: usize) -> AfterFailure {
    match then.trim() {
        "returns" => AfterFailure::Returns,
        place => AfterFailure::Elsewhere {
            place: NameAddr::parse(place)
                .ok()
                .map(|place| party(&place, longest)),
        },
    }
}

//! What a person asks for: transfer, consult, complete, back to the customer.

use alo_sip::header::{HeaderName, ReferTo, UserToUser};
use alo_sip::time::Instant;
use alo_sip::ua::Refer;
use alo_sip::uri::{NameAddr, Uri};

use super::following::Following;
use crate::language::{
    CallId, Command, Event, Millis, Outcome, Party, TargetKind, Transfer, TransferStage,
    TransferTarget,
};
use crate::phone::Refusal;
use crate::phone::line::Tie;
use crate::phone::machine::Phone;
use crate::phone::text::clean;
use crate::phone::transfer::Journey;

impl Phone {
    /// A command about calls that go somewhere else; its call offers it.
    pub(in crate::phone) fn hand_over(
        &mut self,
        now: Millis,
        call: &CallId,
        command: Command,
    ) -> Result<(), Refusal> {
        match command {
            Command::Transfer { target, note, .. } => self.transfer(now, call, target, note),
            Command::Consult { target, note, .. } => self.consult(now, call, target, note),
            Command::CompleteTransfer { .. } => self.complete(now, call),
            Command::Merge { .. } => self.merge(now, call),
            Command::BackToCustomer { .. } => {
                self.back_to_customer(now, call);
                Ok(())
            }
            _ => Err(Refusal::NotNow(call.clone())),
        }
    }

    /// Blind: the customer is cut off here at once, and the rest is up to the far end.
    fn transfer(
        &mut self,
        now: Millis,
        call: &CallId,
        target: TransferTarget,
        note: Option<String>,
    ) -> Result<(), Refusal> {
        let (target, address) = self.address(target)?;
        let headers = self.note(note)?.into_iter().collect();
        let to = ReferTo::new(NameAddr::new(address));
        self.send(now, call, None, &target, (to, headers))
    }

    /// The first half of an attended transfer: the customer is held, and whoever is asked is called.
    fn consult(
        &mut self,
        now: Millis,
        customer: &CallId,
        target: TransferTarget,
        note: Option<String>,
    ) -> Result<(), Refusal> {
        if matches!(target.kind, TargetKind::Queue | TargetKind::Ivr) {
            return Err(Refusal::NotANumber);
        }
        let (target, address) = self.address(target)?;
        let note = self.note(note)?;
        let account = self.account.as_ref().ok_or(Refusal::SignedOut)?;
        let line = self.lines.iter().find(|line| line.id == *customer);
        let dialog = line
            .and_then(|line| line.session)
            .and_then(|session| self.ua.target_dialog(session))
            .ok_or_else(|| Refusal::NotNow(customer.clone()))?;
        let mut dialling = account
            .dialling(&target.address, None, false, self.config.limits.text)
            .ok_or(Refusal::NotANumber)?;
        dialling.remote = Party {
            name: target.name.clone(),
            number: dialling.remote.number,
        };
        // RFC 4538: whoever routes this call knows by it which call it is about.
        let about = (HeaderName::TargetDialog, dialog.to_string());
        dialling.invite.headers.push(about);
        dialling.invite.headers.extend(note);
        let consulted = self.place(now, dialling);
        self.tie(customer, &consulted, &target, &address);
        Ok(())
    }

    fn tie(
        &mut self,
        customer: &CallId,
        consulted: &CallId,
        target: &TransferTarget,
        address: &Uri,
    ) {
        for line in &mut self.lines {
            if line.id == *customer {
                line.bound.tie = Some(Tie::Customer {
                    consulted: consulted.clone(),
                });
            } else if line.id == *consulted {
                line.bound.tie = Some(Tie::Consulted {
                    customer: customer.clone(),
                    target: target.clone(),
                    address: address.clone(),
                });
            }
        }
    }

    /// The second half: the customer takes the place that this phone has in the other call (RFC 3891, RFC
    /// 5589). A far end that does not keep both calls together could not do that with a call that still
    /// rings: the call is taken back, and the target is rung again.
    fn complete(&mut self, now: Millis, consulted: &CallId) -> Result<(), Refusal> {
        let not_now = || Refusal::NotNow(consulted.clone());
        let (customer, target, address) = self.consultation_of(consulted).ok_or_else(not_now)?;
        let line = self.lines.iter().find(|line| line.id == *consulted);
        let line = line.ok_or_else(not_now)?;
        let session = line.session.ok_or_else(not_now)?;
        let answered = line.is_talking();
        let mut to = ReferTo::new(NameAddr::new(address));
        if answered || self.joins(&customer) {
            to.replaces = Some(self.ua.replaces(session).ok_or_else(not_now)?);
            let goes_too = Some(consulted.clone());
            return self.send(now, &customer, goes_too, &target, (to, vec![]));
        }
        self.send(now, &customer, None, &target, (to, vec![]))?;
        self.untie(&customer, consulted);
        self.rung_before(&customer, &target);
        self.with_line(now, consulted, |line, cx| {
            line.end(cx, Outcome::Transferred { target }, "rung again");
        });
        Ok(())
    }

    /// Sends the REFER, and cuts the calls off that go.
    fn send(
        &mut self,
        now: Millis,
        call: &CallId,
        consulted: Option<CallId>,
        target: &TransferTarget,
        (to, headers): (ReferTo, Vec<(HeaderName, String)>),
    ) -> Result<(), Refusal> {
        let not_now = || Refusal::NotNow(call.clone());
        let account = self.account.as_ref().ok_or(Refusal::SignedOut)?;
        let line = self.lines.iter().find(|line| line.id == *call);
        let line = line.ok_or_else(not_now)?;
        let session = line.session.ok_or_else(not_now)?;
        let refer = Refer {
            to,
            referred_by: Some(account.aor()),
            headers,
        };
        let customer = line.about.remote.clone();
        let instant = Instant::from_millis(now);
        let sent = self.ua.refer(instant, session, refer.clone());
        let referral = sent.map_err(|error| {
            tracing::debug!(%error, "REFER not sent");
            not_now()
        })?;
        let id = self.transfers.new_id();
        let following = Following {
            id,
            call: call.clone(),
            attended: consulted.is_some(),
            consulted,
            customer,
            target: target.clone(),
            began: now,
            journey: Journey::begin(id, now, &self.config.times),
            refer,
            referral,
        };
        for line in &mut self.lines {
            if following.is_about(&line.id) {
                line.send_away(target, false);
            }
        }
        self.make_room(now);
        self.transfers.list.push(following);
        self.tell_transfer(id);
        Ok(())
    }

    /// The transfer of this call goes to somebody who was rung before; that the customer is held belongs to
    /// the transfer from now on.
    fn rung_before(&mut self, call: &CallId, target: &TransferTarget) {
        if let Some(following) = self.transfers.list.last_mut() {
            following.attended = true;
        }
        let line = self.lines.iter_mut().find(|line| line.id == *call);
        if let Some(line) = line {
            line.send_away(target, true);
        }
    }

    /// Drops whoever was asked, and takes the customer back.
    fn back_to_customer(&mut self, now: Millis, consulted: &CallId) {
        let Some((customer, ..)) = self.consultation_of(consulted) else {
            return;
        };
        self.untie(&customer, consulted);
        self.hang_up(now, consulted);
        self.turn_to(now, &customer);
    }

    /// Where a transfer goes, with its texts made harmless.
    fn address(&self, target: TransferTarget) -> Result<(TransferTarget, Uri), Refusal> {
        let account = self.account.as_ref().ok_or(Refusal::SignedOut)?;
        let address = account.target(&target.address);
        let address = address.ok_or(Refusal::NotANumber)?;
        let longest = self.config.limits.text;
        let target = TransferTarget {
            kind: target.kind,
            address: clean(&target.address, longest),
            name: target
                .name
                .map(|name| clean(&name, longest))
                .filter(|name| !name.is_empty()),
        };
        Ok((target, address))
    }

    /// The header field of a note (RFC 7433); nothing where there is none.
    fn note(&self, note: Option<String>) -> Result<Option<(HeaderName, String)>, Refusal> {
        let most = self.config.limits.note;
        let note = note.unwrap_or_default();
        let note = note.trim();
        if note.len() > most {
            return Err(Refusal::NoteTooLong);
        }
        let data = UserToUser::from_text(note, most);
        Ok((!note.is_empty()).then(|| (HeaderName::UserToUser, data.to_string())))
    }

    /// Stops following a transfer.
    pub(in crate::phone) fn dismiss_transfer(
        &mut self,
        now: Millis,
        id: u64,
    ) -> Result<(), Refusal> {
        let mut list = self.transfers.list.iter();
        let found = list.find(|following| following.id == id);
        let following = found.ok_or(Refusal::NoSuchTransfer(id))?;
        if following
            .shown(self.is_here(&following.call))
            .dismiss
            .is_none()
        {
            return Err(Refusal::NotNow(following.call.clone()));
        }
        self.forget_transfer(now, id);
        Ok(())
    }

    /// Takes a transfer off the screen, whatever its stage.
    pub(super) fn forget_transfer(&mut self, now: Millis, id: u64) {
        self.stop_following(now, id);
        self.transfers.list.retain(|following| following.id != id);
    }

    /// One more fits.
    fn make_room(&mut self, now: Millis) {
        while self.transfers.list.len() >= self.config.limits.transfers {
            let list = &self.transfers.list;
            let over = list.iter().find(|old| old.journey.over_since().is_some());
            let Some(oldest) = over.or(list.first()).map(|oldest| oldest.id) else {
                return;
            };
            self.forget_transfer(now, oldest);
        }
    }

    /// Everything that is under way ends with the session of the agent.
    pub(in crate::phone) fn forget_transfers(&mut self, now: Millis) {
        let all: Vec<_> = self.transfers.list.iter().map(|one| one.id).collect();
        for id in all {
            self.forget_transfer(now, id);
        }
        self.forget_merging(now);
        self.forget_errand(now);
    }

    /// Says how a transfer stands.
    pub(super) fn tell_transfer(&mut self, id: u64) {
        let mut list = self.transfers.list.iter();
        if let Some(following) = list.find(|following| following.id == id) {
            let transfer = following.shown(self.is_here(&following.call));
            let transfer = Box::new(transfer);
            self.out.event(Event::TransferChanged { transfer });
        }
    }

    /// Whether this call is still here.
    pub(super) fn is_here(&self, call: &CallId) -> bool {
        self.lines
            .iter()
            .any(|line| line.id == *call && line.is_live())
    }

    /// The transfers as the state shows them.
    pub(in crate::phone) fn shown_transfers(&self) -> Vec<Transfer> {
        let list = self.transfers.list.iter();
        list.map(|following| following.shown(self.is_here(&following.call)))
            .collect()
    }
}

/// Whether the customer is on the way somewhere.
pub(super) fn is_under_way(stage: &TransferStage) -> bool {
    matches!(
        stage,
        TransferStage::Trying | TransferStage::Ringing { .. } | TransferStage::Waiting { .. }
    )
}

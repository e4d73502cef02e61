//! What people do, by name.

use alo_phone::language::{
    Call, CallId, Command, Consultation, Digits, Outcome, Phase, TargetKind, TransferStage,
    TransferTarget, Trouble, WorkingState,
};

use crate::world::{Who, World};

impl World {
    /// This person calls that number, extension or hotline.
    pub(crate) fn dials(&mut self, who: Who, target: &str) {
        let dial = Command::Dial {
            target: target.into(),
            hotline: None,
            video: false,
        };
        self.command(who, dial);
        self.run(1_000);
    }

    /// This person takes what rings last.
    pub(crate) fn takes(&mut self, who: Who) {
        let call = self.ringing(who);
        self.command(who, Command::Answer { call, video: false });
        self.run(1_000);
    }

    /// This person declines what rings last.
    pub(crate) fn declines(&mut self, who: Who) {
        let call = self.ringing(who);
        self.command(who, Command::Decline { call });
        self.run(1_000);
    }

    /// This person hangs up, or gives up, the call that is not held.
    pub(crate) fn hangs_up(&mut self, who: Who) {
        let call = self.line(who);
        self.command(who, Command::HangUp { call });
        self.run(1_000);
    }

    /// This person holds, or takes back, this call.
    pub(crate) fn holds(&mut self, who: Who, call: &CallId, held: bool) {
        let call = call.clone();
        self.command(who, Command::SetHold { call, held });
        self.run(1_000);
    }

    /// This person turns to that call.
    pub(crate) fn swaps(&mut self, who: Who, call: &CallId) {
        self.command(who, Command::SwapTo { call: call.clone() });
        self.run(1_000);
    }

    /// The call that rings last at this person.
    pub(crate) fn ringing(&self, who: Who) -> CallId {
        let rings = |call: &&&Call| matches!(call.phase, Phase::Ringing { .. });
        let calls = self.calls(who);
        let call = calls.iter().rev().find(rings);
        call.expect("a call rings").id.clone()
    }

    /// Whether a call rings at this person.
    pub(crate) fn rings(&self, who: Who) -> bool {
        let rings = |call: &&Call| matches!(call.phase, Phase::Ringing { .. });
        self.calls(who).into_iter().any(|call| rings(&call))
    }

    /// The call of this person that is not held and does not ring, or is at least there.
    pub(crate) fn line(&self, who: Who) -> CallId {
        let calls = self.calls(who);
        let rings = |call: &Call| matches!(call.phase, Phase::Ringing { .. });
        let mut own = calls.iter().filter(|call| !rings(call));
        let open = own.clone().find(|call| !call.hold.is_on());
        let call = open.or_else(|| own.next());
        call.expect("there is a call").id.clone()
    }

    /// This call of this person.
    pub(crate) fn call(&self, who: Who, call: &CallId) -> &Call {
        let mut calls = self.state(who).calls.iter();
        calls
            .find(|known| known.id == *call)
            .expect("it is on the screen")
    }

    /// The customer calls Sales, and this agent takes the call, whom it rings.
    pub(crate) fn talks_with_customer(&mut self, who: Who, customer: Who) -> CallId {
        self.dials(customer, crate::world::SALES);
        self.takes(who);
        self.line(who)
    }

    /// This person sends a call on.
    pub(crate) fn transfers(
        &mut self,
        who: Who,
        call: &CallId,
        target: TransferTarget,
        note: Option<&str>,
    ) {
        let transfer = self.transfer_command(call, target, note);
        self.command(who, transfer);
        self.run(1_000);
    }

    /// What is said for that.
    pub(crate) fn transfer_command(
        &self,
        call: &CallId,
        target: TransferTarget,
        note: Option<&str>,
    ) -> Command {
        Command::Transfer {
            call: call.clone(),
            target,
            note: note.map(str::to_owned),
        }
    }

    /// This person calls somebody about a call; that other call.
    pub(crate) fn consults(
        &mut self,
        who: Who,
        call: &CallId,
        target: TransferTarget,
        note: Option<&str>,
    ) -> CallId {
        let consult = Command::Consult {
            call: call.clone(),
            target,
            note: note.map(str::to_owned),
        };
        self.command(who, consult);
        self.run(1_000);
        match &self.call(who, call).consultation {
            Some(Consultation::Customer { consulted }) => consulted.clone(),
            other => panic!("nobody is asked: {other:?}"),
        }
    }

    /// This person leaves the two together.
    pub(crate) fn completes(&mut self, who: Who, asked: &CallId) {
        let call = asked.clone();
        self.command(who, Command::CompleteTransfer { call });
        self.run(1_000);
    }

    /// This person brings all three together.
    pub(crate) fn merges(&mut self, who: Who, asked: &CallId) {
        let call = asked.clone();
        self.command(who, Command::Merge { call });
        self.run(1_000);
    }

    /// This person drops whoever was asked.
    pub(crate) fn backs(&mut self, who: Who, asked: &CallId) {
        let call = asked.clone();
        self.command(who, Command::BackToCustomer { call });
        self.run(1_000);
    }

    /// This person presses keys in his call.
    pub(crate) fn types(&mut self, who: Who, digits: &str) {
        let call = self.line(who);
        let digits = Digits(digits.to_owned());
        self.command(who, Command::SendDigits { call, digits });
        self.run(1_500);
    }

    /// This agent takes no calls of queues now.
    pub(crate) fn busy(&mut self, who: Who) {
        self.works(who, "short-break");
    }

    /// This agent takes calls of queues.
    pub(crate) fn available(&mut self, who: Who) {
        self.works(who, "available");
    }

    fn works(&mut self, who: Who, id: &str) {
        let state = WorkingState {
            id: id.into(),
            name: None,
        };
        self.command(who, Command::SetWorking { state });
        self.run(1_000);
    }

    /// How this person's last transfer stands.
    pub(crate) fn stage(&self, who: Who) -> TransferStage {
        let transfers = &self.state(who).transfers;
        transfers
            .last()
            .expect("a transfer is followed")
            .stage
            .clone()
    }

    /// How this call ended.
    pub(crate) fn outcome(&self, who: Who, call: &CallId) -> Outcome {
        match &self.call(who, call).phase {
            Phase::Ended { outcome, .. } => outcome.clone(),
            other => panic!("it is not over: {other:?}"),
        }
    }

    /// Whether this person is told of such a trouble.
    pub(crate) fn is_told(&self, who: Who, trouble: impl Fn(&Trouble) -> bool) -> bool {
        let notices = &self.state(who).notices;
        notices.iter().any(|notice| trouble(&notice.trouble))
    }
}

fn target(kind: TargetKind, address: &str) -> TransferTarget {
    TransferTarget {
        kind,
        address: address.to_owned(),
        name: None,
    }
}

/// A colleague.
pub(crate) fn agent(extension: &str) -> TransferTarget {
    target(TargetKind::Agent, extension)
}

/// A telephone number.
pub(crate) fn number(number: &str) -> TransferTarget {
    target(TargetKind::Number, number)
}

/// A queue.
pub(crate) fn queue(id: &str) -> TransferTarget {
    target(TargetKind::Queue, id)
}

/// An IVR tree.
pub(crate) fn tree(id: &str) -> TransferTarget {
    target(TargetKind::Ivr, id)
}

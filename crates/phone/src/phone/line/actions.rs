//! What can be done with a call now: the one place that decides it.

use super::record::{Line, Stage};
use crate::language::{CallActions, CallId, Command, Digits, TargetKind, TransferTarget};

/// What the rest of the phone has to do with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// This is the call that the person talks to.
    pub(crate) active: bool,
    /// There is another call that talks or is held.
    pub(crate) others_stand: bool,
    /// An agent is signed in, and requests can be expected to be answered.
    pub(crate) transfers: bool,
    /// One more call can be placed.
    pub(crate) room: bool,
    /// The two calls of a consultation, of which this is one.
    pub(crate) pair: Option<Pair>,
}

/// What can be done with the two calls of a consultation.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    /// The call with whoever is asked.
    pub(crate) consulted: CallId,
    /// The customer's call can be sent to whoever is asked.
    pub(crate) complete: bool,
    /// All three can talk.
    pub(crate) merge: bool,
    /// The customer can be taken back.
    pub(crate) back: bool,
}

impl Line {
    /// The actions of this call.
    pub(crate) fn actions(&self, around: &Surroundings) -> CallActions {
        let call = || self.id.clone();
        let ringing = self.is_ringing();
        let live = self.is_live();
        let own = live && !ringing;
        let stands = self.is_talking() && !self.dialog.is_gone() && self.successor().is_none();
        let changeable = stands && !self.bound.is_leaving();
        let away = !around.active || self.hold.wanted();
        let transfers = changeable && around.transfers && around.pair.is_none();
        let pair = |fits: fn(&Pair) -> bool, command: fn(CallId) -> Command| {
            let pair = around.pair.as_ref().filter(|pair| fits(pair))?;
            Some(command(pair.consulted.clone()))
        };
        CallActions {
            answer: ringing.then(|| Command::Answer {
                call: call(),
                video: false,
            }),
            decline: ringing.then(|| Command::Decline { call: call() }),
            hang_up: live.then(|| Command::HangUp { call: call() }),
            toggle_mute: own.then(|| Command::SetMute {
                call: call(),
                muted: !self.muted,
            }),
            toggle_hold: changeable.then(|| Command::SetHold {
                call: call(),
                held: !self.hold.wanted(),
            }),
            send_digits: self.takes_digits().then(|| Command::SendDigits {
                call: call(),
                digits: Digits(String::new()),
            }),
            swap_to: (changeable && around.others_stand && away)
                .then(|| Command::SwapTo { call: call() }),
            dismiss: matches!(self.stage, Stage::Ended { .. })
                .then(|| Command::DismissCall { call: call() }),
            transfer: transfers.then(|| Command::Transfer {
                call: call(),
                target: nobody(),
                note: None,
            }),
            consult: (transfers && around.room).then(|| Command::Consult {
                call: call(),
                target: nobody(),
                note: None,
            }),
            complete_transfer: pair(
                |pair| pair.complete,
                |call| Command::CompleteTransfer { call },
            ),
            merge: pair(|pair| pair.merge, |call| Command::Merge { call }),
            back_to_customer: pair(|pair| pair.back, |call| Command::BackToCustomer { call }),
            ..CallActions::default()
        }
    }
}

/// The target of a template.
fn nobody() -> TransferTarget {
    TransferTarget {
        kind: TargetKind::Agent,
        address: String::new(),
        name: None,
    }
}

/// Whether these actions contain this command, or the same for another value of it.
pub(crate) fn permits(actions: &CallActions, command: &Command) -> bool {
    let action = match command {
        Command::Answer { .. } => &actions.answer,
        Command::Decline { .. } => &actions.decline,
        Command::HangUp { .. } => &actions.hang_up,
        Command::SetMute { .. } => &actions.toggle_mute,
        Command::SetHold { .. } => &actions.toggle_hold,
        Command::SendDigits { .. } => &actions.send_digits,
        Command::SwapTo { .. } => &actions.swap_to,
        Command::Transfer { .. } => &actions.transfer,
        Command::Consult { .. } => &actions.consult,
        // Both calls offer these; the call with whoever is asked is named.
        Command::CompleteTransfer { call } => return names(&actions.complete_transfer, call),
        Command::Merge { call } => return names(&actions.merge, call),
        Command::BackToCustomer { call } => return names(&actions.back_to_customer, call),
        Command::DismissCall { .. } => &actions.dismiss,
        _ => return false,
    };
    action.is_some()
}

fn names(action: &Option<Command>, named: &CallId) -> bool {
    matches!(action,
        Some(
            Command::CompleteTransfer { call }
            | Command::Merge { call }
            | Command::BackToCustomer { call },
        ) if call == named)
}

//! What can be done with a call now: the one place that decides it.

use super::record::{Line, Stage};
use crate::language::{CallActions, Command, Digits};

/// What the other calls have to do with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings {
    /// This is the call that the person talks to.
    pub(crate) active: bool,
    /// There is another call that talks or is held.
    pub(crate) others_stand: bool,
}

impl Line {
    /// The actions of this call.
    pub(crate) fn actions(&self, around: Surroundings) -> CallActions {
        let call = || self.id.clone();
        let ringing = self.is_ringing();
        let live = self.is_live();
        let talking = self.is_talking();
        let own = live && !ringing;
        let changeable = talking && !self.dialog.is_gone();
        let away = !around.active || self.hold.wanted();
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
            ..CallActions::default()
        }
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
        Command::DismissCall { .. } => &actions.dismiss,
        _ => return false,
    };
    action.is_some()
}

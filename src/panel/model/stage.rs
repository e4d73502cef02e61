//! Which call the panel shows large, and what stands beside it.

use alo_phone::language::{Call, CallId, Consultation, Outcome, Phase, State};

/// What the panel shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stage {
    /// The middle of the panel.
    pub main: Main,
    /// While there is no call: the one that is over, shown above what the phone can do next.
    pub ended: Option<CallId>,
    /// A call that rings while another one goes on, shown above it.
    pub waiting: Option<CallId>,
    /// All others, one line each. Without a call there are none: of those that are over, the history
    /// tells.
    pub others: Vec<CallId>,
}

/// The middle of the panel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Main {
    /// No call: dialling, people, history, settings.
    #[default]
    Idle,
    /// A call rings here, and nothing else goes on.
    Incoming(CallId),
    /// A call goes on.
    Call(CallId),
}

impl Stage {
    /// The call that rings here, whichever place it has.
    pub fn ringing(&self) -> Option<&CallId> {
        match &self.main {
            Main::Incoming(id) => Some(id),
            _ => self.waiting.as_ref(),
        }
    }

    /// The call that goes on.
    pub fn current(&self) -> Option<&CallId> {
        match &self.main {
            Main::Call(id) => Some(id),
            _ => None,
        }
    }
}

/// Whether the call rings here.
pub fn rings(call: &Call) -> bool {
    matches!(call.phase, Phase::Ringing { .. })
}

/// Whether the call is over.
pub fn is_over(call: &Call) -> bool {
    matches!(call.phase, Phase::Ended { .. })
}

/// Whether the call goes on: neither rings here nor is over.
pub fn goes_on(call: &Call) -> bool {
    !rings(call) && !is_over(call)
}

/// Both calls.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// The customer's.
    pub customer: &'a Call,
    /// That with whoever is asked.
    pub consulted: &'a Call,
}

/// The pair that a call belongs to, while both are there.
pub fn pair<'a>(call: &'a Call, state: &'a State) -> Option<Pair<'a>> {
    match call.consultation.as_ref()? {
        Consultation::Customer { consulted } => Some(Pair {
            customer: call,
            consulted: find(state, consulted)?,
        }),
        Consultation::Consulted { customer } => Some(Pair {
            customer: find(state, customer)?,
            consulted: call,
        }),
    }
}

/// Arranges the calls of a state.
///
/// A ringing call never hides one that goes on, because the person must be able to mute or hang
/// up while deciding.
pub fn stage(state: &State) -> Stage {
    let focus = state.focus.as_ref().and_then(|id| find(state, id));
    let Some(main) = main_call(state, focus) else {
        return Stage::default();
    };
    let waiting = state
        .calls
        .iter()
        .find(|call| rings(call) && call.id != main.id && goes_on(main))
        .map(|call| call.id.clone());
    let others = state
        .calls
        .iter()
        .filter(|_| !is_over(main))
        .filter(|call| call.id != main.id && Some(&call.id) != waiting.as_ref())
        .filter(|call| !is_shown_with(main, call, state))
        .map(|call| call.id.clone())
        .collect();
    let id = main.id.clone();
    let (main, ended) = if rings(main) {
        (Main::Incoming(id), None)
    } else if is_over(main) {
        (Main::Idle, (!is_followed(main, state)).then_some(id))
    } else {
        (Main::Call(id), None)
    };
    Stage {
        main,
        ended,
        waiting,
        others,
    }
}

/// Whether another place than its own tells of a call: it is a pair with the large one, or became one with
/// it, or was sent away, which the line of its transfer says.
fn is_shown_with(main: &Call, call: &Call, state: &State) -> bool {
    let partner = pair(main, state)
        .is_some_and(|pair| [&pair.customer.id, &pair.consulted.id].contains(&&call.id));
    let outcome = match &call.phase {
        Phase::Ended { outcome, .. } => Some(outcome),
        _ => None,
    };
    let told = match outcome {
        Some(Outcome::Merged) => !main.others.is_empty(),
        Some(Outcome::Transferred { .. }) => true,
        _ => false,
    };
    partner || told
}

/// Whether a call was transferred, and what is shown of the transfer says so.
fn is_followed(call: &Call, state: &State) -> bool {
    match &call.phase {
        Phase::Ended {
            outcome: Outcome::Transferred { target },
            ..
        } => state
            .transfers
            .iter()
            .any(|it| it.call == call.id || (it.attended && it.target == *target)),
        _ => false,
    }
}

fn main_call<'a>(state: &'a State, focus: Option<&'a Call>) -> Option<&'a Call> {
    let active = |call: &&Call| goes_on(call) && !call.hold.is_on();
    focus
        .filter(|call| goes_on(call))
        .or_else(|| state.calls.iter().find(active))
        .or_else(|| state.calls.iter().find(|call| goes_on(call)))
        .or_else(|| state.calls.iter().find(|call| rings(call)))
        .or(focus)
        .or_else(|| state.calls.last())
}

/// The call of that id.
pub fn find<'a>(state: &'a State, id: &CallId) -> Option<&'a Call> {
    state.calls.iter().find(|call| call.id == *id)
}

#[cfg(test)]
mod tests {
    use alo_phone::language::{TargetKind, Transfer, TransferStage, TransferTarget};

    use super::*;
    use crate::panel::model::samples::{call, ended, ringing};

    fn state(calls: Vec<Call>, focus: &str) -> State {
        State {
            calls,
            focus: Some(CallId(focus.into())),
            ..State::default()
        }
    }

    fn id(name: &str) -> CallId {
        CallId(name.into())
    }

    #[test]
    fn without_a_call_the_panel_is_idle() {
        assert_eq!(stage(&State::default()), Stage::default());
    }

    #[test]
    fn a_ringing_call_alone_fills_the_panel() {
        let stage = stage(&state(vec![ringing("a")], "a"));
        assert_eq!(stage.main, Main::Incoming(id("a")));
        assert_eq!(stage.waiting, None);
    }

    #[test]
    fn a_ringing_call_does_not_hide_one_that_goes_on() {
        let stage = stage(&state(vec![call("a"), ringing("b"), ringing("c")], "b"));
        assert_eq!(stage.main, Main::Call(id("a")));
        assert_eq!(stage.waiting, Some(id("b")));
        assert_eq!(stage.others, [id("c")]);
    }

    #[test]
    fn an_ended_call_gives_way_to_one_that_rings_or_goes_on() {
        let with_ringing = stage(&state(vec![ended("a"), ringing("b")], "a"));
        assert_eq!(with_ringing.main, Main::Incoming(id("b")));
        let with_talking = stage(&state(vec![ended("a"), call("b")], "a"));
        assert_eq!(with_talking.main, Main::Call(id("b")));
        assert_eq!(with_talking.others, [id("a")]);
        assert_eq!(with_talking.ended, None);
    }

    #[test]
    fn a_call_that_is_over_leaves_the_phone_free() {
        let stage = stage(&state(vec![ended("a"), ended("b")], "b"));
        assert_eq!(stage.main, Main::Idle);
        assert_eq!(stage.ended, Some(id("b")));
        assert!(stage.others.is_empty(), "the history has it");
    }

    #[test]
    fn a_pair_is_one_thing_and_a_followed_transfer_needs_no_card() {
        let mut pair = [call("x"), call("y")];
        pair[0].consultation = Some(Consultation::Customer { consulted: id("y") });
        pair[1].consultation = Some(Consultation::Consulted { customer: id("x") });
        let both = stage(&state(pair.to_vec(), "y"));
        assert_eq!(both.main, Main::Call(id("y")));
        assert!(both.others.is_empty());

        let target = TransferTarget {
            kind: TargetKind::Agent,
            address: "102".into(),
            name: None,
        };
        let mut sent = ended("x");
        sent.phase = Phase::Ended {
            outcome: Outcome::Transferred {
                target: target.clone(),
            },
            at: 9_000,
            talked: None,
        };
        let mut all = state(vec![sent.clone()], "x");
        assert_eq!(stage(&all).ended, Some(id("x")), "nothing follows it");
        all.transfers = vec![Transfer {
            id: 1,
            call: id("x"),
            customer: sent.remote,
            target,
            attended: false,
            began: 9_000,
            stage: TransferStage::Trying,
            dismiss: None,
        }];
        assert_eq!(stage(&all).ended, None);
        all.calls.push(call("b"));
        assert!(stage(&all).others.is_empty(), "and none below a call");
    }

    #[test]
    fn during_a_call_every_other_one_is_shown_exactly_once() {
        let all = state(vec![call("a"), ended("b"), ringing("c"), call("d")], "d");
        let stage = stage(&all);
        let mut shown = stage.others.clone();
        shown.extend(stage.waiting.clone());
        shown.extend(stage.current().cloned());
        shown.sort();
        assert_eq!(shown, [id("a"), id("b"), id("c"), id("d")]);
    }
}

//! The clock of the screen: it ticks only while something on the screen counts.

use std::cell::RefCell;

use alo_phone::language::{Millis, Phase, Reachability, State, TransferStage};
use gloo::timers::callback::Interval;
use leptos::prelude::{ArcRwSignal, Set};

use crate::platform::clock;

/// Pause between two ticks, in milliseconds: twice a second, so that no second is skipped.
const TICK_MS: u32 = 500;

/// Moves `now` on while something counts.
pub(crate) struct Ticker {
    now: ArcRwSignal<Millis>,
    running: RefCell<Option<Interval>>,
}

impl Ticker {
    /// Stands still.
    pub(crate) fn new(now: ArcRwSignal<Millis>) -> Self {
        Self {
            now,
            running: RefCell::new(None),
        }
    }

    /// The state changed: ticks from now on, or no longer.
    pub(crate) fn update(&self, state: &State) {
        self.now.set(clock::now());
        let mut running = self.running.borrow_mut();
        if !counts(state) {
            *running = None;
        } else if running.is_none() {
            let now = self.now.clone();
            *running = Some(Interval::new(TICK_MS, move || now.set(clock::now())));
        }
    }
}

/// Whether a duration or a countdown is shown.
fn counts(state: &State) -> bool {
    let calls = state
        .calls
        .iter()
        .any(|call| !matches!(call.phase, Phase::Ended { .. }));
    let waiting = match &state.reachability {
        Reachability::SignedOut | Reachability::Ready => false,
        Reachability::Connecting { .. } | Reachability::Reconnecting { .. } => true,
        Reachability::NotReachable { retry_at, .. } => retry_at.is_some(),
    };
    // How long in a working state, and what colleagues have been doing for how long.
    let states =
        state.working.now.is_some() || state.people.iter().any(|person| person.since.is_some());
    let transfers = state.transfers.iter().any(|transfer| {
        !matches!(
            transfer.stage,
            TransferStage::Done { .. }
                | TransferStage::Failed { .. }
                | TransferStage::Unfollowed { .. }
        )
    });
    calls || waiting || states || transfers
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use alo_phone::language::{Reachability, State, Trouble};

    use super::counts;

    fn with(reachability: Reachability) -> State {
        State {
            reachability,
            ..State::default()
        }
    }

    #[test]
    fn an_idle_phone_does_not_tick() {
        assert!(!counts(&State::default()));
        assert!(!counts(&with(Reachability::Ready)));
    }

    #[test]
    fn a_retry_ticks_and_a_dead_end_does_not() {
        let why = Trouble::ServerDown;
        assert!(counts(&with(Reachability::NotReachable {
            why: why.clone(),
            retry_at: Some(1)
        })));
        assert!(!counts(&with(Reachability::NotReachable {
            why,
            retry_at: None
        })));
    }
}

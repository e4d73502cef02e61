//! The phone and the life of its page: reload, closing, sleep, and coming back.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use alo_phone::io::Input;
use alo_phone::language::{Command, Phase, Reachability, SignIn, State, Trouble};
use gloo::events::EventListener;

use super::core::Core;
use crate::platform::carry_over::{self, CarryOver};
use crate::platform::page::{self, LeaveWarning};
use crate::platform::{notification, random};

/// What outlives a reload, and the listeners that see to it.
pub(crate) struct Lifecycle {
    instance: String,
    sign_in: RefCell<Option<SignIn>>,
    warning: RefCell<Option<LeaveWarning>>,
    listeners: RefCell<Vec<EventListener>>,
}

impl Lifecycle {
    /// Takes over from the load before: the SIP instance of this tab, and who was signed in.
    pub(crate) fn begin() -> Self {
        let before = carry_over::take();
        let instance = before.as_ref().map(|before| before.instance.clone());
        Self {
            instance: instance.unwrap_or_else(|| format!("urn:uuid:{}", random::uuid())),
            sign_in: RefCell::new(before.and_then(|before| welcome(before, &page::path()))),
            warning: RefCell::default(),
            listeners: RefCell::default(),
        }
    }

    /// `urn:uuid:...` of this tab.
    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    /// Who was signed in before the reload.
    pub(crate) fn sign_in(&self) -> Option<SignIn> {
        self.sign_in.borrow().clone()
    }

    /// A person asks for something: the moment to ask back whether notifications may be shown.
    pub(crate) fn asked(&self, command: &Command) {
        match command {
            Command::SignIn(sign_in) if !sign_in.extension.is_empty() => notification::ask(),
            Command::EnableDevices => notification::ask(),
            _ => {}
        }
    }

    /// Sees what the phone carries out: who signs in and out.
    pub(crate) fn saw(&self, command: &Command) {
        match command {
            Command::SignIn(sign_in) => {
                *self.sign_in.borrow_mut() = Some(sign_in.clone());
            }
            Command::SignOut => {
                self.sign_in.take();
            }
            _ => {}
        }
    }

    /// The state changed: warns before a page is left in which there is a call.
    pub(crate) fn update(&self, state: &State) {
        let in_call = state
            .calls
            .iter()
            .any(|call| !matches!(call.phase, Phase::Ended { .. } | Phase::Ending));
        let mut warning = self.warning.borrow_mut();
        if !in_call {
            *warning = None;
        } else if warning.is_none() {
            *warning = Some(LeaveWarning::new());
        }
    }

    /// Listens to the page on behalf of `core`.
    pub(crate) fn listen(&self, core: &Weak<Core>) {
        let with = |f: fn(&Rc<Core>)| {
            let core = core.clone();
            move || {
                if let Some(core) = core.upgrade() {
                    f(&core);
                }
            }
        };
        *self.listeners.borrow_mut() = vec![
            page::on_leave(with(leave)),
            page::on_return(with(come_back)),
            page::on_online(with(|core| core.network_changed())),
            page::on_visibility(with(|core| {
                // Whoever comes back may come from somewhere else.
                core.expect_call(false);
                // Timers are slow in a hidden page: what is due is done now.
                core.input(Input::Timeout);
                core.look_around();
            })),
        ];
    }

    /// Leaves to the next load of this tab what it needs. A guest begins anew, and so does whoever
    /// was refused.
    fn hand_over(&self, state: &State) {
        let refused = matches!(
            state.reachability,
            Reachability::NotReachable {
                why: Trouble::WrongPassword | Trouble::NotAllowed { .. },
                ..
            }
        );
        // What the phone tries again by itself worked before.
        let refused = refused && state.actions.retry.is_none();
        let sign_in = self
            .sign_in()
            .filter(|sign_in| !refused && state.account.is_some() && !sign_in.extension.is_empty());
        carry_over::leave(&CarryOver {
            instance: self.instance.clone(),
            sign_in: sign_in.map(|sign_in| (page::path(), sign_in)),
        });
    }

    /// Stops listening.
    pub(crate) fn end(&self) {
        self.listeners.take();
        self.warning.take();
    }
}

/// Whoever was signed in at this path is so again; another page (`/call`) is not theirs.
fn welcome(before: CarryOver, path: &str) -> Option<SignIn> {
    before
        .sign_in
        .filter(|(at, _)| at == path)
        .map(|(_, sign_in)| sign_in)
}

/// The page goes. What is sent now still leaves the browser, so the far end of a call is told, and
/// the server does not take a closed tab for a phone that can be reached.
fn leave(core: &Rc<Core>) {
    core.with_state(|state| core.lifecycle().hand_over(state));
    core.input(Input::Command(Command::SignOut));
}

/// The page comes back out of the back-forward cache.
fn come_back(core: &Rc<Core>) {
    let before = carry_over::take();
    if let Some(sign_in) = before.and_then(|before| welcome(before, &page::path())) {
        core.command(Command::SignIn(sign_in));
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use alo_phone::language::SignIn;

    use super::{CarryOver, welcome};

    #[test]
    fn only_the_same_page_is_signed_in_again() {
        let sign_in = SignIn {
            extension: "101".into(),
            name: None,
            password: None,
        };
        let before = CarryOver {
            instance: "urn:uuid:1".into(),
            sign_in: Some(("/".into(), sign_in.clone())),
        };
        assert_eq!(welcome(before.clone(), "/"), Some(sign_in));
        assert_eq!(welcome(before, "/call"), None);
    }
}

//! What a key does, anywhere on the page.
//!
//! Single letters, so that one hand is enough; they are silent while the person types, and can be
//! switched off (WCAG 2.1.4).

use alo_phone::language::{Call, Command, Millis, State};

use super::dialling::dial_key;
use super::stage::{Main, find, stage};
use crate::i18n::Catalogue;

/// One shortcut, as Settings lists it.
#[derive(Debug, Clone, Copy)]
pub struct Shortcut {
    /// What is pressed, as keys say it.
    pub keys: &'static str,
    /// What it does.
    pub what: fn(&'static Catalogue) -> &'static str,
}

/// Answer.
pub const ANSWER: &str = "A";
/// Decline.
pub const DECLINE: &str = "Shift+D";
/// Mute or unmute.
pub const MUTE: &str = "M";
/// Hold or take back.
pub const HOLD: &str = "H";
/// Open or close the keypad.
pub const KEYPAD: &str = "K";
/// Open the dialog for a transfer.
pub const TRANSFER: &str = "T";
/// Hang up.
pub const HANG_UP: &str = "Shift+E";

/// All of them, in the order of a call.
pub const SHORTCUTS: [Shortcut; 7] = [
    Shortcut {
        keys: ANSWER,
        what: |words| words.answer,
    },
    Shortcut {
        keys: DECLINE,
        what: |words| words.decline,
    },
    Shortcut {
        keys: MUTE,
        what: |words| words.mute,
    },
    Shortcut {
        keys: HOLD,
        what: |words| words.hold,
    },
    Shortcut {
        keys: KEYPAD,
        what: |words| words.keypad,
    },
    Shortcut {
        keys: TRANSFER,
        what: |words| words.transfer,
    },
    Shortcut {
        keys: HANG_UP,
        what: |words| words.hang_up,
    },
];

/// A key that was pressed.
#[derive(Debug, Clone, Copy)]
pub struct Press<'a> {
    /// `KeyboardEvent.key`.
    pub key: &'a str,
    /// Shift is down.
    pub shift: bool,
    /// Ctrl, Alt or Meta is down: then it belongs to the browser.
    pub modified: bool,
}

/// What a key asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Of the call that goes on.
    Command(Command),
    /// Of the call that rings: only once nothing has been typed for a while.
    Ringing(Command),
    /// Open or close the keypad of the call.
    ToggleKeypad,
    /// Open the dialog for a transfer of the call.
    OpenTransfer,
    /// A digit: dialled while idle, sent in a call.
    Digit(char),
}

/// What the key asks for now; `None` when it means nothing, or cannot be done at the moment.
pub fn ask(press: Press<'_>, state: &State) -> Option<Ask> {
    if press.modified {
        return None;
    }
    let stage = stage(state);
    let ringing = stage.ringing().and_then(|id| find(state, id));
    let current = stage.current().and_then(|id| find(state, id));
    if let Some(digit) = dial_key(press.key) {
        let means_something = match stage.main {
            Main::Idle => true,
            Main::Incoming(_) => false,
            // No tone stands for `+`.
            Main::Call(_) => digit != '+',
        };
        return means_something.then_some(Ask::Digit(digit));
    }
    let mut letters = press.key.chars().flat_map(char::to_lowercase);
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return None;
    };
    let of = |call: Option<&Call>, action: fn(&Call) -> &Option<Command>| {
        call.and_then(|call| action(call).clone()).map(Ask::Command)
    };
    let of_ringing = |action: fn(&Call) -> &Option<Command>| {
        ringing
            .and_then(|call| action(call).clone())
            .map(Ask::Ringing)
    };
    match (letter, press.shift) {
        ('a', false) => of_ringing(|call| &call.actions.answer),
        ('d', true) => of_ringing(|call| &call.actions.decline),
        ('m', false) => of(current, |call| &call.actions.toggle_mute),
        ('h', false) => of(current, |call| &call.actions.toggle_hold),
        ('e', true) => of(current, |call| &call.actions.hang_up),
        ('k', false) => current
            .filter(|call| call.actions.send_digits.is_some())
            .map(|_| Ask::ToggleKeypad),
        ('t', false) => current
            .filter(|call| can_transfer(call))
            .map(|_| Ask::OpenTransfer),
        _ => None,
    }
}

/// Whether the dialog for a transfer can be opened.
pub fn can_transfer(call: &Call) -> bool {
    call.actions.transfer.is_some() || call.actions.consult.is_some()
}

/// Whether a key may act on a call that rings: the person has typed nothing for a while, so that
/// a letter of a word that is being typed somewhere never answers or declines.
pub fn is_quiet(last_key: Millis, now: Millis) -> bool {
    const QUIET: Millis = 800;
    now.saturating_sub(last_key) >= QUIET
}

/// Keys that are held for others, and write nothing by themselves.
const MODIFIERS: [&str; 6] = ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock"];

/// Whether a key writes nothing by itself.
pub fn is_modifier(key: &str) -> bool {
    MODIFIERS.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::model::samples::{call, ringing};
    use alo_phone::language::CallId;

    fn press(key: &str, shift: bool) -> Press<'_> {
        Press {
            key,
            shift,
            modified: false,
        }
    }

    fn state(mut calls: Vec<Call>) -> State {
        for call in &mut calls {
            let id = call.id.clone();
            if super::super::stage::rings(call) {
                call.actions.answer = Some(Command::Answer {
                    call: id.clone(),
                    video: false,
                });
                call.actions.decline = Some(Command::Decline { call: id });
            } else {
                call.actions.toggle_mute = Some(Command::SetMute {
                    call: id.clone(),
                    muted: true,
                });
                call.actions.hang_up = Some(Command::HangUp { call: id });
            }
        }
        State {
            focus: calls.first().map(|call| call.id.clone()),
            calls,
            ..State::default()
        }
    }

    #[test]
    fn a_answers_the_ringing_call_and_m_mutes_the_other() {
        let state = state(vec![call("a"), ringing("b")]);
        let Some(Ask::Ringing(Command::Answer { call, .. })) = ask(press("a", false), &state)
        else {
            panic!("a answers")
        };
        assert_eq!(call, CallId("b".into()));
        assert!(matches!(
            ask(press("M", false), &state),
            Some(Ask::Command(Command::SetMute { .. }))
        ));
    }

    #[test]
    fn what_ends_a_call_needs_shift() {
        let state = state(vec![call("a"), ringing("b")]);
        assert_eq!(ask(press("e", false), &state), None);
        assert_eq!(ask(press("d", false), &state), None);
        assert!(ask(press("E", true), &state).is_some());
        assert!(ask(press("D", true), &state).is_some());
    }

    #[test]
    fn an_action_that_is_not_there_does_nothing() {
        let state = state(vec![call("a")]);
        assert_eq!(ask(press("h", false), &state), None, "no hold now");
        assert_eq!(ask(press("k", false), &state), None, "no digits now");
        assert_eq!(ask(press("a", false), &state), None, "nothing rings");
        assert_eq!(ask(press("t", false), &state), None, "no transfer now");
    }

    #[test]
    fn keys_of_the_browser_are_left_to_it() {
        let with_ctrl = Press {
            key: "h",
            shift: false,
            modified: true,
        };
        assert_eq!(ask(with_ctrl, &state(vec![call("a")])), None);
        assert_eq!(ask(press("Enter", false), &state(vec![call("a")])), None);
    }

    #[test]
    fn a_word_that_is_being_typed_answers_nothing() {
        assert!(!is_quiet(10_000, 10_150));
        assert!(is_quiet(10_000, 10_800));
        assert!(is_modifier("Shift") && !is_modifier("D"));
    }

    #[test]
    fn plus_is_dialled_and_never_sent() {
        let plus = press("+", true);
        assert_eq!(ask(plus, &State::default()), Some(Ask::Digit('+')));
        assert_eq!(ask(plus, &state(vec![call("a")])), None);
    }

    #[test]
    fn digits_are_digits_with_and_without_a_call() {
        assert_eq!(
            ask(press("5", false), &State::default()),
            Some(Ask::Digit('5'))
        );
        // `*` and `#` need Shift on most keyboards.
        assert_eq!(
            ask(press("#", true), &state(vec![call("a")])),
            Some(Ask::Digit('#'))
        );
    }
}

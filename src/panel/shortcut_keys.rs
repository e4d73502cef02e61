//! Listens for keys on the whole page.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

use super::model::shortcuts::{Ask, Press, ask, is_modifier, is_quiet};
use super::model::stage::{find, stage};
use super::{PanelUi, PhoneHandle, Section, use_panel_ui, use_phone};
use crate::platform::{clock, focus};
use crate::preferences::use_preferences;

/// Whether letters do something here, in the context of whatever has keys of its own.
#[derive(Clone, Copy)]
struct Letters(Signal<bool>);

/// Listens for digits and letters until the owner is disposed.
pub(super) fn listen_for_shortcuts() {
    let letters = use_preferences().shortcuts();
    provide_context(Letters(letters));
    listen(Some(letters));
}

/// Listens for the digits of a call alone until the owner is disposed: who calls from a web page
/// has learnt no shortcuts, and would press one by chance.
pub fn listen_for_digits() {
    listen(None);
}

/// The key of a control for `aria-keyshortcuts`: only where it works.
pub(super) fn shortcut(keys: &'static str) -> Signal<Option<&'static str>> {
    let letters = use_context::<Letters>();
    Signal::derive(move || letters.filter(|Letters(on)| on.get()).map(|_| keys))
}

fn listen(letters: Option<Signal<bool>>) {
    let phone = use_phone();
    let ui = use_panel_ui();
    let last_key = StoredValue::new(0);
    let listener = window_event_listener(ev::keydown, move |event| {
        let key = event.key();
        let now = clock::now();
        let quiet = is_quiet(last_key.get_value(), now);
        if !is_modifier(&key) {
            last_key.set_value(now);
        }
        if event.default_prevented() || event.repeat() || is_typing(&event) {
            return;
        }
        let press = Press {
            key: &key,
            shift: event.shift_key(),
            modified: event.ctrl_key() || event.alt_key() || event.meta_key(),
        };
        let Some(asked) = phone.state.with_untracked(|state| ask(press, state)) else {
            return;
        };
        let has_letters = letters.is_some_and(|on| on.get_untracked());
        let done = match asked {
            // A dialog lies over the calls, and whoever presses a key there means the dialog.
            _ if is_covered(ui) => false,
            Ask::Ringing(_) if !quiet => false,
            Ask::Digit(digit) => take_digit(digit, letters.is_some(), phone, ui),
            _ if !has_letters => false,
            Ask::Command(command) | Ask::Ringing(command) => {
                phone.send.run(command);
                true
            }
            Ask::ToggleKeypad => toggle_keypad(phone, ui),
            Ask::OpenTransfer => open_transfer(phone, ui),
        };
        if done {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
}

/// Sends a digit in a call; dials it while there is none, where the page has a field for it.
fn take_digit(digit: char, can_dial: bool, phone: PhoneHandle, ui: PanelUi) -> bool {
    let call = phone.state.with_untracked(|state| {
        let stage = stage(state);
        stage.current().and_then(|id| find(state, id)).cloned()
    });
    if let Some(call) = call {
        return ui.press(phone, &call, digit);
    }
    let takes = can_dial && ui.section.get_untracked() == Section::Keypad;
    if takes {
        ui.typed.update(|typed| typed.push(digit));
    }
    takes
}

fn toggle_keypad(phone: PhoneHandle, ui: PanelUi) -> bool {
    let stage = phone.state.with_untracked(|state| stage(state));
    let current = stage.current();
    if let Some(id) = current {
        ui.toggle_keypad(id);
    }
    current.is_some()
}

fn open_transfer(phone: PhoneHandle, ui: PanelUi) -> bool {
    let stage = phone.state.with_untracked(|state| stage(state));
    // A bar has no place for it.
    let button = ui.transfer_button.get_untracked();
    let current = stage
        .current()
        .filter(|_| button.is_some_and(|it| it.is_connected()));
    if let Some(id) = current {
        ui.transfer_of.set(Some(id.clone()));
    }
    current.is_some()
}

fn is_covered(ui: PanelUi) -> bool {
    ui.transfer_of.with_untracked(Option::is_some)
}

/// Whether the key goes into a field.
fn is_typing(event: &ev::KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|element| focus::takes_text(&element))
}

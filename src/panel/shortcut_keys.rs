//! Listens for keys on the whole page.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

use super::model::shortcuts::{Ask, Press, ask};
use super::model::stage::{Main, find, stage};
use super::{PanelUi, PhoneHandle, Section, use_panel_ui, use_phone};
use crate::preferences::use_preferences;

/// A popup that has just come answers to no key for so long: the key was meant for what was
/// there before.
const SETTLING_MS: u64 = 800;

/// Listens until the owner is disposed.
pub(super) fn listen_for_shortcuts() {
    let phone = use_phone();
    let ui = use_panel_ui();
    let preferences = use_preferences();
    let listener = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || event.repeat() || is_typing(&event) {
            return;
        }
        let key = event.key();
        let press = Press {
            key: &key,
            shift: event.shift_key(),
            modified: event.ctrl_key() || event.alt_key() || event.meta_key(),
        };
        let asked = phone.state.with_untracked(|state| ask(press, state));
        let Some(asked) = asked else { return };
        let is_digit = matches!(asked, Ask::Digit(_));
        if is_digit || (preferences.shortcuts().get_untracked() && !is_settling(phone)) {
            event.prevent_default();
            carry_out(asked, phone, ui);
        }
    });
    on_cleanup(move || listener.remove());
}

fn carry_out(asked: Ask, phone: PhoneHandle, ui: PanelUi) {
    let current = phone.state.with_untracked(|state| match stage(state).main {
        Main::Call(id) => Some(find(state, &id).cloned()),
        Main::Idle => Some(None),
        Main::Incoming(_) | Main::Ended(_) => None,
    });
    match (asked, current) {
        (Ask::Command(command), _) => phone.send.run(command),
        (Ask::ToggleKeypad, Some(Some(call))) => ui.toggle_keypad(&call.id),
        (Ask::Digit(digit), Some(Some(call))) => ui.press(phone, &call, digit),
        (Ask::Digit(digit), Some(None)) if ui.section.get_untracked() == Section::Keypad => {
            ui.typed.update(|typed| typed.push(digit));
        }
        _ => {}
    }
}

/// Whether a call began to ring just now.
fn is_settling(phone: PhoneHandle) -> bool {
    let now = phone.now.get_untracked();
    phone.state.with_untracked(|state| {
        let mut ringing = state
            .calls
            .iter()
            .filter(|call| super::model::stage::rings(call));
        ringing.any(|call| now < call.began + SETTLING_MS)
    })
}

/// Whether the key goes into a field.
fn is_typing(event: &ev::KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|element| {
        let within = element.closest(
            "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]",
        );
        matches!(within, Ok(Some(_)))
    })
}

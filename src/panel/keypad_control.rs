//! The control that opens the keypad of a call.

use leptos::prelude::*;

use super::model::shortcuts;
use super::shortcut_keys::shortcut;
use super::{CallRef, use_panel_ui};
use crate::components::{RoundControl, icons};
use crate::i18n::t;

/// Opens and closes the keypad.
#[component]
pub fn KeypadControl(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    let ui = use_panel_ui();
    let open = Memo::new(move |_| call.is(|call| ui.keypad_is_open(&call.id)));
    let toggle = move |()| {
        if let Some(id) = untrack(|| call.with(|call| call.id.clone())) {
            ui.toggle_keypad(&id);
        }
    };
    view! {
        <RoundControl
            name=t(|w| w.keypad)
            caption=t(|w| w.keypad)
            icon=icons::KEYPAD
            expanded=open
            disabled=call.cannot(|actions| &actions.send_digits)
            why=t(|w| w.not_now)
            shortcut=shortcut(shortcuts::KEYPAD)
            on_press=toggle
        />
    }
}

//! The keypad of a call.

use leptos::prelude::*;

use super::{CallRef, use_panel_ui, use_phone};
use crate::components::Keypad;
use crate::i18n::{t, use_i18n};

/// The keys, and the digits that were pressed.
#[component]
pub fn KeypadPad(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    let ui = use_panel_ui();
    let phone = use_phone();
    let i18n = use_i18n();
    let pressed = move || call.with(|call| ui.pressed_in(&call.id));
    let waits = move || call.is(|call| call.digits_pending > 0);
    view! {
        <div class="keypad-pad">
            <p class="keypad-pad__digits">
                <span class="visually-hidden">{t(|w| w.digits_sent)} " "</span>
                <output translate="no">{pressed}</output>
                {move || waits().then(|| view! {
                    <small>{i18n.words().digits_pending}</small>
                })}
            </p>
            <Keypad
                label=t(|w| w.keypad)
                star=t(|w| w.star)
                hash=t(|w| w.hash)
                disabled=call.cannot(|actions| &actions.send_digits)
                on_digit=move |digit| {
                    if let Some(call) = untrack(|| call.with(Clone::clone)) {
                        ui.press(phone, &call, digit);
                    }
                }
            />
        </div>
    }
}

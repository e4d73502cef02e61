//! A call that goes on: who, who hears whom, and what can be done.

use alo_phone::language::CallId;
use leptos::prelude::*;

use super::call_controls::CallControls;
use super::model::shortcuts;
use super::recovery_banner::CallBanner;
use super::shortcut_keys::shortcut;
use super::who::Who;
use super::{ActionButton, CallRef, Hearing, KeypadPad, use_panel_ui};
use crate::components::{Tone, icons};
use crate::i18n::{Text, t};

/// The middle of the panel during a call.
#[component]
pub(super) fn CallView(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let ui = use_panel_ui();
    let call = CallRef::of(id.clone());
    let keypad_open = Memo::new(move |_| ui.keypad_is_open(&id));
    view! {
        <section
            class="call-view"
            aria-label=Text::from(move || call.named(|w| w.call_with))
            data-keypad=move || keypad_open.get().to_string()
        >
            <CallBanner call/>
            <Who call size="large" heir=true/>
            <Hearing call/>
            {move || keypad_open.get().then(|| view! { <KeypadPad call/> })}
            <CallControls call/>
            <ActionButton
                call
                action=|actions| &actions.hang_up
                label=t(|w| w.hang_up)
                icon=icons::PHONE
                tone=Tone::Stop
                shortcut=shortcut(shortcuts::HANG_UP)
            />
        </section>
    }
}

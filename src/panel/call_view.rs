//! A call that goes on: who, who hears whom, and what can be done.

use alo_phone::language::CallId;
use leptos::prelude::*;

use super::call_controls::CallControls;
use super::consult_steps::ConsultSteps;
use super::introduced::Introduced;
use super::model::shortcuts;
use super::model::stage::pair;
use super::recovery_banner::CallBanner;
use super::shortcut_keys::shortcut;
use super::who::Who;
use super::{ActionButton, CallRef, Hearing, KeypadPad, use_panel_ui, use_phone};
use crate::components::{Tone, icons};
use crate::i18n::{Text, t};

/// The middle of the panel during a call. Of two calls that belong together both are shown, and what can
/// be done with them.
#[component]
pub(super) fn CallView(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let call = CallRef::of(id.clone());
    let paired = Memo::new(move |_| {
        phone
            .state
            .with(|state| call.is(|call| pair(call, state).is_some()))
    });
    let keypad_open = Memo::new(move |_| ui.keypad_is_open(&id));
    view! {
        <section
            class="call-view"
            aria-label=Text::from(move || call.named(|w| w.call_with))
            data-keypad=move || keypad_open.get().to_string()
            data-paired=move || paired.get().to_string()
        >
            <CallBanner call/>
            {move || if paired.get() {
                view! {
                    <h2 class="visually-hidden">{call.title}</h2>
                    <Hearing call heir=true/>
                    <ConsultSteps call/>
                }
                .into_any()
            } else {
                view! {
                    <Who call size="large" heir=true><Introduced call/></Who>
                    <Hearing call/>
                }
                .into_any()
            }}
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

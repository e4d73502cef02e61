//! The phone as a bar of 240x48.

use alo_phone::language::CallId;
use leptos::prelude::*;

use super::bar_call::BarCall;
use super::bar_ended::BarEnded;
use super::bar_ringing::BarRinging;
use super::model::stage::{Stage, stage};
use super::shortcut_keys::listen_for_shortcuts;
use super::{Announcement, PhoneStatus, use_phone};
use crate::i18n::t;
use crate::platform::focus;

/// What the bar has a place for.
#[derive(Debug, Clone, PartialEq)]
enum Shown {
    Ringing(CallId),
    Call(CallId),
    Ended(CallId),
    Nothing,
}

/// Status while idle; who, how long and the controls of the hand during a call.
#[component]
pub fn MinimisedBar() -> impl IntoView {
    let phone = use_phone();
    let stage = Memo::new(move |_| phone.state.with(|state| stage(state)));
    let account = phone.select(|state| {
        let account = state.account.as_ref();
        account.map(|account| account.name.clone().unwrap_or_default())
    });
    let shown = Memo::new(move |_| stage.with(shown));
    let is_idle = move || shown.with(|shown| *shown == Shown::Nothing);
    listen_for_shortcuts();
    focus::hand_on(move || stage.track());
    view! {
        <section
            class="minimised-bar"
            data-idle=move || is_idle().to_string()
            aria-label=t(|w| w.panel)
        >
            <Announcement/>
            <PhoneStatus/>
            {move || match shown.get() {
                Shown::Ringing(id) => view! { <BarRinging id/> }.into_any(),
                Shown::Call(id) => view! { <BarCall id/> }.into_any(),
                Shown::Ended(id) => view! { <BarEnded id/> }.into_any(),
                Shown::Nothing => {
                    view! { <p class="minimised-bar__account" translate="no">{account}</p> }.into_any()
                }
            }}
        </section>
    }
}

fn shown(stage: &Stage) -> Shown {
    let ended = || stage.ended.clone().map(Shown::Ended);
    let current = stage.current().cloned().map(Shown::Call);
    let ringing = stage.ringing().cloned().map(Shown::Ringing);
    // A call that rings never hides one that goes on; that it rings is announced.
    current.or(ringing).or_else(ended).unwrap_or(Shown::Nothing)
}

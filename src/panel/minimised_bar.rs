//! The phone as a bar of 240x48.

use alo_phone::language::CallId;
use leptos::prelude::*;

use super::bar_call::BarCall;
use super::bar_ended::BarEnded;
use super::bar_ringing::BarRinging;
use super::bar_working::BarWorking;
use super::model::stage::{Stage, stage};
use super::model::working::{keeps_working_states, wrap_up};
use super::shortcut_keys::listen_for_shortcuts;
use super::working_menu::WorkingAnnouncement;
use super::wrap_up_card::BarWrapUp;
use super::{Announcement, PhoneStatus, use_phone};
use crate::i18n::t;
use crate::platform::focus;

/// What the bar has a place for.
#[derive(Debug, Clone, PartialEq)]
enum Shown {
    Ringing(CallId),
    Call(CallId),
    Ended(CallId),
    WrapUp,
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
    let wraps_up = phone.select(|state| wrap_up(state).is_some());
    let keeps_states = phone.select(keeps_working_states);
    let shown = Memo::new(move |_| stage.with(|stage| shown(stage, wraps_up.get())));
    let is_idle = move || shown.with(|shown| *shown == Shown::Nothing);
    listen_for_shortcuts();
    focus::hand_on(move || {
        stage.track();
        shown.track();
    });
    view! {
        <section
            class="minimised-bar"
            data-idle=move || is_idle().to_string()
            aria-label=t(|w| w.panel)
        >
            <Announcement/>
            <WorkingAnnouncement/>
            <PhoneStatus/>
            {move || match shown.get() {
                Shown::Ringing(id) => view! { <BarRinging id/> }.into_any(),
                Shown::Call(id) => view! { <BarCall id/> }.into_any(),
                Shown::Ended(id) => view! { <BarEnded id/> }.into_any(),
                Shown::WrapUp => view! { <BarWrapUp/> }.into_any(),
                Shown::Nothing if keeps_states.get() => view! { <BarWorking/> }.into_any(),
                Shown::Nothing => {
                    view! { <p class="minimised-bar__account" translate="no">{account}</p> }.into_any()
                }
            }}
        </section>
    }
}

fn shown(stage: &Stage, wraps_up: bool) -> Shown {
    let ended = || stage.ended.clone().map(Shown::Ended);
    let current = stage.current().cloned().map(Shown::Call);
    let ringing = stage.ringing().cloned().map(Shown::Ringing);
    // A call that rings never hides one that goes on; that it rings is announced.
    // What ran out of time gives way to what runs.
    let work = wraps_up.then_some(Shown::WrapUp);
    let calls = current.or(ringing).or(work);
    calls.or_else(ended).unwrap_or(Shown::Nothing)
}

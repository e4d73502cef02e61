//! The phone as a bar of 240x48.

use alo_phone::language::{Call, Command, Phase};
use leptos::prelude::*;

use super::call_header::talk_time;
use super::model::party::title_of;
use super::model::stage::{Main, find, stage};
use super::model::status::{light, status_text};
use super::phone_panel::phase_word;
use super::shortcut_keys::listen_for_shortcuts;
use super::use_phone;
use crate::components::{IconButton, StatusLight, Tone, icons};
use crate::i18n::{t, use_i18n};

/// Status while idle; who, how long and the controls of the hand during a call.
#[component]
pub fn MinimisedBar() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let call = Memo::new(move |_| {
        phone.state.with(|state| {
            let stage = stage(state);
            let shown = stage.waiting.or(match stage.main {
                Main::Idle => None,
                Main::Incoming(id) | Main::Call(id) | Main::Ended(id) => Some(id),
            });
            shown.and_then(|id| find(state, &id).cloned())
        })
    });
    let account = phone.select(|state| {
        state
            .account
            .as_ref()
            .map(|account| account.name.clone().unwrap_or_default())
    });
    let is_call = Memo::new(move |_| call.with(Option::is_some));
    listen_for_shortcuts();
    view! {
        <section class="minimised-bar" aria-label=t(|w| w.panel)>
            <StatusLight light=Signal::derive(move || phone.state.with(|state| light(&state.reachability)).name())/>
            <p
                role="status"
                aria-label=t(|w| w.phone_status)
                class="minimised-bar__status"
                class:visually-hidden=is_call
            >
                {move || phone.state.with(|state| status_text(&state.reachability, i18n.words()))}
            </p>
            {move || if is_call.get() {
                view! { <BarCall call/> }.into_any()
            } else {
                view! { <p class="minimised-bar__account" translate="no">{account}</p> }.into_any()
            }}
        </section>
    }
}

/// The call in the bar.
#[component]
fn BarCall(
    /// The call.
    call: Memo<Option<Call>>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let title = move || {
        let directory = phone.directory.get();
        call.with(|call| {
            call.as_ref()
                .map(|call| title_of(&call.remote, &directory, i18n.words()))
        })
    };
    let time = move || {
        call.with(|call| {
            call.as_ref().map(|call| match call.phase {
                Phase::Talking { since } => talk_time(since, phone.now.get()),
                _ => phase_word(call, i18n.words()).to_owned(),
            })
        })
    };
    let action = move |of: fn(&Call) -> &Option<Command>| {
        Memo::new(move |_| call.with(|call| call.as_ref().and_then(|call| of(call).clone())))
    };
    let answer = action(|call| &call.actions.answer);
    let decline = action(|call| &call.actions.decline);
    let mute = action(|call| &call.actions.toggle_mute);
    let hold = action(|call| &call.actions.toggle_hold);
    let hang_up = action(|call| &call.actions.hang_up);
    let muted = Signal::derive(move || call.with(|call| call.as_ref().map(|call| call.muted)));
    let held =
        Signal::derive(move || call.with(|call| call.as_ref().map(|call| call.hold.is_on())));
    let run = move |action: Memo<Option<Command>>| move |()| phone.ask(action.get_untracked());
    view! {
        <div class="minimised-bar__who">
            <strong translate="no">{title}</strong>
            <span>{time}</span>
        </div>
        <Show when=move || answer.get().is_some()>
            <IconButton label=t(|w| w.decline) icon=icons::PHONE tone=Tone::Stop on_press=run(decline)/>
            <IconButton label=t(|w| w.answer) icon=icons::PHONE tone=Tone::Go on_press=run(answer)/>
        </Show>
        <Show when=move || mute.get().is_some()>
            <IconButton label=t(|w| w.mute) icon=icons::MICROPHONE pressed=muted on_press=run(mute)/>
        </Show>
        <Show when=move || hold.get().is_some()>
            <IconButton label=t(|w| w.hold) icon=icons::PAUSE pressed=held on_press=run(hold)/>
        </Show>
        <Show when=move || hang_up.get().is_some() && answer.get().is_none()>
            <IconButton label=t(|w| w.hang_up) icon=icons::PHONE tone=Tone::Stop on_press=run(hang_up)/>
        </Show>
    }
}

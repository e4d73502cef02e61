//! `/`: the desk. The panel, and on a wide screen call details and history beside it.

use alo_phone::language::{Call, CallDirection, Phase};
use leptos::prelude::*;

use super::RunningPhone;
use super::sign_in::{SignInCard, is_inside};
use crate::components::{Icon, Number, icons};
use crate::i18n::format::{clock, time_of_day};
use crate::i18n::{t, use_i18n};
use crate::panel::model::party::{line_of, number_of};
use crate::panel::model::stage::{Main, find, stage};
use crate::panel::{HistoryList, PhonePanel, use_phone};

/// The page.
#[component]
pub fn DeskPage() -> impl IntoView {
    view! {
        <RunningPhone>
            <DeskOrSignIn/>
        </RunningPhone>
    }
}

#[component]
fn DeskOrSignIn() -> impl IntoView {
    let inside = is_inside(use_phone());
    move || {
        if inside.get() {
            view! { <Desk/> }.into_any()
        } else {
            view! { <SignInCard/> }.into_any()
        }
    }
}

/// The desk of somebody who is signed in.
#[component]
pub fn Desk() -> impl IntoView {
    view! {
        <main class="desk">
            <h1 class="visually-hidden">{t(|w| w.page_title)}</h1>
            <div class="desk__panel">
                <PhonePanel/>
            </div>
            <div class="desk__beside">
                <CallDetails/>
                <section class="card" aria-label=t(|w| w.history)>
                    <h2 class="card__heading">{t(|w| w.history)}</h2>
                    <HistoryList/>
                </section>
            </div>
        </main>
    }
}

/// What is known about the call that goes on.
#[component]
fn CallDetails() -> impl IntoView {
    let phone = use_phone();
    let call = Memo::new(move |_| {
        phone.state.with(|state| match stage(state).main {
            Main::Incoming(id) | Main::Call(id) => find(state, &id).cloned(),
            Main::Idle | Main::Ended(_) => None,
        })
    });
    view! {
        <section class="card" aria-label=t(|w| w.call_details)>
            <h2 class="card__heading">{t(|w| w.call_details)}</h2>
            <Show
                when=move || call.with(Option::is_some)
                fallback=|| view! {
                    <div class="empty">
                        <Icon icon=icons::PHONE/>
                        <p>{t(|w| w.no_call_now)}</p>
                        <p>{t(|w| w.no_call_now_hint)}</p>
                    </div>
                }
            >
                <Details call/>
            </Show>
        </section>
    }
}

/// The facts, as a list of terms.
#[component]
fn Details(
    /// The call.
    call: Memo<Option<Call>>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let of = move |fact: fn(&Call) -> Option<String>| {
        Memo::new(move |_| call.with(|call| call.as_ref().and_then(fact)))
    };
    let number = of(|call| number_of(&call.remote));
    let began = of(|call| Some(time_of_day(call.began)));
    let round_trip = of(|call| Some(format!("{} ms", call.quality?.round_trip?)));
    let jitter = of(|call| Some(format!("{} ms", call.quality?.jitter)));
    let loss = of(|call| {
        let lost = call.quality?.lost_per_mille;
        Some(format!("{}.{} %", lost / 10, lost % 10))
    });
    let line = Memo::new(move |_| {
        let directory = phone.directory.get();
        call.with(|call| call.as_ref().and_then(|call| line_of(call, &directory)))
    });
    let direction = Memo::new(move |_| {
        let words = i18n.words();
        call.with(|call| call.as_ref().map(|call| call.direction))
            .map(|direction| {
                match direction {
                    CallDirection::Incoming => words.history_incoming,
                    CallDirection::Outgoing => words.history_outgoing,
                }
                .to_owned()
            })
    });
    let time = Memo::new(move |_| {
        let now = phone.now.get();
        call.with(|call| match call.as_ref().map(|call| &call.phase) {
            Some(Phase::Talking { since }) => Some(clock(now.saturating_sub(*since))),
            _ => None,
        })
    });
    let row = |label: Signal<&'static str>, value: Memo<Option<String>>| {
        view! {
            <Show when=move || value.with(Option::is_some)>
                <div class="facts__row">
                    <dt>{label}</dt>
                    <dd>{move || value.get()}</dd>
                </div>
            </Show>
        }
    };
    view! {
        <dl class="facts">
            {move || number.get().map(|number| view! {
                <div class="facts__row">
                    <dt>{t(|w| w.detail_number)}</dt>
                    <dd><Number number/></dd>
                </div>
            })}
            {row(t(|w| w.detail_direction), direction)}
            {row(t(|w| w.detail_hotline), line)}
            {row(t(|w| w.detail_began), began)}
            {row(t(|w| w.detail_time), time)}
            {row(t(|w| w.detail_round_trip), round_trip)}
            {row(t(|w| w.detail_loss), loss)}
            {row(t(|w| w.detail_jitter), jitter)}
        </dl>
    }
}

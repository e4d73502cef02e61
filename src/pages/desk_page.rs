//! `/`: the desk. The panel, and on a wide screen call details and history beside it.

use leptos::prelude::*;

use super::RunningPhone;
use super::call_details::CallDetails;
use super::sign_in::{SignInCard, is_inside};
use crate::i18n::t;
use crate::panel::{HistoryList, PhonePanel, use_phone};
use crate::platform::focus;

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
    focus::hand_on(move || inside.track());
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
                // Named otherwise than the section of the panel, which lists the same.
                <section class="card" aria-label=t(|w| w.recent_calls)>
                    <h2 class="card__heading">{t(|w| w.recent_calls)}</h2>
                    <HistoryList label=t(|w| w.recent_calls)/>
                </section>
            </div>
        </main>
    }
}

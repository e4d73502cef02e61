//! The reachability light, and what it means in words.

use leptos::prelude::*;

use super::model::status::{Light, light, status_text};
use super::use_phone;
use crate::components::StatusLight;
use crate::i18n::{t, use_i18n};

/// The light and the `status` **Phone status**.
#[component]
pub fn PhoneStatus(
    /// Whether an `alert` beside it says why calls do not reach this phone: then this is not read
    /// out on top of it.
    #[prop(optional)]
    alert_beside: bool,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let light = phone.select(|state| light(&state.reachability));
    let live = move || {
        let said = alert_beside && light.get() == Light::Bad;
        if said { "off" } else { "polite" }
    };
    view! {
        <StatusLight light=Signal::derive(move || light.get().name())/>
        <p class="phone-status" role="status" aria-live=live aria-label=t(|w| w.phone_status)>
            {move || phone.state.with(|state| status_text(&state.reachability, i18n.words()))}
        </p>
    }
}

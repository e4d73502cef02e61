//! What keeps the customer's call from being made, or disturbs it.

use alo_phone::language::Reachability;
use leptos::prelude::*;

use crate::components::Alert;
use crate::i18n::{Text, use_i18n};
use crate::panel::model::stage::goes_on;
use crate::panel::model::status::{Light, banner};
use crate::panel::model::trouble::customer_text;
use crate::panel::{MendButtons, use_phone};

/// In the words of somebody who has no phone here. What only takes its time is no alarm, and no
/// matter at all to somebody who does not call.
#[component]
pub(super) fn CustomerTrouble(
    /// Whether the customer calls.
    busy: Signal<bool>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let light = Memo::new(move |_| {
        let words = i18n.words();
        let banner = phone
            .state
            .with(|state| banner(state, phone.now.get(), words))?;
        (banner.light == Light::Bad || busy.get()).then_some(banner.light)
    });
    let text = Memo::new(move |_| {
        let words = i18n.words();
        phone.state.with(|state| match &state.reachability {
            Reachability::NotReachable { why, .. } => customer_text(why, words),
            Reachability::Reconnecting { .. } if state.calls.iter().any(goes_on) => {
                words.customer_call_goes_on.to_owned()
            }
            Reachability::Reconnecting { .. } => words.customer_reconnecting.to_owned(),
            _ => words.customer_connecting.to_owned(),
        })
    });
    move || {
        light.get().map(|light| {
            view! {
                <Alert text=Text::from(text) calm={light != Light::Bad}>
                    <MendButtons/>
                </Alert>
            }
        })
    }
}

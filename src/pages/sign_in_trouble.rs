//! Why signing in does not work, or not yet.

use leptos::prelude::*;

use crate::components::Alert;
use crate::i18n::{Text, t, use_i18n};
use crate::panel::model::status::{Light, banner};
use crate::panel::{MendButtons, use_phone};

/// An `alert` where it was refused or cannot work; a server that is slow is no alarm.
#[component]
pub(super) fn SignInTrouble() -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let shown = Memo::new(move |_| {
        let words = i18n.words();
        phone
            .state
            .with(|state| banner(state, phone.now.get(), words))
    });
    // One alert as long as the trouble lasts.
    let light = Memo::new(move |_| shown.get().map(|banner| banner.light));
    let text = Text::from(move || shown.get().map(|banner| banner.rest).unwrap_or_default());
    let attempt = move || shown.get().and_then(|banner| banner.attempt);
    move || {
        light.get().map(|light| {
            let calm = light != Light::Bad;
            view! {
                <Alert text=if calm { t(|w| w.sign_in_slow) } else { text } calm>
                    <p class="alert__aside">{attempt}</p>
                    <MendButtons/>
                </Alert>
            }
        })
    }
}

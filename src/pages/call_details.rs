//! What is known about the call that goes on, beside the panel.

use leptos::prelude::*;

use crate::components::{Facts, Icon, icons};
use crate::i18n::t;
use crate::panel::model::facts::call_facts;
use crate::panel::model::stage::{find, stage};
use crate::panel::{CallRef, use_phone};

/// A card with the facts of the call that rings or goes on.
#[component]
pub(super) fn CallDetails() -> impl IntoView {
    let phone = use_phone();
    let call = CallRef::new(Memo::new(move |_| {
        phone.state.with(|state| {
            let stage = stage(state);
            let id = stage.current().or_else(|| stage.ringing())?;
            find(state, id).cloned()
        })
    }));
    let facts = Memo::new(move |_| {
        call.told(|call, all, words| call_facts(call, all, phone.now.get(), words))
    });
    let known = Memo::new(move |_| facts.with(Option::is_some));
    view! {
        <section class="card" aria-label=t(|w| w.call_details)>
            <h2 class="card__heading">{t(|w| w.call_details)}</h2>
            <Show
                when=move || known.get()
                fallback=|| view! {
                    <div class="empty">
                        <Icon icon=icons::PHONE/>
                        <p>{t(|w| w.no_call_now)}</p>
                        <p>{t(|w| w.no_call_now_hint)}</p>
                    </div>
                }
            >
                <Facts facts=Signal::derive(move || facts.get().unwrap_or_default())/>
            </Show>
        </section>
    }
}

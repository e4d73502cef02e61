//! One colleague of the list.

use alo_api::DirectoryAgent;
use leptos::prelude::*;

use super::dial_view::{own_extension, place_call};
use super::model::people::{presence_of, status_dot, status_text};
use super::{use_panel_ui, use_phone};
use crate::components::{Avatar, IconButton, StateDot, Tone, icons};
use crate::i18n::{Text, fill, use_i18n};

/// Face, name, extension, what the colleague is doing and for how long, and a call.
#[component]
pub(super) fn Person(
    /// Who.
    agent: DirectoryAgent,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let DirectoryAgent { extension, name } = agent;
    let label = {
        let name = name.clone();
        Text::from(move || fill(i18n.words().call_person, &[("name", &name)]))
    };
    let extension = StoredValue::new(extension);
    let is_own = Memo::new(move |_| {
        phone
            .state
            .with(|state| extension.with_value(|it| *it == own_extension(state)))
    });
    let presence = Memo::new(move |_| {
        phone.state.with(|state| {
            extension.with_value(|extension| presence_of(&state.people, extension).cloned())
        })
    });
    let dot = Memo::new(move |_| presence.with(|it| it.as_ref().map(|it| status_dot(&it.status))));
    let status = move || {
        if is_own.get() {
            return Some(i18n.words().that_is_you.to_owned());
        }
        let directory = phone.directory.get();
        presence.with(|presence| {
            let presence = presence.as_ref()?;
            Some(status_text(
                presence,
                phone.now.get(),
                &directory,
                i18n.words(),
            ))
        })
    };
    let cannot = phone.cannot_dial();
    view! {
        <div class="person" data-state=dot>
            <span class="person__face">
                <Avatar name=Some(name.clone())/>
                {move || dot.get().map(|state| view! { <StateDot state/> })}
            </span>
            <div class="person__who">
                <p class="person__name" translate="no">
                    <strong>{name}</strong>
                    <span>" " {extension.get_value()}</span>
                </p>
                <p class="person__status">{status}</p>
            </div>
            <Show when=move || !is_own.get()>
                <IconButton
                    label
                    icon=icons::PHONE
                    tone=Tone::Go
                    disabled=cannot
                    on_press=move |()| place_call(phone, ui, extension.get_value())
                />
            </Show>
        </div>
    }
}

//! One colleague of the list.

use leptos::prelude::*;

use super::dial_view::{own_extension, place_call};
use super::model::party::listed_name;
use super::model::people::{status_dot, status_text};
use super::person_face::PersonFace;
use super::{use_panel_ui, use_phone};
use crate::components::{IconButton, Tone, icons};
use crate::i18n::{Text, fill, use_i18n};

/// Face, name, extension, what the colleague is doing and for how long, and a call.
#[component]
pub(super) fn Person(
    /// Who.
    extension: String,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let presence = phone.presence_of(extension.clone());
    let extension = StoredValue::new(extension);
    let name = Memo::new(move |_| {
        let listed = |extension: &String| phone.directory.with(|all| listed_name(extension, all));
        extension.with_value(listed).unwrap_or_default()
    });
    let label = Text::from(move || fill(i18n.words().call_person, &[("name", &name.get())]));
    let is_own = Memo::new(move |_| {
        phone
            .state
            .with(|state| extension.with_value(|it| *it == own_extension(state)))
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
            <PersonFace name dot/>
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

//! A call that goes on: who, who hears whom, and what can be done.

use alo_phone::language::{Call, CallId, Sound};
use leptos::prelude::*;

use super::call_controls::{CallControls, KeypadPad};
use super::model::hearing::{hearing_text, link};
use super::model::party::{name_of, number_of, title_of};
use super::model::shortcuts;
use super::recovery_banner::CallBanner;
use super::{use_panel_ui, use_phone};
use crate::components::{Avatar, Button, HearingLine, Number, Tone, icons};
use crate::i18n::{fill, t, use_i18n};

/// The middle of the panel during a call.
#[component]
pub(super) fn CallView(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let call = phone.call(id.clone());
    let title = Memo::new(move |_| {
        let directory = phone.directory.get();
        let words = i18n.words();
        call.with(|call| {
            call.as_ref()
                .map(|call| title_of(&call.remote, &directory, words))
                .unwrap_or_default()
        })
    });
    let label = move || fill(i18n.words().call_with, &[("who", &title.get())]);
    let keypad_open = Memo::new(move |_| ui.keypad_is_open(&id));
    let hang_up = Memo::new(move |_| call.with(|call| call.as_ref()?.actions.hang_up.clone()));
    view! {
        <section
            class="call-view"
            aria-label=label
            data-keypad=move || keypad_open.get().to_string()
        >
            <CallBanner call/>
            <Who call title/>
            <Hearing call/>
            {move || keypad_open.get().then(|| view! { <KeypadPad call/> })}
            <CallControls call keypad_open/>
            <Button
                label=t(|w| w.hang_up)
                icon=icons::PHONE
                tone=Tone::Stop
                shortcut=shortcuts::HANG_UP
                disabled=phone.lacks(move || hang_up.get())
                on_press=move |()| phone.ask(hang_up.get_untracked())
            />
        </section>
    }
}

/// Face, name and number.
#[component]
fn Who(
    /// The call.
    call: Memo<Option<Call>>,
    /// Name, else number.
    title: Memo<String>,
) -> impl IntoView {
    let phone = use_phone();
    let name = Memo::new(move |_| {
        let directory = phone.directory.get();
        call.with(|call| {
            call.as_ref()
                .and_then(|call| name_of(&call.remote, &directory))
        })
    });
    let number = Memo::new(move |_| {
        call.with(|call| number_of(&call.as_ref()?.remote))
            .filter(|_| name.with(Option::is_some))
    });
    view! {
        <div class="call-view__who">
            <Avatar name size="large"/>
            <h2 class="call-view__name" translate="no">
                {move || if name.get().is_some() {
                    title.get().into_any()
                } else {
                    view! { <Number number=title/> }.into_any()
                }}
            </h2>
            {move || number.get().map(|number| view! {
                <p class="call-view__number"><Number number/></p>
            })}
        </div>
    }
}

/// The hearing line of a call.
#[component]
pub fn Hearing(
    /// The call.
    call: Memo<Option<Call>>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let text = move || {
        let directory = phone.directory.get();
        let words = i18n.words();
        call.with(|call| {
            call.as_ref()
                .map(|call| hearing_text(call, &directory, words))
        })
    };
    let them = Memo::new(move |_| {
        let directory = phone.directory.get();
        call.with(|call| {
            call.as_ref()
                .and_then(|call| name_of(&call.remote, &directory))
        })
    });
    let hearing = move || call.with(|call| call.as_ref().map(|call| call.hearing));
    let link = move || hearing().map_or("none", |hearing| link(hearing).name());
    let muted = move || hearing().is_some_and(|it| it.to_remote == Sound::Muted);
    view! {
        <div class="call-view__hearing" data-muted=move || muted().to_string()>
            <HearingLine
                label=t(|w| w.who_hears_whom)
                you=t(|w| w.you)
                them
                link
                lead=move || text().map(|text| text.lead).unwrap_or_default()
                rest=move || text().and_then(|text| text.rest)
            />
        </div>
    }
}

//! A call that is over, and why.

use alo_phone::language::{Call, CallDirection, CallId, Phase};
use leptos::prelude::*;

use super::dial_view::place_call;
use super::model::outcome::{is_trouble, outcome_text};
use super::model::party::{name_of, number_of, title_of};
use super::{use_panel_ui, use_phone};
use crate::components::{Avatar, Button, Number, Tone, icons};
use crate::i18n::format::clock;
use crate::i18n::{fill, t, use_i18n};

/// The middle of the panel for some seconds after a call.
#[component]
pub(super) fn EndedView(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let call = phone.call(id);
    let title = Memo::new(move |_| {
        let directory = phone.directory.get();
        let words = i18n.words();
        call.with(|call| {
            call.as_ref()
                .map(|call| title_of(&call.remote, &directory, words))
                .unwrap_or_default()
        })
    });
    let name = Memo::new(move |_| {
        let directory = phone.directory.get();
        call.with(|call| {
            call.as_ref()
                .and_then(|call| name_of(&call.remote, &directory))
        })
    });
    let number = Memo::new(move |_| call.with(|call| number_of(&call.as_ref()?.remote)));
    let dismiss = Memo::new(move |_| call.with(|call| call.as_ref()?.actions.dismiss.clone()));
    let cannot_call = Signal::derive(move || {
        number.with(Option::is_none) || phone.state.with(|state| state.dial.is_none())
    });
    let again = move || {
        let words = i18n.words();
        let outgoing = call.with(|call| {
            call.as_ref()
                .is_some_and(|call| call.direction == CallDirection::Outgoing)
        });
        if outgoing {
            words.call_again
        } else {
            words.call_back
        }
        .to_owned()
    };
    let call_again = move |()| {
        if let Some(number) = number.get_untracked() {
            phone.ask(dismiss.get_untracked());
            place_call(phone, ui, number);
        }
    };
    view! {
        <section
            class="ended-view"
            aria-label=move || fill(i18n.words().call_with, &[("who", &title.get())])
        >
            <div class="call-view__who">
                <Avatar name size="large"/>
                <h2 class="call-view__name" translate="no">
                    {move || if name.get().is_some() {
                        title.get().into_any()
                    } else {
                        view! { <Number number=title/> }.into_any()
                    }}
                </h2>
                {move || number.get().filter(|_| name.with(Option::is_some)).map(|number| view! {
                    <p class="call-view__number"><Number number/></p>
                })}
            </div>
            <EndedReason call/>
            <div class="ended-view__actions">
                <Button
                    label=t(|w| w.close)
                    disabled=phone.lacks(move || dismiss.get())
                    on_press=move |()| phone.ask(dismiss.get_untracked())
                />
                <Button
                    label=again
                    icon=icons::PHONE
                    tone=Tone::Go
                    disabled=cannot_call
                    on_press=call_again
                />
            </div>
        </section>
    }
}

/// Why the call is over: an `alert` where it did not come about.
#[component]
pub fn EndedReason(
    /// The call.
    call: Memo<Option<Call>>,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let text = move || {
        let directory = phone.directory.get();
        call.with(|call| match call.as_ref().map(|call| (call, &call.phase)) {
            Some((call, Phase::Ended { outcome, .. })) => {
                outcome_text(call, outcome, &directory, i18n.words())
            }
            _ => String::new(),
        })
    };
    let trouble = Memo::new(move |_| {
        call.with(|call| match call.as_ref().map(|call| &call.phase) {
            Some(Phase::Ended { outcome, .. }) => is_trouble(outcome),
            _ => false,
        })
    });
    let talked = move || {
        call.with(|call| match call.as_ref().map(|call| &call.phase) {
            Some(Phase::Ended {
                talked: Some(span), ..
            }) => Some(fill(i18n.words().talked_for, &[("time", &clock(*span))])),
            _ => None,
        })
    };
    view! {
        <div class="ended-reason" data-trouble=move || trouble.get().to_string()>
            <p role=move || trouble.get().then_some("alert") class="ended-reason__text">{text}</p>
            <p class="ended-reason__talked">{talked}</p>
        </div>
    }
}

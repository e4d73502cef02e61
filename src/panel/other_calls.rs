//! The calls that are not shown large, one line each.

use alo_phone::language::{Call, CallId, Phase};
use leptos::prelude::*;

use super::call_header::talk_time;
use super::model::outcome::outcome_text;
use super::model::party::title_of;
use super::phone_panel::phase_word;
use super::use_phone;
use crate::components::{Button, IconButton, Tone, icons};
use crate::i18n::{fill, t, use_i18n};

/// The list; not there while it would be empty.
#[component]
pub(super) fn OtherCalls(
    /// The calls.
    ids: Signal<Vec<CallId>>,
) -> impl IntoView {
    let are_there = Memo::new(move |_| ids.with(|ids| !ids.is_empty()));
    view! {
        <Show when=move || are_there.get()>
            <ul class="other-calls" aria-label=t(|w| w.other_calls)>
                <For each=move || ids.get() key=|id| id.clone() let:id>
                    <OtherCall id/>
                </For>
            </ul>
        </Show>
    }
}

/// One line: who, how it stands, and the one thing to do about it.
#[component]
fn OtherCall(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let phone = use_phone();
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
    let detail = move || {
        let words = i18n.words();
        let directory = phone.directory.get();
        call.with(|call| {
            let call = call.as_ref()?;
            Some(match &call.phase {
                Phase::Talking { since } => {
                    format!(
                        "{} · {}",
                        phase_word(call, words),
                        talk_time(*since, phone.now.get())
                    )
                }
                Phase::Ended { outcome, .. } => outcome_text(call, outcome, &directory, words),
                _ => phase_word(call, words).to_owned(),
            })
        })
    };
    let action = move |of: fn(&Call) -> &Option<alo_phone::language::Command>| {
        Memo::new(move |_| call.with(|call| call.as_ref().and_then(|call| of(call).clone())))
    };
    let swap = action(|call| &call.actions.swap_to);
    let answer = action(|call| &call.actions.answer);
    let dismiss = action(|call| &call.actions.dismiss);
    let hang_up = action(|call| &call.actions.hang_up);
    let named = move |text: fn(&'static crate::i18n::Catalogue) -> &'static str| {
        Signal::derive(move || fill(text(i18n.words()), &[("who", &title.get())]))
    };
    view! {
        <li class="other-calls__call">
            <div class="other-calls__who">
                <strong translate="no">{title}</strong>
                <span>{detail}</span>
            </div>
            {move || answer.get().map(|command| view! {
                <Button
                    label=t(|w| w.answer)
                    tone=Tone::Go
                    on_press=move |()| phone.send.run(command.clone())
                />
            })}
            {move || swap.get().map(|command| view! {
                <Button
                    label=t(|w| w.swap)
                    title=named(|w| w.swap_to)
                    on_press=move |()| phone.send.run(command.clone())
                />
            })}
            {move || dismiss.get().map(|command| view! {
                <IconButton
                    label=t(|w| w.close)
                    icon=icons::CLOSE
                    on_press=move |()| phone.send.run(command.clone())
                />
            })}
            {move || hang_up.get().filter(|_| swap.get().is_none() && answer.get().is_none()).map(|command| {
                view! {
                    <IconButton
                        label=t(|w| w.hang_up)
                        icon=icons::PHONE
                        tone=Tone::Stop
                        on_press=move |()| phone.send.run(command.clone())
                    />
                }
            })}
        </li>
    }
}

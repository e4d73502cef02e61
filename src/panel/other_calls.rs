//! The calls that are not shown large, one line each.

use alo_phone::language::{CallId, Phase};
use leptos::prelude::*;

use super::action_icon::ActionIcon;
use super::model::outcome::outcome_text;
use super::model::standing::{phase_word, talk_time};
use super::{Action, ActionButton, CallRef, use_phone};
use crate::components::{Number, Tone, icons};
use crate::i18n::{Key, t};

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

/// One line: who, how it stands, and what there is to do about it. Its buttons name whom they are
/// about, because the call that is shown large has the same ones.
#[component]
fn OtherCall(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let phone = use_phone();
    let call = CallRef::of(id);
    let detail = move || {
        call.told(|call, directory, words| match &call.phase {
            Phase::Ended { outcome, .. } => outcome_text(call, outcome, directory, words),
            _ => {
                let word = phase_word(call, words);
                match talk_time(call, phone.now.get()) {
                    Some(time) => format!("{word} · {time}"),
                    None => word.to_owned(),
                }
            }
        })
    };
    let can = move |action: Action| {
        let can = Memo::new(move |_| call.can(action));
        move || can.get()
    };
    let rings = can(|actions| &actions.answer);
    let can_swap = can(|actions| &actions.swap_to);
    let is_over = can(|actions| &actions.dismiss);
    let can_end = can(|actions| &actions.hang_up);
    let named = move |text: Key| move || call.named(text);
    view! {
        <li class="other-calls__call">
            <div class="other-calls__who">
                <strong><Number number=call.title/></strong>
                <span>{detail}</span>
            </div>
            <Show when=rings>
                <ActionIcon
                    call
                    action=|actions| &actions.decline
                    label=named(|w| w.decline_who)
                    icon=icons::PHONE
                    tone=Tone::Stop
                />
                <ActionButton
                    call
                    action=|actions| &actions.answer
                    label=t(|w| w.answer)
                    name=named(|w| w.answer_who)
                    tone=Tone::Go
                />
            </Show>
            <Show when=can_swap>
                <ActionButton
                    call
                    action=|actions| &actions.swap_to
                    label=t(|w| w.swap)
                    title=named(|w| w.swap_to)
                />
            </Show>
            <Show when=is_over>
                <ActionIcon
                    call
                    action=|actions| &actions.dismiss
                    label=named(|w| w.close_who)
                    icon=icons::CLOSE
                />
            </Show>
            <Show when=move || can_end() && !can_swap() && !rings()>
                <ActionIcon
                    call
                    action=|actions| &actions.hang_up
                    label=named(|w| w.hang_up_who)
                    icon=icons::PHONE
                    tone=Tone::Stop
                />
            </Show>
        </li>
    }
}

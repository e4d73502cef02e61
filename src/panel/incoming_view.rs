//! A call that rings here, while nothing else goes on.

use alo_phone::language::{Call, CallId, Command, Millis, Phase};
use leptos::{html, prelude::*};

use super::model::party::{name_of, number_of, title_of};
use super::model::shortcuts;
use super::use_phone;
use crate::components::{Avatar, Button, Number, SecondsRing, Tone, icons};
use crate::i18n::format::{seconds_until, short_clock, spaced_number};
use crate::i18n::{fill, t, use_i18n};

/// With so many seconds left the ring turns red.
const URGENT_S: u64 = 5;

/// The popup: who calls, from which queue, how long is left.
#[component]
pub(super) fn IncomingView(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let call = phone.call(id);
    let popup = NodeRef::<html::Div>::new();
    // The focus goes to the popup and not to a button, so that a key that was meant for
    // something else does not answer or decline.
    Effect::new(move || {
        if let Some(popup) = popup.get() {
            let _focused = popup.focus();
        }
    });
    let name = Memo::new(move |_| {
        let directory = phone.directory.get();
        call.with(|call| {
            call.as_ref()
                .and_then(|call| name_of(&call.remote, &directory))
        })
    });
    let title = move || {
        let directory = phone.directory.get();
        call.with(|call| {
            call.as_ref()
                .map(|call| title_of(&call.remote, &directory, i18n.words()))
        })
    };
    let number = Memo::new(move |_| {
        call.with(|call| number_of(&call.as_ref()?.remote))
            .filter(|_| name.with(Option::is_some))
    });
    let left = move || {
        let now = phone.now.get();
        call.with(|call| left_to_answer(call.as_ref()?, now))
    };
    let left_text = move || {
        let (seconds, _) = left()?;
        Some(fill(
            i18n.words().seconds_left,
            &[("seconds", &seconds.to_string())],
        ))
    };
    let urgent = Signal::derive(move || left().is_some_and(|(seconds, _)| seconds <= URGENT_S));
    view! {
        <div
            class="incoming-view"
            role="alertdialog"
            aria-label=t(|w| w.incoming_call)
            tabindex="-1"
            node_ref=popup
        >
            <div class="incoming-view__who">
                <SecondsRing left=move || left().map(|(_, part)| part) urgent>
                    <Avatar name size="large"/>
                </SecondsRing>
                <h2 class="incoming-view__name" translate="no">
                    <Number number=Signal::derive(move || title().unwrap_or_default())/>
                </h2>
                {move || number.get().map(|number| view! {
                    <p class="incoming-view__number"><Number number/></p>
                })}
                <p class="incoming-view__left" data-urgent=move || urgent.get().to_string()>
                    {left_text}
                </p>
            </div>
            <QueueFacts call/>
            <AnswerButtons call/>
        </div>
    }
}

/// Queue, wait, others waiting, number called: whatever the server says.
#[component]
fn QueueFacts(
    /// The call.
    call: Memo<Option<Call>>,
) -> impl IntoView {
    move || {
        let facts = call
            .with(|call| call.as_ref()?.queue.clone())
            .filter(says_something)?;
        let row = |label: Signal<&'static str>, value: Option<String>| {
            value.map(|value| {
                view! {
                    <div class="facts__row">
                        <dt>{label}</dt>
                        <dd translate="no">{value}</dd>
                    </div>
                }
            })
        };
        let waited = facts
            .waited_s
            .map(|seconds| short_clock(Millis::from(seconds) * 1000));
        Some(view! {
            <dl class="facts">
                {row(t(|w| w.queue), facts.name)}
                {row(t(|w| w.waited), waited)}
                {row(t(|w| w.others_waiting), facts.waiting.map(|count| count.to_string()))}
                {row(t(|w| w.called), facts.called.as_deref().map(spaced_number))}
            </dl>
        })
    }
}

fn says_something(facts: &alo_api::QueueFacts) -> bool {
    facts.name.is_some()
        || facts.waited_s.is_some()
        || facts.waiting.is_some()
        || facts.called.is_some()
}

/// Answer and decline, far apart in colour and place.
#[component]
pub(super) fn AnswerButtons(
    /// The call.
    call: Memo<Option<Call>>,
) -> impl IntoView {
    let phone = use_phone();
    let action = move |of: fn(&Call) -> &Option<Command>| {
        Memo::new(move |_| call.with(|call| call.as_ref().and_then(|call| of(call).clone())))
    };
    let answer = action(|call| &call.actions.answer);
    let decline = action(|call| &call.actions.decline);
    let with_video = action(|call| &call.actions.answer_with_video);
    view! {
        <div class="answer-buttons">
            <Button
                label=t(|w| w.decline)
                tone=Tone::Stop
                shortcut=shortcuts::DECLINE
                disabled=phone.lacks(move || decline.get())
                on_press=move |()| phone.ask(decline.get_untracked())
            />
            {move || with_video.get().map(|command| view! {
                <Button
                    label=t(|w| w.answer_with_video)
                    icon=icons::VIDEO
                    on_press=move |()| phone.send.run(command.clone())
                />
            })}
            <Button
                label=t(|w| w.answer)
                icon=icons::PHONE
                tone=Tone::Go
                shortcut=shortcuts::ANSWER
                disabled=phone.lacks(move || answer.get())
                on_press=move |()| phone.ask(answer.get_untracked())
            />
        </div>
    }
}

/// Seconds left to answer, and the part of the whole span that they are, in thousandths.
pub(super) fn left_to_answer(call: &Call, now: Millis) -> Option<(u64, u32)> {
    let Phase::Ringing {
        answer_by: Some(until),
    } = call.phase
    else {
        return None;
    };
    let span = until.saturating_sub(call.began).max(1);
    let left = until.saturating_sub(now);
    let part = u32::try_from(left.saturating_mul(1000) / span).unwrap_or(1000);
    Some((seconds_until(now, until), part))
}

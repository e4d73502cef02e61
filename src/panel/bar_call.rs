//! A call that goes on, in the bar.

use alo_phone::language::CallId;
use leptos::prelude::*;

use super::action_icon::ActionIcon;
use super::model::consulting::hearing_view;
use super::model::shortcuts;
use super::model::standing::time_or_phase;
use super::shortcut_keys::shortcut;
use super::{CallRef, use_phone};
use crate::components::{Number, Tone, icons};
use crate::i18n::{Text, t};

/// Who, how long, mute, hold and hang up; who hears whom is said and has no place to be seen.
#[component]
pub(super) fn BarCall(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let phone = use_phone();
    let call = CallRef::of(id);
    let time = move || call.told(|call, _, words| time_or_phase(call, phone.now.get(), words));
    let hearing = Memo::new(move |_| {
        phone.state.with(|state| {
            let told = |call: &_, all: &_, words| hearing_view(call, state, all, words);
            call.told(told).map(|it| it.text.whole())
        })
    });
    view! {
        <section class="bar-call" aria-label=Text::from(move || call.named(|w| w.call_with))>
            <h2 class="bar-call__name" tabindex="-1" data-heir=""><Number number=call.title/></h2>
            <span class="bar-call__time">{time}</span>
            <p role="status" class="visually-hidden" aria-label=t(|w| w.who_hears_whom)>{hearing}</p>
            <div class="bar-call__actions">
                <ActionIcon
                    call
                    action=|actions| &actions.toggle_mute
                    label=t(|w| w.mute)
                    icon=icons::MICROPHONE
                    pressed_icon=icons::MICROPHONE_OFF
                    pressed=Signal::derive(move || call.is(|call| call.muted))
                    shortcut=shortcut(shortcuts::MUTE)
                />
                <ActionIcon
                    call
                    action=|actions| &actions.toggle_hold
                    label=t(|w| w.hold)
                    icon=icons::PAUSE
                    pressed_icon=icons::PLAY
                    pressed=Signal::derive(move || call.is(|call| call.hold.is_on()))
                    shortcut=shortcut(shortcuts::HOLD)
                />
                <ActionIcon
                    call
                    action=|actions| &actions.hang_up
                    label=t(|w| w.hang_up)
                    icon=icons::PHONE
                    tone=Tone::Stop
                    shortcut=shortcut(shortcuts::HANG_UP)
                />
            </div>
        </section>
    }
}

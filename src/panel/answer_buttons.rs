//! What can be done with a call that rings.

use leptos::prelude::*;

use super::model::shortcuts;
use super::shortcut_keys::shortcut;
use super::{ActionButton, CallRef};
use crate::components::{Tone, icons};
use crate::i18n::t;

/// Answer and decline, far apart in colour and place.
#[component]
pub(super) fn AnswerButtons(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    let with_video = Memo::new(move |_| call.can(|actions| &actions.answer_with_video));
    view! {
        <div class="answer-buttons">
            <ActionButton
                call
                action=|actions| &actions.decline
                label=t(|w| w.decline)
                tone=Tone::Stop
                shortcut=shortcut(shortcuts::DECLINE)
            />
            <Show when=move || with_video.get()>
                <ActionButton
                    call
                    action=|actions| &actions.answer_with_video
                    label=t(|w| w.answer_with_video)
                    icon=icons::VIDEO
                />
            </Show>
            <ActionButton
                call
                action=|actions| &actions.answer
                label=t(|w| w.answer)
                icon=icons::PHONE
                tone=Tone::Go
                shortcut=shortcut(shortcuts::ANSWER)
            />
        </div>
    }
}

//! A call that rings, in the bar.

use alo_phone::language::CallId;
use leptos::prelude::*;

use super::CallRef;
use super::action_icon::ActionIcon;
use super::incoming_view::CALLER;
use super::model::introduction::introduction_text;
use super::model::party::line_of;
use super::model::shortcuts;
use super::shortcut_keys::shortcut;
use crate::components::{Number, Tone, icons};
use crate::i18n::t;

/// Who calls, and from which queue; decline and answer. It takes no focus: a bar lies beside what
/// the person is doing, and the live region says that it rings.
#[component]
pub(super) fn BarRinging(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let call = CallRef::of(id);
    let line = move || {
        call.told(|call, all, words| {
            let queue = call.queue.as_ref().and_then(|_| line_of(call, all));
            let line = introduction_text(call, all, words).or(queue);
            line.unwrap_or_else(|| words.incoming_call.to_owned())
        })
    };
    view! {
        <div
            class="bar-call"
            role="alertdialog"
            aria-label=t(|w| w.incoming_call)
            aria-describedby=CALLER
        >
            <h2 class="bar-call__name" id=CALLER><Number number=call.title/></h2>
            <span class="bar-call__time">{line}</span>
            <div class="bar-call__actions">
                <ActionIcon
                    call
                    action=|actions| &actions.decline
                    label=t(|w| w.decline)
                    icon=icons::PHONE
                    tone=Tone::Stop
                    shortcut=shortcut(shortcuts::DECLINE)
                />
                <ActionIcon
                    call
                    action=|actions| &actions.answer
                    label=t(|w| w.answer)
                    icon=icons::PHONE
                    tone=Tone::Go
                    shortcut=shortcut(shortcuts::ANSWER)
                />
            </div>
        </div>
    }
}

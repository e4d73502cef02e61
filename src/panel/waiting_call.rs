//! A call that rings while another one goes on.

use alo_phone::language::CallId;
use leptos::prelude::*;

use super::answer_buttons::AnswerButtons;
use super::incoming_view::CALLER;
use super::introduced::{INTRODUCED, Introduced};
use super::model::standing::left_to_answer;
use super::queue_facts_list::QueueFactsList;
use super::who::Who;
use super::{CallRef, use_phone};
use crate::i18n::{fill, t, use_i18n};

/// A card above the call that goes on. It takes no focus: the person is talking, and the live
/// region says that it rings.
#[component]
pub(super) fn WaitingCall(
    /// The call that rings.
    id: CallId,
) -> impl IntoView {
    let phone = use_phone();
    let i18n = use_i18n();
    let call = CallRef::of(id);
    let left = move || {
        let left = call.with(|call| left_to_answer(call, phone.now.get()));
        let (seconds, _) = left.flatten()?;
        let seconds = seconds.to_string();
        Some(fill(i18n.words().seconds_left, &[("seconds", &seconds)]))
    };
    view! {
        <div
            class="waiting-call"
            role="alertdialog"
            aria-label=t(|w| w.incoming_call)
            aria-describedby=format!("{CALLER} {INTRODUCED}")
        >
            <Who call id=CALLER>
                <p class="waiting-call__left">{left}</p>
            </Who>
            <Introduced call id=INTRODUCED/>
            <QueueFactsList call/>
            <AnswerButtons call/>
            <p class="waiting-call__hint">{t(|w| w.answer_holds)}</p>
        </div>
    }
}

//! A call that rings while another one goes on.

use alo_phone::language::CallId;
use leptos::prelude::*;

use super::incoming_view::{AnswerButtons, left_to_answer};
use super::model::party::{line_of, name_of, title_of};
use super::use_phone;
use crate::components::Avatar;
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
    let call = phone.call(id);
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
    let detail = move || {
        let words = i18n.words();
        let directory = phone.directory.get();
        let now = phone.now.get();
        call.with(|call| {
            let call = call.as_ref()?;
            let queue = line_of(call, &directory)
                .map(|queue| fill(words.incoming_queue, &[("queue", &queue)]));
            let left = left_to_answer(call, now)
                .map(|(left, _)| fill(words.seconds_left, &[("seconds", &left.to_string())]));
            let parts: Vec<String> = queue.into_iter().chain(left).collect();
            Some(parts.join(" · "))
        })
    };
    view! {
        <div class="waiting-call" role="alertdialog" aria-label=t(|w| w.incoming_call)>
            <div class="waiting-call__who">
                <Avatar name/>
                <div>
                    <p class="waiting-call__name" translate="no">{title}</p>
                    <p class="waiting-call__detail">{detail}</p>
                </div>
            </div>
            <AnswerButtons call/>
            <p class="waiting-call__hint">{t(|w| w.answer_holds)}</p>
        </div>
    }
}

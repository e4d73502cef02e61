//! A call that rings here while nothing else goes on.

use alo_phone::language::CallId;
use leptos::{html, prelude::*};

use super::answer_buttons::AnswerButtons;
use super::introduced::{INTRODUCED, Introduced};
use super::model::standing::left_to_answer;
use super::queue_facts_list::QueueFactsList;
use super::who::Who;
use super::{CallRef, use_panel_ui, use_phone};
use crate::components::{Avatar, SecondsRing};
use crate::i18n::{fill, t, use_i18n};
use crate::platform::focus;

/// From so many seconds on the ring is red.
const URGENT_S: u64 = 5;

/// Id of who calls, which describes the dialog. Only one call is offered at a time.
pub(super) const CALLER: &str = "caller";

/// The popup: who, from which queue, how many wait, how long, and how much time is left.
#[component]
pub(super) fn IncomingView(
    /// The call.
    id: CallId,
) -> impl IntoView {
    let phone = use_phone();
    let ui = use_panel_ui();
    let i18n = use_i18n();
    let popup = NodeRef::<html::Div>::new();
    let call = CallRef::of(id.clone());
    let left = move || {
        let left = call.with(|call| left_to_answer(call, phone.now.get()));
        left.flatten()
    };
    let left_text = move || {
        let (seconds, _) = left()?;
        let words = i18n.words();
        let seconds = seconds.to_string();
        Some(fill(words.seconds_left, &[("seconds", &seconds)]))
    };
    let urgent = Memo::new(move |_| left().is_some_and(|(seconds, _)| seconds <= URGENT_S));
    // The keyboard is the browser's. It is taken from nobody who writes, here or in a page around
    // this one; then the live region says that it rings.
    Effect::new(move || {
        let Some(popup) = popup.get() else { return };
        if focus::is_here() && !focus::is_in_text() {
            let _focused = popup.focus();
        } else {
            ui.rings_unseen.set(Some(id.clone()));
        }
    });
    let face = view! {
        <SecondsRing left=move || left().map(|(_, part)| part) urgent>
            <Avatar name=call.name size="large"/>
        </SecondsRing>
    };
    view! {
        <div
            class="incoming-view"
            role="alertdialog"
            aria-label=t(|w| w.incoming_call)
            aria-describedby=format!("{CALLER} {INTRODUCED}")
            tabindex="-1"
            data-heir=""
            node_ref=popup
        >
            <Who call face=face.into_any() id=CALLER>
                <p class="incoming-view__left" data-urgent=move || urgent.get().to_string()>
                    {left_text}
                </p>
            </Who>
            <Introduced call id=INTRODUCED/>
            <QueueFactsList call/>
            <AnswerButtons call/>
        </div>
    }
}

//! What the server says about the queue of a call.

use leptos::prelude::*;

use super::CallRef;
use super::model::facts::queue_facts;
use crate::components::Facts;

/// Queue, wait, others waiting, number called; not there where nothing is known.
#[component]
pub(super) fn QueueFactsList(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    let facts = Memo::new(move |_| {
        call.told(|call, _, words| call.queue.as_ref().map(|queue| queue_facts(queue, words)))
            .flatten()
            .unwrap_or_default()
    });
    let known = Memo::new(move |_| facts.with(|facts| !facts.is_empty()));
    view! { <Show when=move || known.get()><Facts facts/></Show> }
}

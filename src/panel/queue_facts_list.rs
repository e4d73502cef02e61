//! What the server says about the queue of a call.

use leptos::prelude::*;

use super::model::facts::queue_facts;
use super::{CallRef, use_phone};
use crate::components::Facts;

/// Queue, wait (it goes on), others waiting, number called; not there where nothing is known.
#[component]
pub(super) fn QueueFactsList(
    /// The call.
    call: CallRef,
) -> impl IntoView {
    let phone = use_phone();
    let facts = Memo::new(move |_| {
        let facts = call.told(|call, _, words| {
            let since = phone.now.get().saturating_sub(call.began);
            Some(queue_facts(call.queue.as_ref()?, since, words))
        });
        facts.flatten().unwrap_or_default()
    });
    let known = Memo::new(move |_| facts.with(|facts| !facts.is_empty()));
    view! { <Show when=move || known.get()><Facts facts/></Show> }
}

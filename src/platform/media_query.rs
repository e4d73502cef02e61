//! Whether a CSS media query holds, as a signal.

use gloo::events::EventListener;
use leptos::prelude::*;

use super::page::window;

/// Follows a media query until the current reactive owner is disposed. A browser that does not
/// understand it never says yes.
pub(crate) fn media_query(query: &str) -> Signal<bool> {
    let holds = RwSignal::new(false);
    if let Ok(Some(list)) = window().match_media(query) {
        holds.set(list.matches());
        let listener = EventListener::new(&list.clone(), "change", move |_| {
            // The listener goes with the owner, just after the signal.
            let _gone = holds.try_set(list.matches());
        });
        // Kept by the owner, which drops it when it is disposed.
        StoredValue::new_local(listener);
    }
    holds.into()
}

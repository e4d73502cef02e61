//! What is said without being seen.

use leptos::prelude::*;

use crate::i18n::Text;

/// Says each new text once, after what the screen reader is saying.
#[component]
pub fn LiveRegion(
    /// The text.
    #[prop(into)]
    text: Text,
) -> impl IntoView {
    view! { <div class="visually-hidden" aria-live="polite" aria-atomic="true">{text}</div> }
}

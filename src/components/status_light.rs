//! The reachability light.

use leptos::prelude::*;

/// A dot whose colour says what the words beside it say.
#[component]
pub fn StatusLight(
    /// `good`, `waiting`, `bad` or `off`.
    #[prop(into)]
    light: Signal<&'static str>,
) -> impl IntoView {
    view! { <span class="status-light" data-light=light aria-hidden="true"></span> }
}

//! The dot of a working state, or of what a colleague is doing.

use leptos::prelude::*;

/// A dot whose colour and shape say what the words beside it say.
#[component]
pub fn StateDot(
    /// `available`, `away`, `blocked`, `wrap-up`, `ringing`, `in-call`, `offline` or `unknown`.
    #[prop(into)]
    state: Signal<&'static str>,
    /// Asked for and not yet confirmed: a ring turns.
    #[prop(into, optional)]
    busy: Signal<bool>,
) -> impl IntoView {
    view! {
        <span
            class="state-dot"
            data-state=state
            data-busy=move || busy.get().then_some("true")
            aria-hidden="true"
        ></span>
    }
}

//! The ring around a caller that runs out.

use leptos::prelude::*;

/// A ring that shows how much of a span is left around its children; red when it gets short.
#[component]
pub fn SecondsRing(
    /// What is left, in thousandths; `None`: nobody knows, and the ring is full.
    left: impl Fn() -> Option<u32> + Send + Sync + 'static,
    /// Whether it gets short.
    #[prop(into)]
    urgent: Signal<bool>,
    /// What stands inside.
    children: Children,
) -> impl IntoView {
    let gone = move || 1000 - left().unwrap_or(1000).min(1000);
    view! {
        <div class="seconds-ring" data-urgent=move || urgent.get().to_string()>
            <svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">
                <circle class="seconds-ring__track" cx="50" cy="50" r="46"></circle>
                <circle
                    class="seconds-ring__left"
                    cx="50"
                    cy="50"
                    r="46"
                    pathLength="1000"
                    stroke-dasharray="1000"
                    stroke-dashoffset=move || gone().to_string()
                ></circle>
            </svg>
            {children()}
        </div>
    }
}

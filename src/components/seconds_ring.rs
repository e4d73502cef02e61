//! The ring around a caller that runs out.

use leptos::prelude::*;

/// Circumference of the ring in the units of its drawing: 2 * pi * 46.
const AROUND: f64 = 289.03;

/// A ring that shows how much of a span is left around its children; red when it gets short.
#[component]
pub fn SecondsRing(
    /// What is left, 1 to 0; `None`: nobody knows, and the ring is full.
    #[prop(into)]
    left: Signal<Option<f64>>,
    /// Whether it gets short.
    #[prop(into)]
    urgent: Signal<bool>,
    /// What stands inside.
    children: Children,
) -> impl IntoView {
    let offset = move || {
        let left = left.get().unwrap_or(1.0).clamp(0.0, 1.0);
        format!("{:.1}", AROUND * (1.0 - left))
    };
    view! {
        <div class="seconds-ring" data-urgent=move || urgent.get().to_string()>
            <svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">
                <circle class="seconds-ring__track" cx="50" cy="50" r="46"></circle>
                <circle
                    class="seconds-ring__left"
                    cx="50"
                    cy="50"
                    r="46"
                    stroke-dasharray=AROUND.to_string()
                    stroke-dashoffset=offset
                ></circle>
            </svg>
            {children()}
        </div>
    }
}

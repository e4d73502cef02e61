//! How well the other end is heard.

use leptos::prelude::*;

use crate::i18n::Text;

/// Four bars, with the word beside them.
#[component]
pub fn QualityBars(
    /// What the bars are about, for screen readers.
    #[prop(into)]
    label: Text,
    /// 1 to 4.
    #[prop(into)]
    bars: Signal<u8>,
    /// The word for it.
    #[prop(into)]
    word: Text,
) -> impl IntoView {
    view! {
        <span class="quality-bars" data-bars=move || bars.get().to_string()>
            <span class="quality-bars__bars" aria-hidden="true">
                <i></i>
                <i></i>
                <i></i>
                <i></i>
            </span>
            <span class="visually-hidden">{label} " "</span>
            <span>{word}</span>
        </span>
    }
}

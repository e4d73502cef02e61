//! A phone number in groups.

use leptos::prelude::*;

use crate::i18n::format::number_groups;

/// Shows a number in groups set apart by the style sheet, so that what is copied, searched and
/// read by a machine is the bare number. What is no number, a name, comes out as it is, so this
/// shows whatever a caller is known by. Page translation leaves it alone.
#[component]
pub fn Number(
    /// The number, without formatting.
    #[prop(into)]
    number: Signal<String>,
) -> impl IntoView {
    view! {
        <span class="number" translate="no">
            {move || {
                let number = number.get();
                let groups = number_groups(&number).into_iter().map(str::to_owned);
                groups.map(|group| view! { <span>{group}</span> }).collect_view()
            }}
        </span>
    }
}

//! The face of a person: initials on a tinted disc.

use leptos::prelude::*;

use super::Icon;
use super::icons;
use crate::i18n::format::initials;

/// A face. It says nothing by itself: the name stands beside it.
#[component]
pub fn Avatar(
    /// The name; without one, a handset is shown.
    #[prop(into)]
    name: Signal<Option<String>>,
    /// The diameter: `small`, `medium` or `large`.
    #[prop(optional)]
    size: Option<&'static str>,
) -> impl IntoView {
    view! {
        <span class="avatar" data-size=size.unwrap_or("medium") aria-hidden="true">
            {move || match name.get().map(|name| initials(&name)) {
                Some(letters) if !letters.is_empty() => letters.into_any(),
                _ => view! { <Icon icon=icons::PHONE/> }.into_any(),
            }}
        </span>
    }
}

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
    let letters = Memo::new(move |_| {
        let letters = name.get().map(|name| initials(&name));
        letters.filter(|letters| !letters.is_empty())
    });
    // The letters are drawn by the style sheet, so that no search and no screen reader takes them
    // for text of the control that the face stands in.
    view! {
        <span
            class="avatar"
            data-size=size.unwrap_or("medium")
            data-initials=letters
            aria-hidden="true"
        >
            {move || letters.with(Option::is_none).then(|| view! { <Icon icon=icons::PHONE/> })}
        </span>
    }
}

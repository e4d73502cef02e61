//! One of several, in a list that opens.

use leptos::prelude::*;

use super::{Icon, icons};
use crate::i18n::Text;

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is chosen.
    pub value: String,
    /// What is read.
    pub text: String,
}

/// A native list (role `combobox`), with its label before or above.
#[component]
pub fn Select(
    /// The label.
    #[prop(into)]
    label: Text,
    /// The choices.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// The one that is chosen.
    #[prop(into)]
    chosen: Signal<String>,
    /// Whether nothing can be chosen now.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// One was chosen.
    #[prop(into)]
    on_choose: Callback<String>,
) -> impl IntoView {
    let options = move || {
        let chosen = chosen.get();
        let choices = choices.get().into_iter();
        choices
            .map(|Choice { value, text }| {
                let selected = value == chosen;
                view! { <option value=value selected=selected>{text}</option> }
            })
            .collect_view()
    };
    view! {
        <label class="select">
            <span class="select__label">{label}</span>
            <select
                class="select__list"
                aria-label=label
                disabled=disabled
                translate="no"
                on:change=move |event| on_choose.run(event_target_value(&event))
            >
                {options}
            </select>
            <Icon icon=icons::OPENS/>
        </label>
    }
}

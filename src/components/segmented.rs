//! One of a few, all of them seen.

use leptos::prelude::*;

use super::Choice;
use crate::i18n::Text;

/// A group of radio buttons that looks like one control.
#[component]
pub fn Segmented(
    /// The label of the group.
    #[prop(into)]
    label: Text,
    /// Name of the group in the document; one a page.
    group: &'static str,
    /// The choices.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// The one that is chosen.
    #[prop(into)]
    chosen: Signal<String>,
    /// One was chosen.
    #[prop(into)]
    on_choose: Callback<String>,
) -> impl IntoView {
    view! {
        <fieldset class="segmented">
            <legend class="segmented__label">{label}</legend>
            <div class="segmented__choices">
                {move || {
                    let choices = choices.get().into_iter();
                    choices
                        .map(|Choice { value, text }| {
                            let this = value.clone();
                            let checked = move || chosen.get() == this;
                            view! {
                                <label class="segmented__choice">
                                    <input
                                        type="radio"
                                        name=group
                                        value=value.clone()
                                        prop:checked=checked
                                        on:change=move |_| on_choose.run(value.clone())
                                    />
                                    <span>{text}</span>
                                </label>
                            }
                        })
                        .collect_view()
                }}
            </div>
        </fieldset>
    }
}

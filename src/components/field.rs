//! A line to type in.

use leptos::{html, prelude::*};

use crate::i18n::Text;

/// A text field with its label above.
#[component]
pub fn TextField(
    /// The label.
    #[prop(into)]
    label: Text,
    /// A remark beside the label: "optional".
    #[prop(into, optional)]
    remark: Text,
    /// What is typed.
    value: RwSignal<String>,
    /// The `type` of the input: `text` where nothing is said.
    #[prop(optional)]
    kind: Option<&'static str>,
    /// What a password manager may fill in.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// The keyboard of a touch screen.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// Whether it has to be filled in.
    #[prop(optional)]
    required: bool,
    /// Whether what is typed was refused.
    #[prop(into, optional)]
    invalid: Signal<bool>,
    /// The input, for whoever moves the keyboard to it.
    #[prop(optional)]
    input: NodeRef<html::Input>,
) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field__label">
                {label}
                {remark.given().map(|text| {
                    view! { <span class="field__remark" aria-hidden="true">" · " {text}</span> }
                })}
            </span>
            <input
                node_ref=input
                class="field__input"
                type=kind.unwrap_or("text")
                aria-label=label
                autocomplete=autocomplete
                inputmode=inputmode
                required=required
                aria-invalid=move || invalid.get().then_some("true")
                translate="no"
                spellcheck="false"
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
            />
        </label>
    }
}

//! A button with a word, for something that can be done with a call.

use icondata_core::Icon as IconData;
use leptos::prelude::*;

use super::{Action, CallRef};
use crate::components::{Button, Tone};
use crate::i18n::Text;

/// Disabled while it cannot be done.
#[component]
pub fn ActionButton(
    /// The call.
    call: CallRef,
    /// What is done.
    action: Action,
    /// The word on it.
    #[prop(into)]
    label: Text,
    /// The accessible name, where several stand on the screen; it contains the word.
    #[prop(into, optional)]
    name: Text,
    /// What more there is to say of it.
    #[prop(into, optional)]
    title: Text,
    /// An icon before the word.
    #[prop(optional)]
    icon: Option<IconData>,
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// The key that does the same.
    #[prop(into, optional)]
    shortcut: Signal<Option<&'static str>>,
) -> impl IntoView {
    view! {
        <Button
            label
            name
            title
            nostrip:icon=icon
            tone
            shortcut
            disabled=Signal::derive(move || !call.can(action))
            on_press=call.run(action)
        />
    }
}

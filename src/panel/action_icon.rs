//! A button with an icon alone, for something that can be done with a call.

use icondata_core::Icon as IconData;
use leptos::prelude::*;

use super::{Action, CallRef};
use crate::components::{IconButton, Tone};
use crate::i18n::Text;

/// Disabled while it cannot be done.
#[component]
pub(super) fn ActionIcon(
    /// The call.
    call: CallRef,
    /// What is done.
    action: Action,
    /// The accessible name.
    #[prop(into)]
    label: Text,
    /// The icon.
    icon: IconData,
    /// The icon while it is on, where it is another one.
    #[prop(optional)]
    pressed_icon: Option<IconData>,
    /// For a toggle: whether it is on.
    #[prop(into, optional)]
    pressed: MaybeProp<bool>,
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// The key that does the same.
    #[prop(into, optional)]
    shortcut: Signal<Option<&'static str>>,
) -> impl IntoView {
    view! {
        <IconButton
            label
            icon
            nostrip:pressed_icon=pressed_icon
            pressed
            tone
            shortcut
            disabled=call.cannot(action)
            on_press=call.run(action)
        />
    }
}

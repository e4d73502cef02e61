//! A button with an icon alone.

use icondata_core::Icon as IconData;
use leptos::prelude::*;

use super::{Icon, Tone};
use crate::i18n::Text;

/// A small button with an icon alone.
#[component]
pub fn IconButton(
    /// The accessible name. It stays the same while a toggle is on.
    #[prop(into)]
    label: Text,
    /// The icon.
    icon: IconData,
    /// The icon while a toggle is on, where it is another one.
    #[prop(optional)]
    pressed_icon: Option<IconData>,
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// For a toggle: whether it is on.
    #[prop(into, optional)]
    pressed: MaybeProp<bool>,
    /// The key that does the same (`aria-keyshortcuts`).
    #[prop(into, optional)]
    shortcut: Signal<Option<&'static str>>,
    /// Whether it cannot be pressed now.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// It was pressed.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    let shown = move || pressed_icon.filter(|_| pressed.get() == Some(true));
    view! {
        <button
            type="button"
            class="icon-button"
            data-tone=tone.name()
            aria-label=label
            title=label
            aria-pressed=move || pressed.get().map(|on| on.to_string())
            aria-keyshortcuts=move || shortcut.get()
            disabled=disabled
            on:click=move |_| on_press.run(())
        >
            {move || view! { <Icon icon=shown().unwrap_or(icon)/> }}
        </button>
    }
}

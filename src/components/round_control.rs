//! The round controls of a call, with the word below.

use std::sync::atomic::{AtomicU32, Ordering};

use icondata_core::Icon as IconData;
use leptos::{html, prelude::*};

use super::Icon;
use crate::i18n::Text;

/// A round control: a button, or a toggle where `pressed` is given, or one that opens something
/// where `expanded` is given.
#[component]
pub fn RoundControl(
    /// The accessible name. It stays the same while the control is on.
    #[prop(into)]
    name: Text,
    /// The word below: shorter than the name, or more than it while the control is on.
    #[prop(into)]
    caption: Text,
    /// The icon.
    icon: IconData,
    /// The icon while it is on, where it is another one.
    #[prop(optional)]
    pressed_icon: Option<IconData>,
    /// For a toggle: whether it is on.
    #[prop(into, optional)]
    pressed: MaybeProp<bool>,
    /// For a control that opens something: whether that is open.
    #[prop(into, optional)]
    expanded: MaybeProp<bool>,
    /// Asked for and not yet confirmed: a ring turns.
    #[prop(into, optional)]
    busy: Signal<bool>,
    /// Whether it cannot be pressed now.
    #[prop(into)]
    disabled: Signal<bool>,
    /// Why, while it cannot.
    #[prop(into)]
    why: Text,
    /// The key that does the same (`aria-keyshortcuts`).
    #[prop(into, optional)]
    shortcut: Signal<Option<&'static str>>,
    /// The button, for whoever gives the keyboard back to it.
    #[prop(optional)]
    button: NodeRef<html::Button>,
    /// It was pressed.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    let shown = move || pressed_icon.filter(|_| pressed.get() == Some(true));
    let id = unique_id();
    view! {
        <div class="round-control">
            <button
                type="button"
                id=id.clone()
                node_ref=button
                class="round-control__button"
                aria-label=name
                aria-pressed=move || pressed.get().map(|on| on.to_string())
                aria-expanded=move || expanded.get().map(|open| open.to_string())
                aria-busy=move || busy.get().then_some("true")
                aria-keyshortcuts=move || shortcut.get()
                title=move || disabled.get().then(|| why.get())
                disabled=disabled
                on:click=move |_| on_press.run(())
            >
                {move || view! { <Icon icon=shown().unwrap_or(icon)/> }}
            </button>
            // A press on the word is one on the control; the name stays `aria-label`'s.
            <label class="round-control__caption" for=id aria-hidden="true">{caption}</label>
        </div>
    }
}

/// An id that no other element of the page has.
fn unique_id() -> String {
    static LAST: AtomicU32 = AtomicU32::new(0);
    format!("control-{}", LAST.fetch_add(1, Ordering::Relaxed))
}

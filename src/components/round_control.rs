//! The round controls of a call, with the word below.

use icondata_core::Icon as IconData;
use leptos::prelude::*;

use super::Icon;

/// A round control: a button, or a toggle where `pressed` is given, or one that opens something
/// where `expanded` is given.
#[component]
pub fn RoundControl(
    /// The accessible name. It stays the same while the control is on.
    #[prop(into)]
    name: Signal<String>,
    /// The word below; it may say more than the name while the control is on.
    #[prop(into)]
    caption: Signal<String>,
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
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// Why it is disabled.
    #[prop(into, optional)]
    title: Signal<Option<String>>,
    /// The key that does the same (`aria-keyshortcuts`).
    #[prop(optional)]
    shortcut: Option<&'static str>,
    /// It was pressed.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    let on = move || pressed.get() == Some(true);
    view! {
        <div class="round-control">
            <button
                type="button"
                class="round-control__button"
                aria-label=name
                aria-pressed=move || pressed.get().map(|on| on.to_string())
                aria-expanded=move || expanded.get().map(|open| open.to_string())
                aria-busy=move || busy.get().then_some("true")
                aria-keyshortcuts=shortcut
                title=move || title.get()
                disabled=disabled
                on:click=move |_| on_press.run(())
            >
                {move || view! { <Icon icon=pressed_icon.filter(|_| on()).unwrap_or(icon)/> }}
            </button>
            <span class="round-control__caption" aria-hidden="true">{caption}</span>
        </div>
    }
}

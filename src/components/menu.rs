//! A button that opens a list of things to do.

use icondata_core::Icon as IconData;
use leptos::{ev, html, prelude::*};

use super::Icon;
use crate::i18n::Text;

/// A menu button. Esc, a press elsewhere and leaving it by Tab close the menu.
#[component]
pub fn Menu(
    /// The accessible name of the button.
    #[prop(into)]
    name: Text,
    /// What the button shows.
    face: Children,
    /// The word of the one thing to do.
    #[prop(into)]
    item: Text,
    /// Its icon.
    item_icon: IconData,
    /// Whether it cannot be done now.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// It is to be done.
    #[prop(into)]
    on_item: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let first = NodeRef::<html::Button>::new();
    let close = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            let _focused = button.focus();
        }
    };
    let keys = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Escape" if open.get_untracked() => {
            event.stop_propagation();
            close();
        }
        "ArrowDown" => {
            event.prevent_default();
            open.set(true);
        }
        _ => {}
    };
    // The browser has the focus; it follows the menu.
    Effect::new(move || {
        if let Some(first) = first.get().filter(|_| open.get()) {
            let _focused = first.focus();
        }
    });
    let leave = move |event: ev::FocusEvent| {
        let inside = focus_stays_inside(&event);
        if !inside {
            open.set(false);
        }
    };
    view! {
        <div class="menu" on:keydown=keys on:focusout=leave>
            <button
                type="button"
                class="menu__button"
                node_ref=button
                aria-label=name
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {face()}
            </button>
            <Show when=move || open.get()>
                <div class="menu__list" role="menu" aria-label=name>
                    <button
                        type="button"
                        class="menu__item"
                        role="menuitem"
                        tabindex="-1"
                        node_ref=first
                        disabled=disabled
                        on:click=move |_| {
                            close();
                            on_item.run(());
                        }
                    >
                        <Icon icon=item_icon/>
                        <span>{item}</span>
                    </button>
                </div>
            </Show>
        </div>
    }
}

/// Whether the focus goes to something inside the element that the listener is on. A press on
/// something that takes no focus counts as leaving.
fn focus_stays_inside(event: &ev::FocusEvent) -> bool {
    use wasm_bindgen::JsCast;
    let node = |target: Option<web_sys::EventTarget>| {
        target.and_then(|target| target.dyn_into::<web_sys::Node>().ok())
    };
    match (node(event.current_target()), node(event.related_target())) {
        (Some(menu), next @ Some(_)) => menu.contains(next.as_ref()),
        _ => false,
    }
}

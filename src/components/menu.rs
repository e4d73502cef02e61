//! A button that opens a list of things to do, or to choose from.

use icondata_core::Icon as IconData;
use leptos::{ev, html, prelude::*};

use super::roving::{focus_child, focus_stays_inside, moved};
use super::{Icon, StateDot};
use crate::i18n::Text;

/// One line of a menu.
#[derive(Clone, PartialEq)]
pub struct MenuItem {
    /// What it stands for.
    pub value: String,
    /// What is read.
    pub text: String,
    /// What stands before it.
    pub mark: MenuMark,
    /// For one of several of which one holds: whether it does.
    pub chosen: Option<bool>,
}

/// What stands before the words of a menu's line.
#[derive(Clone, Copy)]
pub enum MenuMark {
    /// An icon.
    Icon(IconData),
    /// The dot of a state, as [`StateDot`] has them.
    State(&'static str),
}

impl PartialEq for MenuMark {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            // Icons are statics.
            (MenuMark::Icon(one), MenuMark::Icon(other)) => std::ptr::eq(*one, *other),
            (MenuMark::State(one), MenuMark::State(other)) => one == other,
            _ => false,
        }
    }
}

/// A menu button (WAI-ARIA). Esc, a press elsewhere and leaving it by Tab close the menu; arrow
/// keys, Home and End move along it. Opened, the keyboard is on the line that holds, or the first.
#[component]
pub fn Menu(
    /// The accessible name of the button.
    #[prop(into)]
    name: Text,
    /// What the button shows.
    face: Children,
    /// The id of what describes the button.
    #[prop(optional)]
    described_by: Option<&'static str>,
    /// Why nothing can be chosen now; where it says nothing, the menu opens.
    #[prop(into, optional)]
    closed_because: Signal<Option<&'static str>>,
    /// The lines.
    #[prop(into)]
    items: Signal<Vec<MenuItem>>,
    /// One was chosen.
    #[prop(into)]
    on_choose: Callback<String>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let list = NodeRef::<html::Div>::new();
    // The line that has the keyboard.
    let at = StoredValue::new(None::<usize>);
    let close = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            let _focused = button.focus();
        }
    };
    let go_to = move |next: usize| {
        at.set_value(Some(next));
        if let Some(list) = list.get_untracked() {
            focus_child(&list, next);
        }
    };
    let show = move |first: Option<usize>| {
        at.set_value(first);
        open.set(true);
    };
    let holds = move || {
        let place = |items: &Vec<MenuItem>| items.iter().position(|it| it.chosen == Some(true));
        items.with_untracked(place)
    };
    let is_closed = move || closed_because.with(Option::is_some);
    let keys = move |event: ev::KeyboardEvent| {
        let key = event.key();
        let len = items.with_untracked(Vec::len);
        let is_open = open.get_untracked();
        let next = match (key.as_str(), is_open) {
            ("Escape", true) => {
                event.stop_propagation();
                return close();
            }
            ("ArrowDown" | "ArrowUp", false) if untrack(is_closed) => return,
            ("ArrowDown", false) => return show(Some(holds().unwrap_or_default())),
            ("ArrowUp", false) => return show(Some(holds().unwrap_or(len.saturating_sub(1)))),
            (key, true) => moved(key, ["ArrowUp", "ArrowDown"], at.get_value(), len),
            _ => None,
        };
        if let Some(next) = next {
            event.prevent_default();
            go_to(next);
        }
    };
    // The browser has the focus; it follows the menu.
    Effect::new(move || {
        if open.get() && list.get().is_some() {
            go_to(at.get_value().unwrap_or_default());
        }
    });
    let leave = move |event: ev::FocusEvent| {
        if !focus_stays_inside(&event) {
            open.set(false);
        }
    };
    let line = move |item: MenuItem| {
        let MenuItem {
            value,
            text,
            mark,
            chosen,
        } = item;
        view! {
            <button
                type="button"
                class="menu__item"
                role=if chosen.is_some() { "menuitemradio" } else { "menuitem" }
                aria-checked=chosen.map(|chosen| chosen.to_string())
                tabindex="-1"
                on:click=move |_| {
                    close();
                    on_choose.run(value.clone());
                }
            >
                {match mark {
                    MenuMark::Icon(icon) => view! { <Icon icon/> }.into_any(),
                    MenuMark::State(state) => view! { <StateDot state/> }.into_any(),
                }}
                <span>{text}</span>
            </button>
        }
    };
    view! {
        <div class="menu" on:keydown=keys on:focusout=leave>
            <button
                type="button"
                class="menu__button"
                node_ref=button
                aria-label=name
                aria-describedby=described_by
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                title=move || closed_because.get()
                disabled=is_closed
                on:click=move |_| {
                    if open.get_untracked() { open.set(false) } else { show(holds()) }
                }
            >
                {face()}
            </button>
            <Show when=move || open.get()>
                <div class="menu__list" role="menu" aria-label=name node_ref=list>
                    {move || items.get().into_iter().map(line).collect_view()}
                </div>
            </Show>
        </div>
    }
}

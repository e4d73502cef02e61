//! A button with a word.

use icondata_core::Icon as IconData;
use leptos::prelude::*;

use super::Icon;
use crate::i18n::Text;

/// What a button means, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// One of several.
    #[default]
    Plain,
    /// The main thing to do here.
    Brand,
    /// Place or take a call.
    Go,
    /// End or refuse a call.
    Stop,
}

impl Tone {
    /// For style sheets.
    pub(super) fn name(self) -> &'static str {
        match self {
            Tone::Plain => "plain",
            Tone::Brand => "brand",
            Tone::Go => "go",
            Tone::Stop => "stop",
        }
    }
}

/// A button with a word, and an icon before it where there is one.
#[component]
pub fn Button(
    /// The word on it.
    #[prop(into)]
    label: Text,
    /// The accessible name, where the word alone does not say enough; it contains the word.
    #[prop(into, optional)]
    name: Text,
    /// An icon before the word.
    #[prop(optional)]
    icon: Option<IconData>,
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// What more there is to say of it.
    #[prop(into, optional)]
    title: Text,
    /// Why it cannot be pressed now, which it says instead; where that is empty, it can. Other than a
    /// disabled one it takes the keyboard, and is read out with its reason.
    #[prop(into, optional)]
    why: Text,
    /// The key that does the same (`aria-keyshortcuts`).
    #[prop(into, optional)]
    shortcut: Signal<Option<&'static str>>,
    /// Whether it cannot be pressed now.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// Whether it submits the form it stands in.
    #[prop(optional)]
    submit: bool,
    /// It was pressed.
    #[prop(into, optional)]
    on_press: Option<Callback<()>>,
) -> impl IntoView {
    let cannot = move || Some(why.get()).filter(|why| !why.is_empty());
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class="button"
            data-tone=tone.name()
            aria-label=name.given()
            title=move || Some(cannot().unwrap_or_else(|| title.get())).filter(|text| !text.is_empty())
            aria-disabled=move || cannot().map(|_| "true")
            aria-keyshortcuts=move || shortcut.get()
            disabled=disabled
            on:click=move |_| {
                if let Some(on_press) = on_press.filter(|_| untrack(cannot).is_none()) {
                    on_press.run(());
                }
            }
        >
            {icon.map(|icon| view! { <Icon icon/> })}
            <span>{label}</span>
        </button>
    }
}

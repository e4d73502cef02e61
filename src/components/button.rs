//! Buttons with a word, and buttons with an icon alone.

use icondata_core::Icon as IconData;
use leptos::prelude::*;

use super::Icon;

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
    fn name(self) -> &'static str {
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
    label: Signal<String>,
    /// The accessible name, where the word alone does not say enough; it contains the word.
    #[prop(into, optional)]
    name: Signal<Option<String>>,
    /// An icon before the word.
    #[prop(optional)]
    icon: Option<IconData>,
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// Why it is there, or why it is disabled.
    #[prop(into, optional)]
    title: Signal<Option<String>>,
    /// The key that does the same (`aria-keyshortcuts`).
    #[prop(optional)]
    shortcut: Option<&'static str>,
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
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class="button"
            data-tone=tone.name()
            aria-label=move || name.get()
            title=move || title.get()
            aria-keyshortcuts=shortcut
            disabled=disabled
            on:click=move |_| press(on_press)
        >
            {icon.map(|icon| view! { <Icon icon/> })}
            <span>{label}</span>
        </button>
    }
}

/// A small button with an icon alone.
#[component]
pub fn IconButton(
    /// The accessible name.
    #[prop(into)]
    label: Signal<String>,
    /// The icon.
    icon: IconData,
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// For a toggle: whether it is on.
    #[prop(into, optional)]
    pressed: MaybeProp<bool>,
    /// Whether it cannot be pressed now.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// It was pressed.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-button"
            data-tone=tone.name()
            aria-label=label
            title=label
            aria-pressed=move || pressed.get().map(|on| on.to_string())
            disabled=disabled
            on:click=move |_| on_press.run(())
        >
            <Icon icon/>
        </button>
    }
}

fn press(callback: Option<Callback<()>>) {
    if let Some(callback) = callback {
        callback.run(());
    }
}

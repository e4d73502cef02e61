//! The twelve keys.

use leptos::prelude::*;

/// One key of the keypad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeypadKey {
    /// What it dials.
    pub digit: char,
    /// The letters below it, drawn by the style sheet: they are no part of its name.
    pub letters: &'static str,
}

const KEYS: [KeypadKey; 12] = [
    key('1', ""),
    key('2', "ABC"),
    key('3', "DEF"),
    key('4', "GHI"),
    key('5', "JKL"),
    key('6', "MNO"),
    key('7', "PQRS"),
    key('8', "TUV"),
    key('9', "WXYZ"),
    key('*', ""),
    key('0', "+"),
    key('#', ""),
];

const fn key(digit: char, letters: &'static str) -> KeypadKey {
    KeypadKey { digit, letters }
}

/// The twelve keys as a group.
#[component]
pub fn Keypad(
    /// The accessible name of the group.
    #[prop(into)]
    label: Signal<String>,
    /// The name of the key `*`.
    #[prop(into)]
    star: Signal<String>,
    /// The name of the key `#`.
    #[prop(into)]
    hash: Signal<String>,
    /// Whether the keys do nothing now.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// A key was pressed.
    #[prop(into)]
    on_digit: Callback<char>,
) -> impl IntoView {
    let name = move |digit| match digit {
        '*' => star.get(),
        '#' => hash.get(),
        digit => digit.to_string(),
    };
    view! {
        <div class="keypad" role="group" aria-label=label translate="no">
            {KEYS
                .into_iter()
                .map(|KeypadKey { digit, letters }| {
                    view! {
                        <button
                            type="button"
                            class="keypad__key"
                            aria-label=move || name(digit)
                            disabled=disabled
                            on:click=move |_| on_digit.run(digit)
                        >
                            <span
                                class="keypad__digit"
                                data-letters=letters
                                aria-hidden="true"
                            >
                                {digit.to_string()}
                            </span>
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

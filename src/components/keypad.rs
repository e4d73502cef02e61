//! The twelve keys.

use leptos::prelude::*;

use super::KeypadKey;
use crate::i18n::Text;

/// What a key dials, and the letters below it.
const KEYS: [(char, &str); 12] = [
    ('1', ""),
    ('2', "ABC"),
    ('3', "DEF"),
    ('4', "GHI"),
    ('5', "JKL"),
    ('6', "MNO"),
    ('7', "PQRS"),
    ('8', "TUV"),
    ('9', "WXYZ"),
    ('*', ""),
    ('0', ""),
    ('#', ""),
];

/// The twelve keys as a group.
#[component]
pub fn Keypad(
    /// The accessible name of the group.
    #[prop(into)]
    label: Text,
    /// The name of the key `*`.
    #[prop(into)]
    star: Text,
    /// The name of the key `#`.
    #[prop(into)]
    hash: Text,
    /// Whether `0`, held down, is `+`, as numbers abroad begin.
    #[prop(optional)]
    plus: bool,
    /// Whether the keys do nothing now.
    #[prop(into, optional)]
    disabled: Signal<bool>,
    /// A key was pressed.
    #[prop(into)]
    on_digit: Callback<char>,
) -> impl IntoView {
    view! {
        <div class="keypad" role="group" aria-label=label translate="no">
            {KEYS
                .into_iter()
                .map(|(digit, letters)| {
                    let name = match digit {
                        '*' => star,
                        '#' => hash,
                        digit => Text::from(move || digit.to_string()),
                    };
                    let held = (plus && digit == '0').then_some('+');
                    view! { <KeypadKey digit letters nostrip:held=held name disabled on_digit/> }
                })
                .collect_view()}
        </div>
    }
}

//! One key of the keypad.

use std::time::Duration;

use leptos::prelude::*;

use crate::i18n::Text;

/// Held down for so long, a key is its other sign.
const HELD: Duration = Duration::from_millis(500);

/// One key.
#[component]
pub fn KeypadKey(
    /// What it dials.
    digit: char,
    /// The letters below it, drawn by the style sheet: they are no part of its name.
    letters: &'static str,
    /// What it dials when it is held down, drawn in place of the letters.
    #[prop(optional)]
    held: Option<char>,
    /// The accessible name.
    name: Text,
    /// Whether it does nothing now.
    disabled: Signal<bool>,
    /// It was pressed.
    on_digit: Callback<char>,
) -> impl IntoView {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    // The click at the end of a long press has been answered already.
    let answered = StoredValue::new(false);
    let release = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    let hold = move || {
        let Some(held) = held else { return };
        answered.set_value(false);
        let other = move || {
            answered.set_value(true);
            on_digit.run(held);
        };
        timer.set_value(set_timeout_with_handle(other, HELD).ok());
    };
    on_cleanup(release);
    let letters = held.map_or_else(|| letters.to_owned(), String::from);
    view! {
        <button
            type="button"
            class="keypad__key"
            aria-label=name
            disabled=disabled
            on:pointerdown=move |_| hold()
            on:pointerup=move |_| release()
            on:pointerleave=move |_| release()
            on:pointercancel=move |_| release()
            // A touch screen would open a menu instead.
            on:contextmenu=move |event| if held.is_some() { event.prevent_default() }
            on:click=move |event| {
                // A click that no pointer made (`detail` is 0) is never the end of a long press.
                if event.detail() == 0 || !answered.get_value() {
                    on_digit.run(digit);
                }
            }
        >
            <span class="keypad__digit" data-letters=letters aria-hidden="true">
                {digit.to_string()}
            </span>
        </button>
    }
}

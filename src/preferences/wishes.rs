//! What the browser and the page's address ask for.

use leptos::prelude::window;

/// The value of a parameter of the page's address, `?name=value`; percent escapes stay.
pub(super) fn parameter(name: &str) -> Option<String> {
    let query = window().location().search().ok()?;
    query
        .trim_start_matches('?')
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        .map(str::to_owned)
}

/// The languages that the browser asks for, most wanted first.
pub(super) fn browser_languages() -> Vec<String> {
    window()
        .navigator()
        .languages()
        .iter()
        .filter_map(|tag| tag.as_string())
        .collect()
}

//! Which element has the keyboard, and who gets it when that element goes.

use leptos::prelude::{Effect, request_animation_frame};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::page::document;

/// What takes text: keys that it gets are meant for it.
const TEXT: &str =
    "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";

/// Marks who inherits the keyboard: the heading of a view, as a rule.
const HEIR: &str = "[data-heir]";

/// Whether keys go to this page, and not to one around it or to another program.
pub(crate) fn is_here() -> bool {
    document().has_focus().unwrap_or_default()
}

/// Whether the person is in a field.
pub(crate) fn is_in_text() -> bool {
    document()
        .active_element()
        .is_some_and(|it| takes_text(&it))
}

/// Whether an element takes text, or stands in one that does.
pub(crate) fn takes_text(element: &Element) -> bool {
    matches!(element.closest(TEXT), Ok(Some(_)))
}

/// Follows `change` in the current reactive owner: where the element that had the keyboard went
/// away with a change, the first `data-heir` of the document inherits it. Else the keyboard would
/// start over at the top of the page, and a screen reader would be silent.
pub(crate) fn hand_on(change: impl Fn() + 'static) {
    Effect::new(move |before: Option<()>| {
        change();
        if before.is_some() {
            // When the views have changed, too.
            request_animation_frame(inherit);
        }
    });
}

fn inherit() {
    let page = document();
    let lost = page
        .active_element()
        // A control that can no longer be used has the keyboard until the browser next draws.
        .is_none_or(|it| it.tag_name() == "BODY" || it.matches(":disabled").unwrap_or_default());
    if !lost || !is_here() {
        return;
    }
    let heir = page.query_selector(HEIR).ok().flatten();
    if let Some(heir) = heir.and_then(|heir| heir.dyn_into::<HtmlElement>().ok()) {
        // Refused where it is not shown: then nobody inherits.
        let _ = heir.focus();
    }
}

//! Where the keyboard is among controls that belong together, and where its keys move it.

use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, FocusEvent, HtmlElement, Node};

/// Where a key moves to among `len` controls, from the one at `at` (or from none); `None` for a key
/// that moves nowhere.
pub(super) fn moved(
    key: &str,
    [back, on]: [&str; 2],
    at: Option<usize>,
    len: usize,
) -> Option<usize> {
    let last = len.checked_sub(1)?;
    match (key, at) {
        ("Home", _) => Some(0),
        ("End", _) => Some(last),
        (key, Some(at)) if key == on => Some((at + 1) % len),
        (key, Some(at)) if key == back => Some((at + last) % len),
        (key, None) if key == on => Some(0),
        (key, None) if key == back => Some(last),
        _ => None,
    }
}

/// Gives the keyboard to the child at `at`.
pub(super) fn focus_child(row: &Element, at: usize) {
    let child = row
        .children()
        .item(u32::try_from(at).unwrap_or_default())
        .and_then(|child| child.dyn_into::<HtmlElement>().ok());
    if let Some(child) = child {
        let _focused = child.focus();
    }
}

/// Whether the focus goes to something inside the element that the listener is on. A press on
/// something that takes no focus counts as leaving.
pub(super) fn focus_stays_inside(event: &FocusEvent) -> bool {
    let node =
        |target: Option<EventTarget>| target.and_then(|target| target.dyn_into::<Node>().ok());
    match (node(event.current_target()), node(event.related_target())) {
        (Some(menu), next @ Some(_)) => menu.contains(next.as_ref()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::moved;

    #[test]
    fn arrow_keys_go_round_and_other_keys_nowhere() {
        let arrows = ["ArrowUp", "ArrowDown"];
        assert_eq!(moved("ArrowDown", arrows, Some(2), 3), Some(0));
        assert_eq!(moved("ArrowUp", arrows, Some(0), 3), Some(2));
        assert_eq!(moved("ArrowUp", arrows, None, 3), Some(2));
        assert_eq!(moved("End", arrows, Some(0), 3), Some(2));
        assert_eq!(moved("ArrowLeft", arrows, Some(0), 3), None);
        assert_eq!(moved("Home", arrows, None, 0), None);
    }
}

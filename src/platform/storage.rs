//! Small texts that outlive the page. A browser that refuses storage (private mode, policy) makes
//! nothing fail: it only forgets.

use super::page::window;

/// Kept for all tabs of this origin.
pub(crate) fn load(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps, or forgets with `None`.
pub(crate) fn save(key: &str, value: Option<&str>) {
    let Ok(Some(storage)) = window().local_storage() else {
        return;
    };
    // Refused when full: then it is forgotten.
    let _ = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
}

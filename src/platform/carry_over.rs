//! What one load of a tab hands over to the next: who was signed in, and as which SIP instance.
//!
//! It is written when the page goes and taken out again when the page comes, so that while a page
//! is open the storage is empty. A tab that is duplicated copies the session storage of its
//! original; because nothing is in it then, two tabs never have the same instance (RFC 5626,
//! section 4.1, asks for one instance per user agent), and a password lies in storage only while
//! a page reloads.

use alo_phone::language::SignIn;
use js_sys::JSON;
use serde::{Deserialize, Serialize};

use super::page::window;

const KEY: &str = "alo.carry-over";

/// What is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CarryOver {
    /// `urn:uuid:...`.
    pub(crate) instance: String,
    /// Who is signed in, for a page at this path.
    pub(crate) sign_in: Option<(String, SignIn)>,
}

/// Takes what the load before left, so that nobody else finds it.
pub(crate) fn take() -> Option<CarryOver> {
    let storage = window().session_storage().ok()??;
    let text = storage.get_item(KEY).ok()??;
    storage.remove_item(KEY).ok()?;
    serde_wasm_bindgen::from_value(JSON::parse(&text).ok()?).ok()
}

/// Leaves it for the next load of this tab.
pub(crate) fn leave(carry_over: &CarryOver) {
    let Ok(Some(storage)) = window().session_storage() else {
        return;
    };
    let Ok(value) = serde_wasm_bindgen::to_value(carry_over) else {
        return;
    };
    if let Some(text) = JSON::stringify(&value).ok().and_then(|it| it.as_string()) {
        // Refused when full or forbidden: then the next load is a new instance.
        let _ = storage.set_item(KEY, &text);
    }
}

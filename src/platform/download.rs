//! Files that the page hands to the person.

use gloo::timers::callback::Timeout;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlElement, Url};

use super::page::document;

/// The browser has begun to read the file long before.
const READ_MS: u32 = 60_000;

/// Has the browser save a text as a file, as if its link had been pressed.
///
/// # Errors
/// The browser's exception. A frame that may not save anything (`sandbox` without
/// `allow-downloads`) throws none: nothing happens.
pub(crate) fn save(name: &str, kind: &str, text: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts = Array::of1(&text.into());
    let blob = Blob::new_with_str_sequence_and_options(&parts, &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlElement = document().create_element("a")?.unchecked_into();
    link.set_attribute("href", &url)?;
    link.set_attribute("download", name)?;
    link.click();
    Timeout::new(READ_MS, move || {
        // Of what is gone already.
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
    Ok(())
}

//! Reading what `web-sys` has no binding for.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};

/// A property; `undefined` where there is none.
pub(crate) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A property that is a number.
pub(crate) fn number(object: &JsValue, name: &str) -> Option<f64> {
    get(object, name).as_f64()
}

/// A property that is text.
pub(crate) fn text(object: &JsValue, name: &str) -> Option<String> {
    get(object, name).as_string()
}

/// Sets a property of a plain object; a frozen object is left as it is.
pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

/// Calls a method that may not exist in this browser; `None` where it does not, or where it throws.
pub(crate) fn call(object: &JsValue, name: &str, argument: &JsValue) -> Option<JsValue> {
    let method = get(object, name).dyn_into::<js_sys::Function>().ok()?;
    method.call1(object, argument).ok()
}

/// Name of an exception: `NotAllowedError`.
pub(crate) fn error_name(error: &JsValue) -> String {
    text(error, "name").unwrap_or_default()
}

/// Name and message of an exception, for the log.
pub(crate) fn error_text(error: &JsValue) -> String {
    match (text(error, "name"), text(error, "message")) {
        (Some(name), Some(message)) => format!("{name}: {message}"),
        _ => error.as_string().unwrap_or_default(),
    }
}

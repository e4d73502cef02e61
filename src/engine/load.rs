//! The two JSON files that the app reads.

use alo_api::{AppConfig, Directory};
use js_sys::Object;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::platform::js;
use crate::platform::page::window;

const CONFIG_URL: &str = "/config.json";

/// Why a file could not be read, in the file's own terms: the page puts it into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// No answer came.
    Unreachable {
        /// What was asked for.
        url: String,
    },
    /// The server answered with something else than the file.
    Status {
        /// What was asked for.
        url: String,
        /// HTTP status code.
        status: u16,
    },
    /// The file is not what it should be.
    Content {
        /// What was asked for.
        url: String,
        /// Which key, and what was expected; where it is not JSON, the browser's own words.
        detail: String,
    },
}

/// Reads `/config.json`.
pub async fn load_config() -> Result<AppConfig, LoadError> {
    load(CONFIG_URL).await
}

/// Reads the directory from [`AppConfig::directory_url`]; an empty URL is an empty directory.
pub async fn load_directory(url: &str) -> Result<Directory, LoadError> {
    if url.is_empty() {
        return Ok(Directory::default());
    }
    load(url).await
}

async fn load<T: DeserializeOwned>(url: &str) -> Result<T, LoadError> {
    let json = fetch(url).await?;
    serde_wasm_bindgen::from_value(json.clone()).map_err(|error| LoadError::Content {
        url: url.to_owned(),
        detail: culprit::<T>(&json).unwrap_or_else(|| error.to_string()),
    })
}

/// Which key is at fault: the one with which alone the file cannot be read either (every key of
/// the two files has a default).
fn culprit<T: DeserializeOwned>(json: &JsValue) -> Option<String> {
    let object = json.dyn_ref::<Object>()?;
    Object::keys(object).iter().find_map(|key| {
        let key = key.as_string()?;
        let alone = Object::new();
        js::set(&alone, &key, &js::get(json, &key));
        let error = serde_wasm_bindgen::from_value::<T>(alone.into()).err()?;
        Some(format!("{key}: {error}"))
    })
}

async fn fetch(url: &str) -> Result<JsValue, LoadError> {
    let unreachable = || LoadError::Unreachable {
        url: url.to_owned(),
    };
    let response = JsFuture::from(window().fetch_with_str(url))
        .await
        .map_err(|_| unreachable())?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(LoadError::Status {
            url: url.to_owned(),
            status: response.status(),
        });
    }
    let json = response.json().map_err(|_| unreachable())?;
    // What is not JSON: the browser says where.
    JsFuture::from(json)
        .await
        .map_err(|error| LoadError::Content {
            url: url.to_owned(),
            detail: js::error_text(&error),
        })
}

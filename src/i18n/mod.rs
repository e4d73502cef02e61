//! Words: every text that the app shows, in every language it speaks.
//!
//! A catalogue is a struct, so a key that one language lacks does not compile. This is not done
//! by a library because those that there are for Leptos bring ICU tables, cookies and a second
//! copy of leptos-use into the module; this costs the texts alone.

pub mod alerts;
mod catalogue;
mod en;
pub mod format;
mod language;
mod text;
mod vi;

pub(crate) use catalogue::catalogue;
pub use en::{Catalogue, EN};
pub use format::fill;
pub use language::{I18n, Language, use_i18n};
pub use text::{Key, Text, t};
pub use vi::VI;

#[cfg(test)]
mod tests;

//! The targets that an account transferred calls to last, as a text that the panel reads and writes.

use crate::platform::storage;

/// What is kept for an account.
pub(crate) fn load(account: &str) -> String {
    storage::load(&key(account)).unwrap_or_default()
}

/// Keeps it.
pub(crate) fn save(account: &str, kept: &str) {
    storage::save(&key(account), Some(kept));
}

fn key(account: &str) -> String {
    format!("alo.last-targets.{account}")
}

//! Which prompts there are, before any of them is read.

use std::path::Path;

/// The prompts that are built in, without `prompt-` and `.opus`.
pub const BUILT_IN: &[&str] = &[
    "after-hours-en",
    "after-hours-vi",
    "apology-en",
    "apology-vi",
    "goodbye-en",
    "goodbye-vi",
    "hello",
    "main-menu-en",
    "main-menu-vi",
    "main-welcome-en",
    "main-welcome-vi",
    "no-such-number-en",
    "no-such-number-vi",
    "number-1-en",
    "number-1-vi",
    "number-10-en",
    "number-10-vi",
    "number-2-en",
    "number-2-vi",
    "number-3-en",
    "number-3-vi",
    "number-4-en",
    "number-4-vi",
    "number-5-en",
    "number-5-vi",
    "number-6-en",
    "number-6-vi",
    "number-7-en",
    "number-7-vi",
    "number-8-en",
    "number-8-vi",
    "number-9-en",
    "number-9-vi",
    "please-hold-en",
    "please-hold-vi",
    "wrong-key-en",
    "wrong-key-vi",
    "you-are-number-en",
    "you-are-number-vi",
];

/// The file of a prompt.
pub(super) fn file(name: &str) -> String {
    format!("prompt-{name}.opus")
}

/// Whether a prompt is built in, or in the folder of the operator's own.
pub(super) fn is_there(name: &str, own: Option<&Path>) -> bool {
    // What is no plain name is no file of that folder either.
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    BUILT_IN.contains(&name)
        || own.is_some_and(|own| name.chars().all(plain) && own.join(file(name)).is_file())
}

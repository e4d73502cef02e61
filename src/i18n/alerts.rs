//! What is said of an incoming call outside the page: notification and flashing title.

use super::{Language, fill};

/// "Incoming call".
pub fn incoming_title(language: Language) -> &'static str {
    language.words().incoming_call
}

/// Who calls, and from which queue.
pub fn incoming_body(language: Language, who: &str, queue: Option<&str>) -> String {
    match queue {
        Some(queue) => {
            let queue = fill(language.words().incoming_queue, &[("queue", queue)]);
            format!("{who} · {queue}")
        }
        None => who.to_owned(),
    }
}

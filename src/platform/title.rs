//! The title of the page.

use std::cell::Cell;

use gloo::timers::callback::Interval;

use super::page::document;

/// Lets the title alternate with another text once a second; dropped, the title is as before.
#[derive(Debug)]
pub(crate) struct TitleFlash {
    before: String,
    _interval: Interval,
}

impl TitleFlash {
    /// Shows `text` at once, then alternates.
    pub(crate) fn new(text: String) -> Self {
        let before = document().title();
        document().set_title(&text);
        let shown = Cell::new(true);
        let own = before.clone();
        let interval = Interval::new(1000, move || {
            shown.set(!shown.get());
            document().set_title(if shown.get() { &text } else { &own });
        });
        Self {
            before,
            _interval: interval,
        }
    }
}

impl Drop for TitleFlash {
    fn drop(&mut self) {
        document().set_title(&self.before);
    }
}
